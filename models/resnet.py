"""A small residual network: each block adds a correction to its input."""

from collections.abc import Sequence

import keras
from keras import layers

from models.parts import kernel_initializer, normalization, output


def resnet(
    *,
    filters: Sequence[int] = (16, 32, 64),
    residual_blocks: int = 1,
    batch_normalization: bool = True,
    activation: str = "relu",
    dropout: float = 0.2,
    initial_weights: str = "glorot_uniform",
) -> keras.Model:
    """Build a residual network (He et al. 2015, arXiv 1512.03385).

    A convolution of 5 x 5 with stride 2, stages of residual blocks, then the mean of each filter's
    outputs over the image. The stages work on 14, 7, 4 and 2 pixels a side.

    Args:
        filters: filters in each stage; at most 4, since every stage but the first halves the image.
        residual_blocks: blocks in each stage, of two convolutions of 3 x 3 each.
        batch_normalization: whether each convolution is followed by batch normalisation.
        activation: activation of all layers but the last.
        dropout: share of the last features dropped in training, in [0, 1).
        initial_weights: a name that `kernel_initializer` knows.

    Returns:
        An uncompiled model, `(n, 28, 28)` to `(n, 10)` probabilities.
    """

    def convolution(x: keras.KerasTensor, count: int, size: int, strides: int) -> keras.KerasTensor:
        """Convolve and normalise, without activation."""
        x = layers.Conv2D(
            count,
            size,
            strides=strides,
            padding="same",
            use_bias=not batch_normalization,
            kernel_initializer=kernel_initializer(initial_weights),
        )(x)
        for layer in normalization(batch_normalization):
            x = layer(x)
        return x

    def block(x: keras.KerasTensor, count: int, strides: int) -> keras.KerasTensor:
        """Add two convolutions of `x` to `x`."""
        residual = layers.Activation(activation)(convolution(x, count, 3, strides))
        residual = convolution(residual, count, 3, 1)
        if x.shape != residual.shape:
            # The shortcut needs the same shape: a projection, the paper's option B.
            x = convolution(x, count, 1, strides)
        return layers.Activation(activation)(layers.Add()([x, residual]))

    images = keras.Input((28, 28))
    # Full resolution would cost most of the time on a CPU; a digit's lines are wider than a pixel.
    x = convolution(layers.Reshape((28, 28, 1))(images), filters[0], 5, 2)
    x = layers.Activation(activation)(x)
    for stage, count in enumerate(filters):
        for number in range(residual_blocks):
            x = block(x, count, strides=2 if stage > 0 and number == 0 else 1)
    x = layers.Dropout(dropout)(layers.GlobalAveragePooling2D()(x))
    return keras.Model(images, output(initial_weights)(x), name="resnet")
