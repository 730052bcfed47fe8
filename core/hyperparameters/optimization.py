"""How a run trains: the loss, the optimizer, the learning rate, and how the machine computes.

Does not know how a step is computed, nor which devices there are. `core.schedules` has the learning
rate of each step.
"""

from typing import Any, Literal

from core.hyperparameters.fields import FieldGroup, setting


def _scheduled(*schedules: str) -> dict[str, tuple[Any, ...]]:
    """Return the condition of a field that these learning rate schedules have."""
    return {"learning_rate_schedule": schedules}


class Optimization(FieldGroup):
    """How the weights are trained."""

    optimizer: Literal["sgd", "nesterov", "rmsprop", "adam", "adamw", "lion", "muon"] = setting(
        "adam",
        "Optimizer",
        labels={
            "sgd": "SGD",
            "nesterov": "SGD with Nesterov momentum",
            "rmsprop": "RMSprop",
            "adam": "Adam",
            "adamw": "AdamW",
            "lion": "Lion",
            "muon": "Muon",
        },
    )
    """The rule that turns gradients into weight updates. SGD: stochastic gradient descent with
    momentum; Nesterov's looks a step ahead. RMSprop: a step size for each weight. Adam: RMSprop
    with momentum, the usual choice. AdamW: Adam with weight decay. Lion: uses only the sign of the
    gradient; needs a tenth of Adam's learning rate. Muon: orthogonalises the update of each weight
    matrix."""
    learning_rate: float = setting(
        0.003, "Learning rate", ge=1e-6, le=10.0, step=0.0005, format="%.6g", changes_speed=False
    )
    """Size of each weight update; the highest one, where a schedule changes it. Too high and the
    loss diverges, too low and the network hardly learns."""
    learning_rate_schedule: Literal[
        "constant", "step", "exponential", "cosine", "one_cycle", "reduce_on_plateau"
    ] = setting(
        "one_cycle",
        "Learning rate schedule",
        labels={
            "constant": "Constant",
            "step": "Step",
            "exponential": "Exponential",
            "cosine": "Cosine",
            "one_cycle": "One cycle",
            "reduce_on_plateau": "Reduce on plateau",
        },
        changes_speed=False,
    )
    """Constant: the same throughout. Step: falls suddenly every few epochs. Exponential: falls by
    the same factor over each epoch. Cosine: falls to zero along a cosine. One cycle: rises for the
    first 30 % of the steps, then falls to nearly zero, which reaches a good result in few epochs.
    Reduce on plateau: falls when the validation loss stops improving."""
    decay_rate: float = setting(
        0.5,
        "Decay rate",
        ge=0.01,
        le=0.99,
        when=_scheduled("step", "exponential", "reduce_on_plateau"),
        step=0.05,
        format="%.2f",
        changes_speed=False,
    )
    """Factor by which the learning rate falls: at each fall of the schedules step and reduce on
    plateau, and over each epoch of exponential."""
    decay_epochs: int = setting(
        1, "Epochs between falls", ge=1, le=100, when=_scheduled("step"), changes_speed=False
    )
    """The learning rate falls each time after this many epochs."""
    plateau_patience: int = setting(
        2,
        "Patience before a fall",
        ge=1,
        le=20,
        when=_scheduled("reduce_on_plateau"),
        changes_speed=False,
    )
    """The learning rate falls after this many epochs in a row without a better validation loss."""
    batch_size: int = setting(128, "Batch size", ge=1, le=4096)
    """Images per weight update. Small: many noisy updates. Large: few smooth ones."""
    epochs: int = setting(3, "Epochs", ge=1, le=200, changes_speed=False)
    """How many times training uses every training image."""
    momentum: float = setting(
        0.9,
        "Momentum",
        ge=0.0,
        le=0.99,
        when={"optimizer": ("sgd", "nesterov")},
        step=0.05,
        format="%.2f",
        changes_speed=False,
    )
    """Share of the last update that is added to the next one."""
    loss: Literal["cross_entropy", "mean_squared_error"] = setting(
        "cross_entropy",
        "Loss",
        advanced=True,
        labels={"cross_entropy": "Cross-entropy", "mean_squared_error": "Mean squared error"},
    )
    """What training minimises. Cross-entropy: minus the logarithm of the probability of the right
    digit, the usual choice. Mean squared error: the squared distance of the ten probabilities from
    0 and 1; its gradient nearly vanishes where the network is sure of a wrong digit."""
    label_smoothing: float = setting(
        0.0,
        "Label smoothing",
        ge=0.0,
        le=0.5,
        when={"loss": ("cross_entropy",)},
        step=0.05,
        format="%.2f",
        advanced=True,
        changes_speed=False,
    )
    """Share of each label that is spread over all ten digits, against overconfidence. 0 is off; 0.1
    is usual."""
    # Not for sgd and nesterov, although Keras supports it: runs with sgd made while only adamw used
    # this value record 0.004 too, and were trained without it.
    weight_decay: float = setting(
        0.004,
        "Weight decay",
        ge=0.0,
        le=0.5,
        when={"optimizer": ("adamw", "lion", "muon")},
        step=0.001,
        format="%.4f",
        advanced=True,
        changes_speed=False,
    )
    """How strongly AdamW, Lion and Muon pull the weights towards zero, against overfitting. The
    other optimizers have none."""
    warmup_epochs: float = setting(
        0.0,
        "Warm-up epochs",
        ge=0.0,
        le=10.0,
        when=_scheduled("constant", "step", "exponential", "cosine", "reduce_on_plateau"),
        step=0.5,
        format="%.1f",
        advanced=True,
        changes_speed=False,
    )
    """Epochs, or a part of one, in which the learning rate rises linearly from nearly zero, because
    the first gradients are the least reliable. 0 is off; one cycle has its own warm-up."""
    gradient_clipping: float = setting(
        0.0, "Gradient clipping", ge=0.0, le=100.0, step=0.5, format="%.2f", advanced=True
    )
    """Highest norm of the gradient of all weights together; a longer gradient is scaled down to it,
    so that one bad batch cannot ruin the weights. 0 is off; 1 is usual."""
    weight_averaging: float = setting(
        0.0, "Weight averaging", ge=0.0, le=0.9999, step=0.01, format="%.4f", advanced=True
    )
    """Validates and saves an exponential moving average of the weights, which varies less than the
    weights themselves; this is its decay per step. 0 is off; 0.99 averages about 100 steps."""
    early_stopping_patience: int = setting(
        0, "Early stopping", ge=0, le=50, advanced=True, changes_speed=False
    )
    """Training ends after this many epochs in a row without a better validation loss. 0 is off. The
    weights of the best epoch are kept either way."""


class Computation(FieldGroup):
    """How the machine computes: faster on some machines, the same idea."""

    mixed_precision: bool = setting(False, "Mixed precision")
    """Computes in bfloat16 (16-bit numbers) and keeps the weights in float32. Faster on recent GPUs
    (NVIDIA Ampere, 2020, and later) with large networks and batches; slower on most CPUs."""
    xla: bool = setting(False, "XLA")
    """Compiles each training step into one program for the device. The first step takes seconds
    longer, the others are often faster on a GPU; convolutions on a CPU are slower."""
    all_gpus: bool = setting(False, "Use all GPUs")
    """Splits each batch among all GPUs of the machine, which pays off with large batches; XLA is
    then switched off. Has no effect with one device."""
