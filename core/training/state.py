"""Where training stands: with the variables, all that the next step depends on."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Best(BaseModel):
    """The epoch whose weights are kept, and what they reached on the validation images."""

    model_config = ConfigDict(frozen=True)

    epoch: int
    val_loss: float
    val_accuracy: float


class LoopState(BaseModel):
    """What a checkpoint keeps beside the variables.

    Attributes:
        step: weight updates so far.
        epoch: epochs that are complete, their validation included.
        images: images seen in the current epoch.
        loss_sum: their losses, added up.
        correct: how many of them were classified correctly.
        unrecorded: images, sum of losses and correct ones that no record of steps has yet; they may
            reach back into the epoch before.
        seconds: time spent in training, pauses left out.
        learning_rate_scale: what the planned learning rate is multiplied by.
        learning_rate_changes: how many of the user's changes have been applied.
        best: the best epoch so far.
        plateau: what reducing the learning rate on a plateau remembers.
        early_stopping: what early stopping remembers.
        stopped_early: whether it has ended the run.
    """

    model_config = ConfigDict(validate_assignment=True)

    step: int = Field(0, ge=0)
    epoch: int = Field(0, ge=0)
    images: int = Field(0, ge=0)
    loss_sum: float = 0.0
    correct: int = 0
    unrecorded: tuple[int, float, int] = (0, 0.0, 0)
    seconds: float = 0.0
    learning_rate_scale: float = 1.0
    learning_rate_changes: int = 0
    best: Best | None = None
    plateau: dict[str, Any] = Field(default_factory=dict)
    early_stopping: dict[str, Any] = Field(default_factory=dict)
    stopped_early: bool = False
