"""Many training steps in one call into TensorFlow: what a step computes, and nothing else.

One step is exactly what `keras.Model.fit` does with a batch: forward pass in training mode, mean
loss (with the model's own regularisation losses), gradients, one update of the optimizer. It is
faster because the images stay in one tensor, because hundreds of steps run without Python, and
because Adam's update of a variable is one operation instead of fifteen. Several devices may share
the batch; the step stays the same up to rounding. Does not know epochs, schedules or files.
"""

import types
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import keras
import numpy as np
import tensorflow as tf

from core.hyperparameters import Hyperparameters
from core.training.augmentation import augment

MAX_STEPS = 400  # in one call
_NUM_DIGITS = 10
_THREEFRY = 2  # the random generator that XLA computes fast on a CPU
# XLA makes these two to three times faster, and convolutions two to four times slower.
_FAST_IN_XLA = (
    keras.layers.InputLayer,
    keras.layers.Flatten,
    keras.layers.Reshape,
    keras.layers.Dense,
    keras.layers.Dropout,
    keras.layers.Activation,
)


class TrainingSteps:
    """Runs training steps of one model on one set of images.

    Same seed, same step number and same variables (the model's, its dropout seeds included, and
    the optimizer's) give the same result bit for bit, however the steps are grouped into calls.
    """

    def __init__(
        self,
        model: keras.Model,
        optimizer: keras.Optimizer,
        images: np.ndarray,
        labels: np.ndarray,
        hyperparameters: Hyperparameters,
        *,
        batch_size: int,
        strategy: tf.distribute.Strategy | None = None,
    ) -> None:
        """Put the images into TensorFlow's memory and build the optimizer's variables.

        Args:
            model: maps float32 `(n, 28, 28)` to probabilities `(n, 10)`.
            optimizer: built with a number as learning rate, which is set step by step.
            images: float array of shape `(n, 28, 28)` in [0, 1], in 255 steps as MNIST's are.
            labels: integers of shape `(n,)`.
            hyperparameters: give loss, seed, augmentation, averaging and whether to use XLA, which
                purely dense networks on a CPU get anyway, and augmentation rules out.
            batch_size: images in each batch but the last one of an epoch.
            strategy: shares each batch among several devices, without XLA; this is then called,
                and the model and the optimizer were created, in its scope.
        """
        self._model = model
        self._optimizer = optimizer
        # As MNIST has them: a quarter of the memory, and so much less to fetch in each step.
        # In parts that fit the processor's cache.
        parts = np.array_split(images, max(1, len(images) // 500))
        self._images = tf.constant(
            np.concatenate([np.rint(255.0 * part).astype(np.uint8) for part in parts])
        )
        self._labels = tf.constant(labels.astype(np.int32))
        self._hyperparameters = hyperparameters
        self._batch_size = batch_size
        self._strategy = strategy
        if strategy is not None:
            _normalize_whole_batches(model)
        optimizer.build(model.trainable_variables)
        self._averages = _Averages(model, hyperparameters.weight_averaging)
        jit_compile = hyperparameters.xla or is_fast_in_xla(model)
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
        return [*self._model.variables, *self._optimizer.variables, *self._averages.variables]

    def averaged(self) -> AbstractContextManager[None]:
        """Let the model have its averaged weights for a while, where the settings ask for them."""
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
        if self._compiled is not None and images == self._batch_size:
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
        with _dropout_for_xla(self._model):
            return self._steps(*arguments)

    def _step(
        self, indices: tf.Tensor, learning_rate: tf.Tensor, number: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        images, labels = self.batch(indices, number)
        if self._strategy is None:
            size = tf.cast(tf.size(labels), tf.float32)
            return self._update(images, labels, size, learning_rate, number)
        return self._step_in_shares(self._strategy, images, labels, learning_rate, number)

    def _step_in_shares(
        self,
        strategy: tf.distribute.Strategy,
        images: tf.Tensor,
        labels: tf.Tensor,
        learning_rate: tf.Tensor,
        number: tf.Tensor,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        replicas = strategy.num_replicas_in_sync
        # A batch with too few images for all replicas is repeated, which changes no mean.
        copies = tf.where(tf.size(labels) < replicas, replicas, 1)
        images, labels = tf.tile(images, [copies, 1, 1]), tf.tile(labels, [copies])
        size = tf.cast(tf.size(labels), tf.float32)
        shares = [
            strategy.experimental_distribute_values_from_function(
                lambda context, whole=whole: whole[context.replica_id_in_sync_group :: replicas]
            )
            for whole in (images, labels)
        ]
        results = strategy.run(self._update, (*shares, size, learning_rate, number))
        loss, correct = (strategy.reduce("SUM", part, axis=None) for part in results)
        return loss / tf.cast(copies, tf.float32), correct // copies

    def _update(
        self,
        images: tf.Tensor,
        labels: tf.Tensor,
        size: tf.Tensor,
        learning_rate: tf.Tensor,
        number: tf.Tensor,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Update the weights with a batch of this size, or with a replica's share of it."""
        variables = self._model.trainable_variables
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([variable.value for variable in variables])
            probabilities = self._model(images, training=True)
            each = losses(self._hyperparameters, labels, probabilities)
            if self._strategy is None:
                total = tf.add_n([tf.reduce_mean(each), *self._model.losses])
            else:
                replicas = self._strategy.num_replicas_in_sync
                penalties = [penalty / replicas for penalty in self._model.losses]
                total = tf.add_n([tf.reduce_sum(each) / size, *penalties])
        gradients = tape.gradient(total, [variable.value for variable in variables])
        if self._strategy is not None:
            gradients = tf.distribute.get_replica_context().all_reduce("SUM", gradients)
        apply_gradients(self._optimizer, gradients, variables, learning_rate)
        self._averages.update(number)
        correct = tf.math.in_top_k(labels, probabilities, 1)
        return total * size, tf.math.count_nonzero(correct, dtype=tf.int32)

    def batch(self, indices: tf.Tensor, number: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Return a batch as step `number` sees it: images, augmented, and their labels."""
        images = tf.cast(tf.gather(self._images, indices), tf.float32) / 255.0
        if self._hyperparameters.augments:
            seed = tf.stack([self._hyperparameters.seed, number])
            images = augment(images, self._hyperparameters, seed)
        return images, tf.gather(self._labels, indices)


class _Averages:
    """An exponential moving average of each weight, as training goes on.

    After Polyak and Juditsky 1992 in spirit; as usual, the average follows faster at the start,
    when the weights that it began with are of no use.
    """

    def __init__(self, model: keras.Model, decay: float) -> None:
        """Average the weights of `model` with this decay per step; nothing where it is 0."""
        self._decay = decay
        self._weights = model.trainable_variables if decay else []
        # From an array: Keras would take a TensorFlow variable itself for its own.
        self.variables = [
            keras.Variable(
                keras.ops.convert_to_numpy(weight.value), trainable=False, dtype=weight.dtype
            )
            for weight in self._weights
        ]

    def update(self, number: tf.Tensor) -> None:
        """Take in the weights after step `number`."""
        if not self._decay:
            return
        number = tf.cast(number, tf.float32)
        decay = tf.minimum(self._decay, (1.0 + number) / (10.0 + number))
        for average, weight in zip(self.variables, self._weights, strict=True):
            average.value.assign_sub((1.0 - decay) * (average.value - weight.value))

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Put the averages in the weights' place for a while."""
        weights = [keras.ops.convert_to_numpy(weight.value) for weight in self._weights]
        for average, weight in zip(self.variables, self._weights, strict=True):
            weight.assign(average.value)
        try:
            yield
        finally:
            for weight, value in zip(self._weights, weights, strict=True):
                weight.assign(value)


def losses(
    hyperparameters: Hyperparameters, labels: tf.Tensor, probabilities: tf.Tensor
) -> tf.Tensor:
    """Return the loss of each image.

    Args:
        hyperparameters: give the loss.
        labels: integers of shape `(n,)`.
        probabilities: of shape `(n, 10)`; Keras takes the logits where the last layer is softmax.
    """
    if hyperparameters.loss == "mean_squared_error":
        return keras.losses.mean_squared_error(tf.one_hot(labels, _NUM_DIGITS), probabilities)
    if not hyperparameters.label_smoothing:
        return keras.losses.sparse_categorical_crossentropy(labels, probabilities)
    return keras.losses.categorical_crossentropy(
        tf.one_hot(labels, _NUM_DIGITS),
        probabilities,
        label_smoothing=hyperparameters.label_smoothing,
    )


def is_fast_in_xla(model: keras.Model) -> bool:
    """Return whether the model is purely dense and computes on a CPU."""
    # An exact type: a subclass may do anything.
    return not tf.config.list_physical_devices("GPU") and all(
        type(layer) in _FAST_IN_XLA for layer in model.layers
    )


def apply_gradients(
    optimizer: keras.Optimizer,
    gradients: list[tf.Tensor],
    variables: list[keras.Variable],
    learning_rate: tf.Tensor,
) -> None:
    """Update the variables as `optimizer` says, clipping included; Adam without amsgrad fast.

    Several replicas all call this with the gradients of the whole batch, and each updates its own
    copies of the variables.
    """
    optimizer.learning_rate.assign(learning_rate)
    if not _is_plain_adam(optimizer):
        optimizer.apply(_before_keras_sums(optimizer, gradients), variables)
        return
    if optimizer.global_clipnorm is not None:
        gradients, _ = tf.clip_by_global_norm(gradients, optimizer.global_clipnorm)
    number = tf.cast(optimizer.iterations + 1, tf.float32)
    powers = tf.pow(optimizer.beta_1, number), tf.pow(optimizer.beta_2, number)
    # Keras has momentum and velocity of each variable side by side after iteration and rate.
    moments = {variable.path: variable.value for variable in optimizer.variables}
    for variable, gradient in zip(variables, gradients, strict=True):
        if optimizer.weight_decay is not None:
            variable.assign_sub(variable.value * optimizer.weight_decay * learning_rate)
        name = f"{optimizer.name}/{variable.path.replace('/', '_')}"
        tf.raw_ops.ResourceApplyAdam(
            var=variable.value.handle,
            m=moments[f"{name}_momentum"].handle,
            v=moments[f"{name}_velocity"].handle,
            beta1_power=powers[0],
            beta2_power=powers[1],
            lr=learning_rate,
            beta1=optimizer.beta_1,
            beta2=optimizer.beta_2,
            epsilon=optimizer.epsilon,
            grad=gradient,
        )
    optimizer.iterations.assign_add(1)


def _before_keras_sums(optimizer: keras.Optimizer, gradients: list[tf.Tensor]) -> list[tf.Tensor]:
    """Return what Keras makes these gradients of, as it adds up what several replicas give it.

    It clips before that, share by share; what is clipped here gives it nothing to clip.
    """
    replicas = tf.distribute.get_replica_context().num_replicas_in_sync
    if replicas == 1:
        return gradients
    if optimizer.global_clipnorm is not None:
        gradients, _ = tf.clip_by_global_norm(gradients, optimizer.global_clipnorm)
    return [gradient / replicas for gradient in gradients]


def _is_plain_adam(optimizer: keras.Optimizer) -> bool:
    return (
        type(optimizer) in (keras.optimizers.Adam, keras.optimizers.AdamW)
        and not optimizer.amsgrad
        and not optimizer.use_ema
        and optimizer.clipnorm is None
        and optimizer.clipvalue is None
        and optimizer.loss_scale_factor is None
        and optimizer.gradient_accumulation_steps is None
    )


def _normalize_whole_batches(model: keras.Model) -> None:
    """Let batch normalisation measure what all replicas have, and not each its own share."""
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.synchronized = True


@contextmanager
def _dropout_for_xla(model: keras.Model) -> Iterator[None]:
    """Let the model's dropout layers draw from a generator that is fast in XLA.

    Keras lets XLA choose one, which made a step ten times slower. The layers keep their seed
    variables, which count the steps, so their state is saved as ever.
    """
    layers = [
        layer
        for layer in model._flatten_layers()
        if type(layer) is keras.layers.Dropout and layer.rate > 0 and layer.noise_shape is None
    ]
    for layer in layers:
        layer.call = types.MethodType(_drop, layer)
    try:
        yield
    finally:
        for layer in layers:
            del layer.call


def _drop(layer: keras.layers.Dropout, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
    if not training:
        return inputs
    seed = tf.cast(layer.seed_generator.next(), tf.uint64)
    draws = tf.raw_ops.StatelessRandomUniformV2(
        shape=tf.shape(inputs), key=seed[:1], counter=seed[1:], alg=_THREEFRY
    )
    return tf.where(draws >= layer.rate, inputs / (1.0 - layer.rate), tf.zeros_like(inputs))
