"""A recurrent network: reads the image from top to bottom, one row of pixels at a time."""

import keras
from keras import layers

from models.parts import kernel_initializer, output


def lstm(
    *,
    lstm_units: int = 128,
    dropout: float = 0.2,
    initial_weights: str = "glorot_uniform",
) -> keras.Model:
    """Build a network of one long short-term memory layer (Hochreiter and Schmidhuber 1997).

    It takes 28 steps of 28 pixels each and answers from its state after the last one.

    Args:
        lstm_units: size of the state that is passed from row to row.
        dropout: share of the last state dropped in training, in [0, 1).
        initial_weights: a name that `kernel_initializer` knows. The recurrent weights are always
            orthogonal, because they are applied 28 times.

    Returns:
        An uncompiled model, `(n, 28, 28)` to `(n, 10)` probabilities.
    """
    network = [
        keras.Input((28, 28)),
        # Other activations, recurrent dropout or `unroll` would rule out cuDNN on a GPU. On a CPU
        # unrolling saved nothing in training and took seconds more to start.
        layers.LSTM(lstm_units, kernel_initializer=kernel_initializer(initial_weights)),
        layers.Dropout(dropout),
        output(initial_weights),
    ]
    return keras.Sequential(network, name="lstm")
