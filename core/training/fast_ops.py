"""What exists only for speed. Delete this file and its uses, and training does the same, slower.

Adam's update of a variable is one operation instead of fifteen, equal up to rounding. In programs
compiled by XLA, dropout draws from a generator that XLA computes fast on a CPU: other random
numbers of the same distribution.
"""

import types
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import keras
import tensorflow as tf

_THREEFRY = 2  # TensorFlow's number of the random generator that XLA computes fast on a CPU
# XLA makes these two to three times faster, and convolutions two to four times slower.
_FAST_IN_XLA = (
    keras.layers.InputLayer,
    keras.layers.Flatten,
    keras.layers.Reshape,
    keras.layers.Dense,
    keras.layers.Dropout,
    keras.layers.Activation,
)


def is_fast_in_xla(model: keras.Model) -> bool:
    """Return whether the model is purely dense and computes on a CPU."""
    # An exact type: a subclass may do anything.
    return not tf.config.list_physical_devices("GPU") and all(
        type(layer) in _FAST_IN_XLA for layer in model.layers
    )


def is_plain_adam(optimizer: keras.Optimizer) -> bool:
    """Return whether `apply_adam` computes what this optimizer's own `apply` does."""
    return (
        type(optimizer) in (keras.optimizers.Adam, keras.optimizers.AdamW)
        and not optimizer.amsgrad
        and not optimizer.use_ema
        and optimizer.clipnorm is None
        and optimizer.clipvalue is None
        and optimizer.loss_scale_factor is None
        and optimizer.gradient_accumulation_steps is None
    )


def apply_adam(
    optimizer: keras.Optimizer,
    gradients: Sequence[tf.Tensor],
    variables: Sequence[keras.Variable],
    learning_rate: tf.Tensor,
) -> None:
    """Update the variables as Adam or AdamW does (Kingma and Ba 2014), clipping included.

    Args:
        optimizer: one for which `is_plain_adam` is true, built for `variables`.
        gradients: of the whole batch, one for each variable.
        variables: in the optimizer's order.
        learning_rate: of this step.
    """
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


@contextmanager
def dropout_for_xla(model: keras.Model) -> Iterator[None]:
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
