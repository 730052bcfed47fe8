"""The shipped model's network: convolutions that are cheap on a CPU, each batch-normalised."""

from collections.abc import Sequence

import keras
from keras import layers


def digit_reader(
    *, filters: Sequence[int] = (24, 48, 48, 96, 96), dropout: float = 0.3
) -> keras.Model:
    """Build the network.

    Only the first convolution works on 28 x 28 pixels: on a CPU its memory traffic costs more than
    the arithmetic of all later layers. Digits are 20 pixels large, so that the first and last
    convolutions lose nothing without padding.

    Args:
        filters: of the five convolutions: one of 5 x 5 on 28 x 28, two of 3 x 3 on 12 x 12, two of
            3 x 3 on 6 x 6.
        dropout: share of the last features dropped in training, in [0, 1).

    Returns:
        An uncompiled model, `(n, 28, 28)` to `(n, 10)` probabilities.
    """
    first, second, third, fourth, fifth = filters
    network = [
        keras.Input((28, 28)),
        layers.Reshape((28, 28, 1)),
        *_convolution(first, 5, "valid"),
        layers.MaxPooling2D(),
        *_convolution(second, 3, "same"),
        *_convolution(third, 3, "same"),
        layers.MaxPooling2D(),
        *_convolution(fourth, 3, "same"),
        *_convolution(fifth, 3, "valid"),
        layers.Flatten(),
        layers.Dropout(dropout),
        layers.Dense(10, activation="softmax"),
    ]
    return keras.Sequential(network, name="digit_reader")


def _convolution(filters: int, kernel_size: int, padding: str) -> list[keras.Layer]:
    return [
        layers.Conv2D(filters, kernel_size, padding=padding, use_bias=False),
        # Keras's momentum of 0.99 needs hundreds of steps before validation is right.
        layers.BatchNormalization(momentum=0.95),
        layers.Activation("relu"),
    ]
