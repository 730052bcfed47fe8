"""Settings of the optimization: what is made small, by which rule, and in which steps.

Does not know how a step is computed. `core.schedules` has the learning rate of each step.
"""

from typing import Any, Literal

from pydantic import Field

from core.hyperparameters.fields import FieldGroup, form_metadata


def _optimization(**more: Any) -> dict[str, Any]:
    return form_metadata("Optimization", **more)


class Optimization(FieldGroup):
    """How weights are found."""

    optimizer: Literal["sgd", "nesterov", "rmsprop", "adam", "adamw", "lion", "muon"] = Field(
        "adam",
        title="Optimizer",
        description="The rule that turns gradients into weight updates. sgd: straight downhill, "
        "with momentum. nesterov: sgd that looks a step ahead. rmsprop: a step size of its own "
        "for each weight. adam: rmsprop with momentum, the usual choice. adamw: adam with weight "
        "decay. lion: steps of one size, whatever the gradient; wants a tenth of adam's learning "
        "rate. muon: for each weight matrix, a step that moves all directions alike.",
        json_schema_extra=_optimization(),
    )
    learning_rate: float = Field(
        0.003,
        ge=1e-6,
        le=10.0,
        title="Learning rate",
        description="Size of each step downhill; the highest one, where a schedule changes it. "
        "Too high and the loss explodes, too low and nothing moves.",
        json_schema_extra=_optimization(step=0.0005, format="%.6g"),
    )
    learning_rate_schedule: Literal[
        "constant", "step", "exponential", "cosine", "one_cycle", "reduce_on_plateau"
    ] = Field(
        "one_cycle",
        title="Learning rate schedule",
        description="constant: the same throughout. step: falls at once after every few epochs. "
        "exponential: falls by the same share in every epoch. cosine: falls to zero along a "
        "cosine. one_cycle: rises for the first 30 % of the steps, then falls to nearly zero, "
        "which reaches a good result in few epochs. reduce_on_plateau: falls when the validation "
        "loss stalls.",
        json_schema_extra=_optimization(),
    )
    decay_rate: float = Field(
        0.5,
        ge=0.01,
        le=0.99,
        title="Decay rate",
        description="What the learning rate is multiplied by: at each fall of step and "
        "reduce_on_plateau, and over each epoch of exponential.",
        json_schema_extra=_optimization(
            when={"learning_rate_schedule": ("step", "exponential", "reduce_on_plateau")},
            step=0.05,
            format="%.2f",
        ),
    )
    decay_epochs: int = Field(
        1,
        ge=1,
        le=100,
        title="Epochs between falls",
        description="After how many epochs the learning rate falls each time.",
        json_schema_extra=_optimization(when={"learning_rate_schedule": ("step",)}),
    )
    plateau_patience: int = Field(
        2,
        ge=1,
        le=20,
        title="Patience before a fall",
        description="The learning rate falls after this many epochs in a row without a better "
        "validation loss.",
        json_schema_extra=_optimization(when={"learning_rate_schedule": ("reduce_on_plateau",)}),
    )
    batch_size: int = Field(
        128,
        ge=1,
        le=4096,
        title="Batch size",
        description="Images per weight update. Small: many noisy steps. Large: few smooth ones.",
        json_schema_extra=_optimization(),
    )
    epochs: int = Field(
        3,
        ge=1,
        le=200,
        title="Epochs",
        description="How many times training sees every training image.",
        json_schema_extra=_optimization(),
    )
    momentum: float = Field(
        0.9,
        ge=0.0,
        le=0.99,
        title="Momentum",
        description="How much of the last step is carried into the next one.",
        json_schema_extra=_optimization(
            when={"optimizer": ("sgd", "nesterov")}, step=0.05, format="%.2f"
        ),
    )
    loss: Literal["cross_entropy", "mean_squared_error"] = Field(
        "cross_entropy",
        title="Loss",
        description="What training makes small. cross_entropy: how surprised the network was by "
        "the right digit, the usual choice. mean_squared_error: how far the ten probabilities are "
        "from 0 and 1; it hardly notices a network that is sure of the wrong digit.",
        json_schema_extra=_optimization(advanced=True),
    )
    label_smoothing: float = Field(
        0.0,
        ge=0.0,
        le=0.5,
        title="Label smoothing",
        description="Share of each label that is spread over all ten digits, so that the network "
        "does not learn to be too sure. 0 is off; 0.1 is usual.",
        json_schema_extra=_optimization(
            advanced=True, when={"loss": ("cross_entropy",)}, step=0.05, format="%.2f"
        ),
    )
    # Not for sgd and nesterov, although Keras could: runs with sgd that were made while only
    # adamw used this value say 0.004 too, and did without it.
    weight_decay: float = Field(
        0.004,
        ge=0.0,
        le=0.5,
        title="Weight decay",
        description="How strongly adamw, lion and muon pull the weights towards zero, against "
        "learning by heart. The other optimizers do without it.",
        json_schema_extra=_optimization(
            advanced=True,
            when={"optimizer": ("adamw", "lion", "muon")},
            step=0.001,
            format="%.4f",
        ),
    )
    warmup_epochs: float = Field(
        0.0,
        ge=0.0,
        le=10.0,
        title="Warm-up epochs",
        description="The learning rate rises from nearly zero during the first epochs, or a part "
        "of one, so that the first steps, which know least, do no harm. 0 is off; one_cycle has a "
        "warm-up of its own.",
        json_schema_extra=_optimization(
            advanced=True,
            when={
                "learning_rate_schedule": (
                    "constant",
                    "step",
                    "exponential",
                    "cosine",
                    "reduce_on_plateau",
                )
            },
            step=0.5,
            format="%.1f",
        ),
    )
    gradient_clipping: float = Field(
        0.0,
        ge=0.0,
        le=100.0,
        title="Gradient clipping",
        description="The longest that the gradient of all weights together may be; a longer one "
        "is shortened to it, so that one bad batch cannot ruin the weights. 0 is off; 1 is usual.",
        json_schema_extra=_optimization(advanced=True, step=0.5, format="%.2f"),
    )
    weight_averaging: float = Field(
        0.0,
        ge=0.0,
        le=0.9999,
        title="Weight averaging",
        description="Validates and keeps a running average of the weights, which is calmer than "
        "the weights themselves: at each step the average keeps this share and takes the rest "
        "from the new weights. 0 is off; 0.99 averages about 100 steps.",
        json_schema_extra=_optimization(advanced=True, step=0.01, format="%.4f"),
    )
    early_stopping_patience: int = Field(
        0,
        ge=0,
        le=50,
        title="Early stopping",
        description="Training ends after this many epochs in a row without a better validation "
        "loss. 0 is off: all epochs are trained. The best epoch's weights are kept either way.",
        json_schema_extra=_optimization(advanced=True),
    )
