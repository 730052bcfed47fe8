"""A recurrent network: reads the image from top to bottom, one row of pixels after the other."""

import keras
from keras import layers

from models.parts import kernel_initializer


def lstm(
    *,
    lstm_units: int = 128,
    dropout: float = 0.2,
    initial_weights: str = "glorot_uniform",
) -> keras.Model:
    """Build a network of one long short-term memory layer (Hochreiter and Schmidhuber 1997).

    It takes 28 steps of 28 pixels each and answers from what it remembers after the last one.

    Args:
        lstm_units: numbers that it carries from row to row.
        dropout: share of these dropped in training after the last row, in [0, 1).
        initial_weights: a name that `kernel_initializer` knows. The weights from row to row are
            always orthogonal, because they are applied 28 times over.

    Returns:
        An uncompiled model, `(n, 28, 28)` to `(n, 10)` probabilities.
    """
    network = [
        keras.Input((28, 28)),
        # Other activations, dropout between rows or `unroll` would rule out cuDNN on a GPU. On a
        # CPU unrolling saved nothing in training and took seconds more to begin.
        layers.LSTM(lstm_units, kernel_initializer=kernel_initializer(initial_weights)),
        layers.Dropout(dropout),
        layers.Dense(
            10, activation="softmax", kernel_initializer=kernel_initializer(initial_weights)
        ),
    ]
    return keras.Sequential(network, name="lstm")
