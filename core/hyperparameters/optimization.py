"""Optimization: the loss, the optimizer, and the learning rate and its schedule.

Does not know how a step is computed. `core.schedules` has the learning rate of each step.
"""

from typing import Any, Literal

from pydantic import Field

from core.hyperparameters.fields import FieldGroup, form_metadata


def _optimization(**more: Any) -> dict[str, Any]:
    return form_metadata("Optimization", **more)


class Optimization(FieldGroup):
    """How the weights are trained."""

    optimizer: Literal["sgd", "nesterov", "rmsprop", "adam", "adamw", "lion", "muon"] = Field(
        "adam",
        title="Optimizer",
        description="The rule that turns gradients into weight updates. sgd: stochastic "
        "gradient descent with momentum. nesterov: sgd with Nesterov momentum, which looks a step "
        "ahead. rmsprop: a step size for each weight. adam: rmsprop with momentum, the usual "
        "choice. adamw: adam with weight decay. lion: uses only the sign of the gradient; needs a "
        "tenth of adam's learning rate. muon: orthogonalises the update of each weight matrix.",
        json_schema_extra=_optimization(),
    )
    learning_rate: float = Field(
        0.003,
        ge=1e-6,
        le=10.0,
        title="Learning rate",
        description="Size of each weight update; the highest one, where a schedule changes it. "
        "Too high and the loss diverges, too low and the network hardly learns.",
        json_schema_extra=_optimization(step=0.0005, format="%.6g"),
    )
    learning_rate_schedule: Literal[
        "constant", "step", "exponential", "cosine", "one_cycle", "reduce_on_plateau"
    ] = Field(
        "one_cycle",
        title="Learning rate schedule",
        description="constant: the same throughout. step: falls suddenly every few epochs. "
        "exponential: falls by the same factor over each epoch. cosine: falls to zero along a "
        "cosine. one_cycle: rises for the first 30 % of the steps, then falls to nearly zero, "
        "which reaches a good result in few epochs. reduce_on_plateau: falls when the validation "
        "loss stops improving.",
        json_schema_extra=_optimization(),
    )
    decay_rate: float = Field(
        0.5,
        ge=0.01,
        le=0.99,
        title="Decay rate",
        description="Factor by which the learning rate falls: at each fall of step and "
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
        description="The learning rate falls each time after this many epochs.",
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
        description="Images per weight update. Small: many noisy updates. Large: few smooth ones.",
        json_schema_extra=_optimization(),
    )
    epochs: int = Field(
        3,
        ge=1,
        le=200,
        title="Epochs",
        description="How many times training uses every training image.",
        json_schema_extra=_optimization(),
    )
    momentum: float = Field(
        0.9,
        ge=0.0,
        le=0.99,
        title="Momentum",
        description="Share of the last update that is added to the next one.",
        json_schema_extra=_optimization(
            when={"optimizer": ("sgd", "nesterov")}, step=0.05, format="%.2f"
        ),
    )
    loss: Literal["cross_entropy", "mean_squared_error"] = Field(
        "cross_entropy",
        title="Loss",
        description="What training minimises. cross_entropy: minus the logarithm of the "
        "probability of the right digit, the usual choice. mean_squared_error: the squared "
        "distance of the ten probabilities from 0 and 1; its gradient nearly vanishes where the "
        "network is sure of a wrong digit.",
        json_schema_extra=_optimization(advanced=True),
    )
    label_smoothing: float = Field(
        0.0,
        ge=0.0,
        le=0.5,
        title="Label smoothing",
        description="Share of each label that is spread over all ten digits, against "
        "overconfidence. 0 is off; 0.1 is usual.",
        json_schema_extra=_optimization(
            advanced=True, when={"loss": ("cross_entropy",)}, step=0.05, format="%.2f"
        ),
    )
    # Not for sgd and nesterov, although Keras supports it: runs with sgd made while only adamw used
    # this value record 0.004 too, and were trained without it.
    weight_decay: float = Field(
        0.004,
        ge=0.0,
        le=0.5,
        title="Weight decay",
        description="How strongly adamw, lion and muon pull the weights towards zero, against "
        "overfitting. The other optimizers have none.",
        json_schema_extra=_optimization(
            advanced=True, when={"optimizer": ("adamw", "lion", "muon")}, step=0.001, format="%.4f"
        ),
    )
    warmup_epochs: float = Field(
        0.0,
        ge=0.0,
        le=10.0,
        title="Warm-up epochs",
        description="Epochs, or a part of one, in which the learning rate rises linearly from "
        "nearly zero, because the first gradients are the least reliable. 0 is off; one_cycle has "
        "its own warm-up.",
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
        description="Highest norm of the gradient of all weights together; a longer gradient is "
        "scaled down to it, so that one bad batch cannot ruin the weights. 0 is off; 1 is usual.",
        json_schema_extra=_optimization(advanced=True, step=0.5, format="%.2f"),
    )
    weight_averaging: float = Field(
        0.0,
        ge=0.0,
        le=0.9999,
        title="Weight averaging",
        description="Validates and saves an exponential moving average of the weights, which "
        "varies less than the weights themselves; this is its decay per step. 0 is off; 0.99 "
        "averages about 100 steps.",
        json_schema_extra=_optimization(advanced=True, step=0.01, format="%.4f"),
    )
    early_stopping_patience: int = Field(
        0,
        ge=0,
        le=50,
        title="Early stopping",
        description="Training ends after this many epochs in a row without a better validation "
        "loss. 0 is off. The weights of the best epoch are kept either way.",
        json_schema_extra=_optimization(advanced=True),
    )
