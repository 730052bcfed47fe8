"""A plain convolutional network: blocks of convolutions, each followed by pooling."""

from collections.abc import Sequence

import keras
from keras import layers


def convnet(
    *,
    filters: Sequence[int] = (24, 32),
    convolutions_per_block: int = 1,
    kernel_size: int = 5,
    dense_units: int = 128,
    batch_normalization: bool = False,
    activation: str = "relu",
    dropout: float = 0.2,
) -> keras.Model:
    """Build a convolutional network.

    Args:
        filters: filters in each block; a block ends by halving the image, so at most 4.
        convolutions_per_block: convolutional layers in each block.
        kernel_size: width and height of the filters, in pixels.
        dense_units: neurons in the fully connected layer before the output.
        batch_normalization: whether each convolution is followed by batch normalisation
            (Ioffe and Szegedy 2015).
        activation: activation of all layers but the last.
        dropout: share of outputs dropped in training before and after the dense layer.

    Returns:
        An uncompiled model, `(n, 28, 28)` to `(n, 10)` probabilities.
    """
    network = [keras.Input((28, 28)), layers.Reshape((28, 28, 1))]
    for block_filters in filters:
        for _ in range(convolutions_per_block):
            network.append(
                layers.Conv2D(
                    block_filters, kernel_size, padding="same", use_bias=not batch_normalization
                )
            )
            if batch_normalization:
                # Keras's momentum of 0.99 needs hundreds of steps before validation is right.
                network.append(layers.BatchNormalization(momentum=0.9))
            network.append(layers.Activation(activation))
        network.append(layers.MaxPooling2D())
    network += [
        layers.Flatten(),
        layers.Dropout(dropout),
        layers.Dense(dense_units, activation=activation),
        layers.Dropout(dropout),
        layers.Dense(10, activation="softmax"),
    ]
    return keras.Sequential(network, name="convnet")
