"""How weights change: many steps in one call, on images that lie in TensorFlow's memory.

A step depends on nothing but the variables, the images it is given and its number, so that steps
give the same result however they are divided into calls. Does not know when to stop.
"""

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from core.augmentation import augment
from core.hyperparameters import Hyperparameters

Loss = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]


def build_loss(hyperparameters: Hyperparameters) -> Loss:
    """Return the function that maps labels `(n,)` and probabilities `(n, 10)` to losses `(n,)`."""
    if hyperparameters.loss == "mean_squared_error":
        function = keras.losses.MeanSquaredError(reduction=None)
    else:
        function = keras.losses.CategoricalCrossentropy(
            label_smoothing=hyperparameters.label_smoothing, reduction=None
        )
    return lambda labels, probabilities: function(tf.one_hot(labels, 10), probabilities)


class TrainingSteps:
    """Trains a model on images that it keeps."""

    def __init__(
        self,
        model: keras.Model,
        optimizer: keras.Optimizer,
        images: np.ndarray,
        labels: np.ndarray,
        hyperparameters: Hyperparameters,
    ) -> None:
        """Prepare to train `model`; nothing is compiled before the first call.

        Args:
            model: maps images `(n, 28, 28)` to probabilities `(n, 10)`.
            optimizer: built for the model's trainable variables.
            images: float32 array of shape `(n, 28, 28)` in [0, 1].
            labels: integer array of shape `(n,)`.
            hyperparameters: give loss, seed and augmentation.
        """
        self._model, self._optimizer = model, optimizer
        self._images = tf.constant(images)
        self._labels = tf.constant(labels.astype(np.int32))
        self._hyperparameters = hyperparameters
        self.loss = build_loss(hyperparameters)
        self._run = tf.function(self._loop, jit_compile=hyperparameters.xla)

    def __call__(
        self, indices: np.ndarray, learning_rates: np.ndarray, first_step: int
    ) -> tuple[float, int]:
        """Change the weights once for each batch.

        Args:
            indices: int32 array of shape `(steps, batch_size)`, which images are in each batch.
            learning_rates: float32 array of shape `(steps,)`.
            first_step: the number of the first of these steps, from 0.

        Returns:
            The sum of all images' losses and how many of them were read right, each before the
            step that it belongs to.
        """
        loss_sum, correct = self._run(
            tf.constant(indices, tf.int32),
            tf.constant(learning_rates, tf.float32),
            tf.constant(first_step, tf.int32),
        )
        return float(loss_sum), int(correct)

    def batch(self, index: tf.Tensor, step: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Return the images, augmented as this step sees them, and their labels."""
        images = tf.gather(self._images, index)
        if self._hyperparameters.augments:
            seed = tf.stack([self._hyperparameters.seed, step])
            images = augment(images, self._hyperparameters, seed)
        return images, tf.gather(self._labels, index)

    def _loop(
        self, indices: tf.Tensor, learning_rates: tf.Tensor, first_step: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        loss_sum, correct = tf.constant(0.0), tf.constant(0)
        for number in tf.range(tf.shape(indices)[0]):
            self._optimizer.learning_rate.assign(learning_rates[number])
            losses, right = self._step(indices[number], first_step + number)
            loss_sum += losses
            correct += right
        return loss_sum, correct

    def _step(self, index: tf.Tensor, step: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        images, labels = self.batch(index, step)
        with tf.GradientTape() as tape:
            probabilities = self._model(images, training=True)
            losses = self.loss(labels, probabilities)
            loss = tf.reduce_mean(losses)
        weights = self._model.trainable_variables
        gradients = tape.gradient(loss, [weight.value for weight in weights])
        self._optimizer.apply(gradients, weights)
        right = tf.argmax(probabilities, axis=1, output_type=tf.int32) == labels
        return tf.reduce_sum(losses), tf.reduce_sum(tf.cast(right, tf.int32))
