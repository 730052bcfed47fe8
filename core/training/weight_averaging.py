"""An exponential moving average of each weight while training continues.

In the spirit of Polyak and Juditsky 1992 ("Acceleration of stochastic approximation by
averaging"); as usual, the average follows faster at the start, when the initial weights that it
began with are of no use.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import keras
import tensorflow as tf


class WeightAverages:
    """The averages of one model's weights, in variables of their own.

    Attributes:
        variables: the averages, in the order of the model's trainable variables; none where
            nothing is averaged.
    """

    def __init__(self, model: keras.Model, decay: float) -> None:
        """Average the weights of `model` with this decay per step, in [0, 1); 0 for none."""
        self._decay = decay
        self._weights = model.trainable_variables if decay else []
        # From an array: Keras would take a TensorFlow variable itself for its own.
        self.variables = [
            keras.Variable(
                keras.ops.convert_to_numpy(weight.value), trainable=False, dtype=weight.dtype
            )
            for weight in self._weights
        ]

    def update(self, step: tf.Tensor) -> None:
        """Include the weights as they are after this step, counted from 0."""
        if not self._decay:
            return
        step = tf.cast(step, tf.float32)
        decay = tf.minimum(self._decay, (1.0 + step) / (10.0 + step))
        for average, weight in zip(self.variables, self._weights, strict=True):
            average.value.assign_sub((1.0 - decay) * (average.value - weight.value))

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Give the model the averages, and its own weights back afterwards."""
        weights = [keras.ops.convert_to_numpy(weight.value) for weight in self._weights]
        for average, weight in zip(self.variables, self._weights, strict=True):
            weight.assign(average.value)
        try:
            yield
        finally:
            for weight, value in zip(self._weights, weights, strict=True):
                weight.assign(value)
