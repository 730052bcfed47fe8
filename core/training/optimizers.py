"""The rules that turn gradients into weight updates. Their learning rate is set from outside."""

from collections.abc import Callable, Sequence

import keras
import tensorflow as tf

from core.hyperparameters import Hyperparameters
from core.training import fast_ops


def build_optimizer(hyperparameters: Hyperparameters) -> keras.Optimizer:
    """Build the optimizer that these settings describe.

    `core.schedules` says what its learning rate is at each step, and training sets it.
    """
    options = {
        "learning_rate": hyperparameters.learning_rate,
        "global_clipnorm": hyperparameters.gradient_clipping or None,
    }
    momentum, decay = hyperparameters.momentum, hyperparameters.weight_decay
    optimizers: dict[str, Callable[[], keras.Optimizer]] = {
        "sgd": lambda: keras.optimizers.SGD(momentum=momentum, **options),
        "nesterov": lambda: keras.optimizers.SGD(momentum=momentum, nesterov=True, **options),
        "rmsprop": lambda: keras.optimizers.RMSprop(**options),
        "adam": lambda: keras.optimizers.Adam(**options),
        "adamw": lambda: keras.optimizers.AdamW(weight_decay=decay, **options),
        "lion": lambda: keras.optimizers.Lion(weight_decay=decay, **options),
        # The output layer and biases are trained by Adam, as Jordan et al. 2024 advise.
        "muon": lambda: keras.optimizers.Muon(weight_decay=decay, **options),
    }
    return optimizers[hyperparameters.optimizer]()


def apply_gradients(
    optimizer: keras.Optimizer,
    gradients: Sequence[tf.Tensor],
    variables: Sequence[keras.Variable],
    learning_rate: tf.Tensor,
) -> None:
    """Update the variables once as `optimizer` does, clipping included.

    Several replicas all call this with the gradients of the whole batch, and each updates its own
    copies of the variables.

    Args:
        optimizer: built for `variables`.
        gradients: one for each variable.
        variables: in the optimizer's order.
        learning_rate: of this step.
    """
    optimizer.learning_rate.assign(learning_rate)
    if fast_ops.is_plain_adam(optimizer):
        fast_ops.apply_adam(optimizer, gradients, variables, learning_rate)
        return
    replicas = tf.distribute.get_replica_context().num_replicas_in_sync
    if replicas > 1:
        # Keras adds up what the replicas give it, and clips before that, share by share; what is
        # clipped here gives it nothing to clip.
        if optimizer.global_clipnorm is not None:
            gradients, _ = tf.clip_by_global_norm(gradients, optimizer.global_clipnorm)
        gradients = [gradient / replicas for gradient in gradients]
    optimizer.apply(gradients, variables)
