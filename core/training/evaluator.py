"""What a model under training reads: the validation images, and one drawing that rides along."""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from core.hyperparameters import Hyperparameters
from core.training.steps import losses

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
        """Keep `images`, float32 `(n, 28, 28)`, with their `labels` for `model`."""
        self._model, self._hyperparameters = model, hyperparameters
        self._images, self._labels = tf.constant(images), tf.constant(labels.astype(np.int32))
        self._measure = tf.function(self._measure_part)
        self._read = tf.function(lambda image: model(image[None], training=False)[0])

    def evaluate(self, *, between: Callable[[], None] = lambda: None) -> tuple[float, float]:
        """Return the mean loss and the accuracy.

        Args:
            between: called again and again on the way; may raise to end it.
        """
        loss_sum, correct, count = 0.0, 0, len(self._images)
        for start in range(0, count, _IMAGES_PER_CALL):
            added, right = self._measure(tf.constant(start))
            loss_sum += float(added)
            correct += int(right)
            between()
        return loss_sum / count, correct / count

    def read(self, image: np.ndarray) -> np.ndarray:
        """Return the ten probabilities of one image of shape `(28, 28)`."""
        return self._read(tf.constant(image, tf.float32)).numpy()

    def _measure_part(self, start: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        images = self._images[start : start + _IMAGES_PER_CALL]
        labels = self._labels[start : start + _IMAGES_PER_CALL]
        probabilities = self._model(images, training=False)
        right = tf.argmax(probabilities, axis=1, output_type=tf.int32) == labels
        each = losses(self._hyperparameters, labels, probabilities)
        return tf.reduce_sum(each), tf.reduce_sum(tf.cast(right, tf.int32))
