"""What a run's `run.json` and `control.json` hold, and what follows from it. Opens no file."""

import unicodedata
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import (
    AliasChoices,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from core.hyperparameters import Hyperparameters, explain_value, upgrade_record

Status = Literal[
    "queued", "running", "paused", "stopped", "completed", "failed", "interrupted", "unreadable"
]
MAX_NAME_LENGTH = 60
# Control and format characters (those of no width, those that turn the direction of writing) and
# halves of surrogate pairs: nobody sees them, and they make one name look like another.
_UNSEEN = ("Cc", "Cf", "Cs")


class Control(BaseModel):
    """What a user asks of a run under way. Pages write it, training reads it; neither waits.

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


class DataRecord(BaseModel):
    """Which images a run used."""

    model_config = ConfigDict(frozen=True)

    name: str
    fingerprint: str
    num_train: int
    num_val: int
    num_test: int


class Results(BaseModel):
    """What a run reached: measured once training has ended, on the weights that validation chose.

    `val_*` chose the epoch, so they flatter; `test_*` are the honest figures, None until measured.
    `drawn_*` say how many drawn digits the model reads, how many there were and whose; they come a
    little later, choose nothing, and are None for runs of earlier versions.
    """

    model_config = ConfigDict(frozen=True)

    best_epoch: int
    val_loss: float
    val_accuracy: float
    test_loss: float | None = None
    test_accuracy: float | None = None
    seconds: float
    images_per_second: float
    drawn_accuracy: float | None = None
    drawn_count: int | None = None
    drawn_name: str | None = None


class RunRecord(BaseModel):
    """The content of `run.json`.

    Attributes:
        created: when it was created; one without a time zone has no place among the others.
        queued: when it was put into the queue last; None in runs of earlier versions.
        owner: who created it, as `core.runs.RunStore.create` was told; None where nobody said.
        other_settings: settings of another version, which this one does not know and keeps.
        segments: the epochs with which each segment of the run ends, where a completed run was
            continued; the learning rate's schedule starts anew in each. Otherwise empty.
        stopped_early_at: the epoch after which validation no longer improved, where that ended it.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    created: AwareDatetime
    queued: AwareDatetime | None = None
    owner: str | None = None
    status: Status
    hyperparameters: Hyperparameters | None = None
    other_settings: dict[str, Any] = Field(default_factory=dict)
    segments: tuple[int, ...] = Field((), validation_alias=AliasChoices("segments", "legs"))
    stopped_early_at: int | None = None
    data: DataRecord | None = None
    num_parameters: int | None = None
    steps_per_epoch: int | None = None
    software: dict[str, str] = Field(default_factory=dict)
    device: str | None = None
    results: Results | None = None
    error: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _upgrade(cls, values: Any) -> Any:
        """Separate settings that this version does not know, and clean what another named."""
        if not isinstance(values, dict):
            return values
        if isinstance(name := values.get("name"), str):
            values = {**values, "name": clean_name(name) or values.get("id")}
        settings, others = values.get("hyperparameters"), values.get("other_settings", {})
        if not isinstance(settings, dict) or not isinstance(others, dict):
            return values
        # The version that wrote them as others may not have known what this one knows.
        known, unknown = upgrade_record({**others, **settings})
        return {**values, "hyperparameters": known, "other_settings": unknown}

    @property
    def is_finished(self) -> bool:
        """Tell whether nothing more will happen to this run by itself."""
        return self.status not in ("queued", "running", "paused")

    @property
    def is_measured(self) -> bool:
        """Tell whether the run has ended and no worker has anything more to do with it."""
        results = self.results
        return self.is_finished and results is not None and results.drawn_accuracy is not None

    @property
    def num_epochs(self) -> int:
        """Return how many epochs the run is to have in all; 0 where its settings are unknown."""
        if self.segments:
            return self.segments[-1]
        return self.hyperparameters.epochs if self.hyperparameters else 0


def requeue(record: RunRecord) -> RunRecord:
    """Return the record of a run that waits for a worker from now on."""
    changes = {"status": "queued", "queued": datetime.now(UTC), "error": None}
    return record.model_copy(update=changes)


def clean_name(name: str) -> str:
    """Return a name in one line, without characters that nobody sees, `MAX_NAME_LENGTH` at most."""
    seen = "".join(c for c in name if c.isspace() or unicodedata.category(c) not in _UNSEEN)
    return " ".join(seen.split())[:MAX_NAME_LENGTH].strip()


def explain_damage(error: ValidationError) -> str:
    """Say in one sentence what makes a `run.json` unusable."""
    problem = error.errors()[0]
    location = [str(part) for part in problem["loc"]]
    if location[:1] == ["hyperparameters"] and len(location) > 1:
        return f"Its run.json is invalid: {explain_value(location[1], problem['input'])}"
    where = ".".join(location) or "the file as a whole"
    return f"Its run.json is invalid at {where}: {problem['msg']}."
