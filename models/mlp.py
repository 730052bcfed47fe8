"""A multilayer perceptron: every pixel feeds every neuron of the first hidden layer."""

from collections.abc import Sequence

import keras
from keras import layers


def mlp(
    *,
    hidden_units: Sequence[int] = (128,),
    activation: str = "relu",
    dropout: float = 0.2,
) -> keras.Model:
    """Build a multilayer perceptron.

    Args:
        hidden_units: neurons in each hidden layer.
        activation: activation of the hidden layers.
        dropout: share of each hidden layer's outputs dropped in training, in [0, 1).

    Returns:
        An uncompiled model, `(n, 28, 28)` to `(n, 10)` probabilities.
    """
    network = [keras.Input((28, 28)), layers.Flatten()]
    for units in hidden_units:
        network += [layers.Dense(units, activation=activation), layers.Dropout(dropout)]
    return keras.Sequential([*network, layers.Dense(10, activation="softmax")], name="mlp")
