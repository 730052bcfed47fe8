"""LeNet-5, the network that read cheques in the 1990s."""

import keras
from keras import layers

from models.parts import kernel_initializer, normalization, output


def lenet5(
    *,
    batch_normalization: bool = False,
    activation: str = "tanh",
    dropout: float = 0.0,
    initial_weights: str = "glorot_uniform",
) -> keras.Model:
    """Build LeNet-5 (LeCun et al. 1998, "Gradient-based learning applied to document recognition").

    Its layers and their sizes are the paper's. It differs in these: the first convolution pads
    28 x 28 pixels to the paper's 32 x 32; the second sees all six maps and not a subset for each
    filter; pooling is a plain mean, without weights, and follows the activation; the output is
    softmax and not the distance to ten drawn characters.

    Args:
        batch_normalization: whether all layers but the last are normalised before the activation,
            which the paper predates.
        activation: activation of all layers but the last; the paper has a scaled tanh.
        dropout: share of outputs of the two hidden dense layers dropped in training, in [0, 1);
            the paper has none.
        initial_weights: a name that `kernel_initializer` knows.

    Returns:
        An uncompiled model, `(n, 28, 28)` to `(n, 10)` probabilities.
    """

    def convolution(filters: int, padding: str) -> list[keras.Layer]:
        layer = layers.Conv2D(
            filters,
            5,
            padding=padding,
            use_bias=not batch_normalization,
            kernel_initializer=kernel_initializer(initial_weights),
        )
        return [layer, *normalization(batch_normalization), layers.Activation(activation)]

    def dense(units: int) -> list[keras.Layer]:
        layer = layers.Dense(
            units,
            use_bias=not batch_normalization,
            kernel_initializer=kernel_initializer(initial_weights),
        )
        return [
            layer,
            *normalization(batch_normalization),
            layers.Activation(activation),
            layers.Dropout(dropout),
        ]

    network = [
        keras.Input((28, 28)),
        layers.Reshape((28, 28, 1)),
        *convolution(6, "same"),
        layers.AveragePooling2D(2),
        *convolution(16, "valid"),
        layers.AveragePooling2D(2),
        layers.Flatten(),
        *dense(120),  # the paper's C5: a convolution whose filters cover all 5 x 5 remaining pixels
        *dense(84),
        output(initial_weights),
    ]
    return keras.Sequential(network, name="lenet5")
