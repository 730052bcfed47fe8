"""A plain convolutional network: blocks of convolutions, each of which halves the image."""

from collections.abc import Sequence

import keras
from keras import layers

from models.parts import kernel_initializer, normalization, output

_DOWNSAMPLING = ("max_pooling", "strides")


def convnet(
    *,
    filters: Sequence[int] = (24, 32),
    convolutions_per_block: int = 1,
    kernel_size: int = 5,
    padding: str = "same",
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
        padding: "same" pads the image with paper; with "valid" filters stay inside, and each
            convolution makes the image `kernel_size - 1` pixels smaller.
        downsampling: what halves the image at the end of a block. "max_pooling" keeps the largest
            of each four outputs; with "strides" the block's last convolution has stride 2, which
            learns what to keep and costs less (Springenberg et al. 2014, arXiv 1412.6806).
        dense_units: neurons in the dense layer before the output; 0 for no such layer.
        batch_normalization: whether each convolution is followed by batch normalisation.
        activation: activation of all layers but the last.
        dropout: share of outputs dropped in training before and after the dense layer, in [0, 1).
        initial_weights: a name that `kernel_initializer` knows.

    Returns:
        An uncompiled model, `(n, 28, 28)` to `(n, 10)` probabilities.

    Raises:
        ValueError: `downsampling` is neither of the two, or no pixel is left for a layer.
    """
    if downsampling not in _DOWNSAMPLING:
        raise ValueError(
            f"downsampling must be one of {', '.join(_DOWNSAMPLING)}, "
            f"but received {downsampling!r}."
        )
    network = [keras.Input((28, 28)), layers.Reshape((28, 28, 1))]
    side = 28
    for block_filters in filters:
        for number in range(1, convolutions_per_block + 1):
            strides = downsampling == "strides" and number == convolutions_per_block
            side = side if padding == "same" else side - kernel_size + 1
            if side < 1:
                raise ValueError(
                    f"no pixel is left of the image: without padding each filter of {kernel_size} "
                    f"pixels takes {kernel_size - 1} away. Choose fewer blocks or smaller filters."
                )
            network += [
                layers.Conv2D(
                    block_filters,
                    kernel_size,
                    strides=2 if strides else 1,
                    padding=padding,
                    use_bias=not batch_normalization,
                    kernel_initializer=kernel_initializer(initial_weights),
                ),
                *normalization(batch_normalization),
                layers.Activation(activation),
            ]
        if downsampling == "max_pooling":
            network.append(layers.MaxPooling2D())
        side = -(-side // 2) if downsampling == "strides" else side // 2
        if side < 1:
            raise ValueError("no pixel is left of the image. Choose fewer blocks.")
    network += [layers.Flatten(), layers.Dropout(dropout)]
    if dense_units:
        network += [
            layers.Dense(
                dense_units,
                activation=activation,
                kernel_initializer=kernel_initializer(initial_weights),
            ),
            layers.Dropout(dropout),
        ]
    network.append(output(initial_weights))
    return keras.Sequential(network, name="convnet")
