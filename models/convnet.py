"""A plain convolutional network: blocks of convolutions, each of which halves the image."""

from collections.abc import Sequence

import keras
from keras import layers

from models.parts import kernel_initializer, normalization

_DOWNSAMPLING = ("max_pooling", "strides")


def convnet(
    *,
    filters: Sequence[int] = (24, 32),
    convolutions_per_block: int = 1,
    kernel_size: int = 5,
    downsampling: str = "max_pooling",
    dense_units: int = 128,
    batch_normalization: bool = False,
    activation: str = "relu",
    dropout: float = 0.2,
    initial_weights: str = "glorot_uniform",
) -> keras.Model:
    """Build a convolutional network.

    Args:
        filters: filters in each block; a block ends by halving the image, so at most 4.
        convolutions_per_block: convolutional layers in each block.
        kernel_size: width and height of the filters, in pixels.
        downsampling: what halves the image at the end of a block. "max_pooling" keeps the largest
            of each four outputs; with "strides" the block's last convolution looks at every other
            pixel only, which learns what to keep and costs less (Springenberg et al. 2014,
            arXiv 1412.6806).
        dense_units: neurons in the fully connected layer before the output.
        batch_normalization: whether each convolution is followed by batch normalisation.
        activation: activation of all layers but the last.
        dropout: share of outputs dropped in training before and after the dense layer, in [0, 1).
        initial_weights: a name that `kernel_initializer` knows.

    Returns:
        An uncompiled model, `(n, 28, 28)` to `(n, 10)` probabilities.

    Raises:
        ValueError: `downsampling` is neither of the two.
    """
    if downsampling not in _DOWNSAMPLING:
        raise ValueError(
            f"downsampling must be one of {', '.join(_DOWNSAMPLING)}, "
            f"but received {downsampling!r}."
        )
    network = [keras.Input((28, 28)), layers.Reshape((28, 28, 1))]
    for block_filters in filters:
        for number in range(1, convolutions_per_block + 1):
            strides = downsampling == "strides" and number == convolutions_per_block
            network += [
                layers.Conv2D(
                    block_filters,
                    kernel_size,
                    strides=2 if strides else 1,
                    padding="same",
                    use_bias=not batch_normalization,
                    kernel_initializer=kernel_initializer(initial_weights),
                ),
                *normalization(batch_normalization),
                layers.Activation(activation),
            ]
        if downsampling == "max_pooling":
            network.append(layers.MaxPooling2D())
    network += [
        layers.Flatten(),
        layers.Dropout(dropout),
        layers.Dense(
            dense_units,
            activation=activation,
            kernel_initializer=kernel_initializer(initial_weights),
        ),
        layers.Dropout(dropout),
        layers.Dense(
            10, activation="softmax", kernel_initializer=kernel_initializer(initial_weights)
        ),
    ]
    return keras.Sequential(network, name="convnet")
