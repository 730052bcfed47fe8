"""The rules that turn gradients into weight updates. Their learning rate is set from outside."""

from collections.abc import Callable

import keras

from core.hyperparameters import Hyperparameters


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
