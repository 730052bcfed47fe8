"""Measures a model under training on its validation images. Does not know when or why."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from core.hyperparameters import Hyperparameters
from core.training.losses import losses

_IMAGES_PER_CALL = 500


class Evaluator:
    """Measures a model on images that it keeps, as often as it is asked."""

    def __init__(
        self,
        model: keras.Model,
        images: np.ndarray,
        labels: np.ndarray,
        hyperparameters: Hyperparameters,
    ) -> None:
        """Keep `images`, float32 `(n, 28, 28)`, with their `labels`, `(n,)`, for `model`."""
        self._model, self._hyperparameters = model, hyperparameters
        self._images, self._labels = tf.constant(images), tf.constant(labels.astype(np.int32))
        self._measure = tf.function(self._measure_part)

    def evaluate(
        self, *, is_interrupted: Callable[[], bool] = lambda: False
    ) -> tuple[float, float] | None:
        """Return the mean loss and the accuracy, in [0, 1].

        Args:
            is_interrupted: called after every few hundred images; a True ends it, which gives None.
        """
        loss_sum, correct, count = 0.0, 0, len(self._images)
        for start in range(0, count, _IMAGES_PER_CALL):
            added, right = self._measure(tf.constant(start))
            loss_sum += float(added)
            correct += int(right)
            if is_interrupted():
                return None
        return loss_sum / count, correct / count

    def _measure_part(self, start: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        images = self._images[start : start + _IMAGES_PER_CALL]
        labels = self._labels[start : start + _IMAGES_PER_CALL]
        probabilities = self._model(images, training=False)
        right = tf.argmax(probabilities, axis=1, output_type=tf.int32) == labels
        each = losses(self._hyperparameters, labels, probabilities)
        return tf.reduce_sum(each), tf.reduce_sum(tf.cast(right, tf.int32))
