"""A multilayer perceptron: every pixel is connected to every neuron of the first hidden layer."""

from collections.abc import Sequence

import keras
from keras import layers

from models.parts import kernel_initializer, normalization, output


def mlp(
    *,
    hidden_units: Sequence[int] = (128,),
    batch_normalization: bool = False,
    activation: str = "relu",
    dropout: float = 0.2,
    initial_weights: str = "glorot_uniform",
) -> keras.Model:
    """Build a multilayer perceptron.

    Args:
        hidden_units: neurons in each hidden layer.
        batch_normalization: whether each hidden layer is normalised before its activation.
        activation: activation of the hidden layers.
        dropout: share of each hidden layer's outputs dropped in training, in [0, 1).
        initial_weights: a name that `kernel_initializer` knows.

    Returns:
        An uncompiled model, `(n, 28, 28)` to `(n, 10)` probabilities.
    """
    network = [keras.Input((28, 28)), layers.Flatten()]
    for units in hidden_units:
        network.append(
            layers.Dense(
                units,
                # Without normalisation the activation is part of the layer, as in the article.
                activation=None if batch_normalization else activation,
                use_bias=not batch_normalization,
                kernel_initializer=kernel_initializer(initial_weights),
            )
        )
        if batch_normalization:
            network += [*normalization(True), layers.Activation(activation)]
        network.append(layers.Dropout(dropout))
    network.append(output(initial_weights))
    return keras.Sequential(network, name="mlp")
