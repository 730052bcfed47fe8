"""Many training steps in one call into TensorFlow: what a step computes, and nothing else.

One step is exactly what `keras.Model.fit` does with a batch: forward pass in training mode, mean
loss (with the model's own regularisation losses), gradients, one update of the optimizer. It is
faster because the images stay in one tensor and hundreds of steps run without Python. Does not
know epochs, schedules or files.
"""

from contextlib import AbstractContextManager

import keras
import numpy as np
import tensorflow as tf

from core.hyperparameters import Hyperparameters
from core.training import fast_ops
from core.training.augmentation import augment
from core.training.losses import losses
from core.training.optimizers import apply_gradients
from core.training.replicas import normalize_whole_batches, run_in_shares
from core.training.weight_averaging import WeightAverages

MAX_STEPS = 400  # in one call


class TrainingSteps:
    """Does training steps of one model on one set of images.

    Same seed, same step number and same variables (the model's, its dropout seeds included, and
    the optimizer's) give the same result bit for bit, however the steps are grouped into calls.

    Attributes:
        model: what is trained.
        batch_size: images in each batch but the last one of an epoch.
    """

    def __init__(
        self,
        model: keras.Model,
        optimizer: keras.Optimizer,
        images: np.ndarray,
        targets: np.ndarray,
        hyperparameters: Hyperparameters,
        *,
        batch_size: int,
        strategy: tf.distribute.Strategy | None = None,
    ) -> None:
        """Put the images into TensorFlow's memory and build the optimizer's variables.

        Args:
            model: maps float32 `(n, 28, 28)` to probabilities `(n, 10)`.
            optimizer: built with a number as learning rate, which is set step by step.
            images: float array of shape `(n, 28, 28)` in [0, 1], kept in 255 steps as MNIST's are.
            targets: digits, integers of shape `(n,)`; or probabilities to learn, `(n, 10)`.
            hyperparameters: give loss, seed, augmentation, averaging and whether to use XLA, which
                purely dense networks on a CPU get anyway, and augmentation rules out.
            batch_size: images in each batch but the last one of an epoch.
            strategy: shares each batch among several devices, without XLA; this is then called,
                and the model and the optimizer were created, in its scope.
        """
        self.model, self.batch_size = model, batch_size
        self._optimizer = optimizer
        # As MNIST has them: a quarter of the memory, and so much less to fetch in each step.
        # In parts that fit the processor's cache.
        parts = np.array_split(images, max(1, len(images) // 500))
        self._images = tf.constant(
            np.concatenate([np.rint(255.0 * part).astype(np.uint8) for part in parts])
        )
        self._targets = tf.constant(targets.astype(np.int32 if targets.ndim == 1 else np.float32))
        self._hyperparameters = hyperparameters
        self._strategy = strategy
        if strategy is not None:
            normalize_whole_batches(model)
        optimizer.build(model.trainable_variables)
        self._averages = WeightAverages(model, hyperparameters.weight_averaging)
        jit_compile = hyperparameters.xla or fast_ops.is_fast_in_xla(model)
        jit_compile = jit_compile and not hyperparameters.augments and strategy is None
        # A batch at the end of an epoch, smaller than the others, is not worth another compilation.
        # One tracing serves every number of steps and every size of batch.
        self._graph = tf.function(
            self._steps,
            input_signature=[
                tf.TensorSpec((None, None), tf.int32),
                tf.TensorSpec((None,), tf.float32),
                tf.TensorSpec((), tf.int32),
                tf.TensorSpec((), tf.int32),
            ],
        )
        self._compiled = tf.function(self._steps_for_xla, jit_compile=True) if jit_compile else None

    @property
    def variables(self) -> list[keras.Variable]:
        """Return all that a step reads and changes, in an order that does not change."""
        return [*self.model.variables, *self._optimizer.variables, *self._averages.variables]

    def averaged(self) -> AbstractContextManager[None]:
        """Give the model its averaged weights for a while, where the settings ask for them."""
        return self._averages.in_use()

    def __call__(
        self, indices: np.ndarray, learning_rates: np.ndarray, first_step: int
    ) -> tuple[float, int]:
        """Train on these batches, one step each.

        Args:
            indices: integers of shape `(steps, images)`, which images make up each batch; at most
                `MAX_STEPS` steps.
            learning_rates: of shape `(steps,)`.
            first_step: number of the first of these steps in the whole run, from 0.

        Returns:
            The sum of the losses of all images, and how many were classified correctly, both
            before the update that they led to.
        """
        steps, images = indices.shape
        function = self._graph
        if self._compiled is not None and images == self.batch_size:
            function = self._compiled
            # One shape, one compilation: the rows that fill up are never looked at.
            missing = MAX_STEPS - steps
            indices = np.pad(indices, [(0, missing), (0, 0)])
            learning_rates = np.pad(learning_rates, (0, missing))
        loss, correct = function(
            tf.constant(indices, tf.int32),
            tf.constant(learning_rates, tf.float32),
            tf.constant(first_step, tf.int32),
            tf.constant(steps, tf.int32),
        )
        return float(loss), int(correct)

    def batch(self, indices: tf.Tensor, step: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Return a batch as this step sees it: images, augmented, and their targets."""
        images = tf.cast(tf.gather(self._images, indices), tf.float32) / 255.0
        if self._hyperparameters.augments:
            seed = tf.stack([self._hyperparameters.seed, step])
            images = augment(images, self._hyperparameters, seed)
        return images, tf.gather(self._targets, indices)

    def _steps(
        self, indices: tf.Tensor, learning_rates: tf.Tensor, first_step: tf.Tensor, count: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        def step(
            i: tf.Tensor, loss: tf.Tensor, correct: tf.Tensor
        ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
            more_loss, more_correct = self._step(indices[i], learning_rates[i], first_step + i)
            return i + 1, loss + more_loss, correct + more_correct

        _, loss, correct = tf.while_loop(
            lambda i, *_: i < count,
            step,
            (tf.constant(0), tf.constant(0.0), tf.constant(0)),
            parallel_iterations=1,
        )
        return loss, correct

    def _steps_for_xla(self, *arguments: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with fast_ops.dropout_for_xla(self.model):
            return self._steps(*arguments)

    def _step(
        self, indices: tf.Tensor, learning_rate: tf.Tensor, number: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        images, targets = self.batch(indices, number)
        if self._strategy is not None:
            return run_in_shares(
                self._strategy, self._update, images, targets, learning_rate, number
            )
        size = tf.cast(tf.shape(targets)[0], tf.float32)
        return self._update(images, targets, size, learning_rate, number)

    def _update(
        self,
        images: tf.Tensor,
        targets: tf.Tensor,
        size: tf.Tensor,
        learning_rate: tf.Tensor,
        number: tf.Tensor,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Update the weights with a batch of this size, or with a replica's share of it."""
        variables = self.model.trainable_variables
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([variable.value for variable in variables])
            probabilities = self.model(images, training=True)
            each = losses(self._hyperparameters, targets, probabilities)
            if self._strategy is None:
                total = tf.add_n([tf.reduce_mean(each), *self.model.losses])
            else:
                replicas = self._strategy.num_replicas_in_sync
                penalties = [penalty / replicas for penalty in self.model.losses]
                total = tf.add_n([tf.reduce_sum(each) / size, *penalties])
        gradients = tape.gradient(total, [variable.value for variable in variables])
        if self._strategy is not None:
            gradients = tf.distribute.get_replica_context().all_reduce("SUM", gradients)
        apply_gradients(self._optimizer, gradients, variables, learning_rate)
        self._averages.update(number)
        digits = targets if targets.shape.rank == 1 else tf.argmax(targets, axis=1)
        correct = tf.math.in_top_k(digits, probabilities, 1)
        return total * size, tf.math.count_nonzero(correct, dtype=tf.int32)
