"""What a user asks of a run under way. Pages write it, training reads it; neither waits."""

from pydantic import BaseModel, ConfigDict, Field


class Control(BaseModel):
    """The content of a run's `control.json`.

    Attributes:
        stop: end training and measure what was reached.
        pause: hold training as it is.
        release: a paused run is to leave its worker to those that wait; set by the queue.
        learning_rate: what the learning rate is to be from now on, where anybody changed it.
        learning_rate_changes: how often it was changed, so that each change is applied once.
    """

    # Strict: what only looks like a request, in a damaged file, is none.
    model_config = ConfigDict(frozen=True, strict=True)

    stop: bool = False
    pause: bool = False
    release: bool = False
    learning_rate: float | None = Field(None, gt=0, allow_inf_nan=False)
    learning_rate_changes: int = Field(0, ge=0)
