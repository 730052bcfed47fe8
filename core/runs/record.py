"""What a run's `run.json` and `control.json` hold, and what follows from it. Opens no file."""

from datetime import UTC, datetime
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from core.hyperparameters import Hyperparameters, explain_value, upgrade_record
from core.runs.bounds import (
    MAX_NAME_LENGTH,
    Count,
    Epochs,
    Key,
    LearningRate,
    LongText,
    Moment,
    Name,
    Number,
    OtherSettings,
    Seconds,
    Share,
    ShortText,
)
from core.typed_text import clean_text

Status = Literal[
    "queued", "running", "paused", "stopped", "completed", "failed", "interrupted", "unreadable"
]
# What is said of the limits and types of Pydantic's errors, and which errors are our own.
_LIMITS = {
    "le": "it is more than {:,}",
    "lt": "it is {:g} or more",
    "ge": "it is less than {:,}",
    "gt": "it is {:,} or less",
    "max_length": "it holds more than {:,} characters or values",
}
_KINDS = {
    "int": "a whole number was expected",
    "float": "a number was expected",
    "finite": "a number was expected",
    "string": "a text was expected",
    "literal": "it is not a status that a run can have",
    "datetime": "a date was expected",
    "timezone": "a date with a time zone was expected",
    "tuple": "a list was expected",
    "dict": "names and values were expected",
    "missing": "it is missing",
}
_OURS = ("order", "moment", "too_large", "too_deep")
MAX_SEGMENTS = 10_000
MAX_NOTE_LENGTH = 500  # letters
Note = Annotated[str, AfterValidator(lambda note: clean_text(note, most=MAX_NOTE_LENGTH))]
MAX_CHANGES = 10**6  # of the learning rate


class Control(BaseModel):
    """What a user asks of a run under way. Pages write it, training reads it; neither waits.

    Attributes:
        stop: end training and measure what was reached.
        pause: hold training as it is.
        release: a paused run is to leave its worker to those that wait; set by the queue.
        gives_way: nobody but its search has paused it, so that others' runs go first.
        learning_rate: what the learning rate is to be from now on, where anybody changed it.
        learning_rate_changes: how often it was changed, so that each change is applied once.
    """

    # Strict: what only looks like a request, in a damaged file, is none.
    model_config = ConfigDict(frozen=True, strict=True)

    stop: bool = False
    pause: bool = False
    release: bool = False
    gives_way: bool = False
    learning_rate: LearningRate | None = None
    learning_rate_changes: Count = 0


class DataRecord(BaseModel):
    """Which images a run used."""

    model_config = ConfigDict(frozen=True)

    name: ShortText
    fingerprint: Key
    num_train: Count
    num_val: Count
    num_test: Count


class Results(BaseModel):
    """What a run reached: measured once training has ended, on the weights that validation chose.

    `val_*` chose the epoch, so they flatter; `test_*` are the honest figures, None until measured.
    `drawn_*` say how many drawn digits the model reads, how many there were and whose; they come a
    little later, choose nothing, and are None for runs of earlier versions.
    """

    model_config = ConfigDict(frozen=True)

    best_epoch: Epochs
    val_loss: Number
    val_accuracy: Share
    test_loss: Number | None = None
    test_accuracy: Share | None = None
    seconds: Seconds
    images_per_second: Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]
    drawn_accuracy: Share | None = None
    drawn_count: Count | None = None
    drawn_name: ShortText | None = None


def _in_order(segments: tuple[int, ...]) -> tuple[int, ...]:
    if any(later < earlier for earlier, later in pairwise(segments)):
        raise PydanticCustomError("order", "each number must be at least the one before")
    return segments


Segments = Annotated[tuple[Epochs, ...], Field(max_length=MAX_SEGMENTS), AfterValidator(_in_order)]


class Before(BaseModel):
    """What a run was before it was put into the queue again, to which it returns if need be.

    Attributes:
        status: as in `RunRecord`; so are `segments` and `error`.
    """

    model_config = ConfigDict(frozen=True)

    status: Status
    segments: Segments = ()
    error: LongText | None = None


class RunRecord(BaseModel):
    """The content of `run.json`.

    Attributes:
        created: when it was created; one without a time zone has no place among the others.
        queued: when it was put into the queue last; None in runs of earlier versions.
        owner: who created it, as `core.runs.RunStore.create` was told; None where nobody said.
        search: the id of the search that made it; None where a person did.
        note: what its owner has written about it.
        favourite: whether its owner has marked it.
        origin: where it comes from and what was found out about its model, where it was imported.
        before: what it was before it was put into the queue again, until its training begins.
        other_settings: settings of another version, which this one does not know and keeps.
        segments: the epochs with which each segment of the run ends, where a completed run was
            continued; the learning rate's schedule starts anew in each. Otherwise empty.
        stopped_early_at: the epoch after which validation no longer improved, where that ended it.
    """

    model_config = ConfigDict(frozen=True)

    id: Key
    name: Name
    created: Moment
    queued: Moment | None = None
    owner: Key | None = None
    search: Key | None = None
    note: Note = ""
    favourite: bool = False
    origin: LongText = ""
    status: Status
    before: Before | None = None
    hyperparameters: Hyperparameters | None = None
    other_settings: OtherSettings = Field(default_factory=dict)
    segments: Segments = Field((), validation_alias=AliasChoices("segments", "legs"))
    stopped_early_at: Epochs | None = None
    data: DataRecord | None = None
    num_parameters: Count | None = None
    steps_per_epoch: Count | None = None
    software: dict[ShortText, ShortText] = Field(default_factory=dict, max_length=50)
    device: ShortText | None = None
    results: Results | None = None
    error: LongText | None = None

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
    before = Before(status=record.status, segments=record.segments, error=record.error)
    changes = {"status": "queued", "queued": datetime.now(UTC), "error": None, "before": before}
    return record.model_copy(update=changes)


def withdraw(record: RunRecord) -> RunRecord:
    """Return the record of a run that is taken out of the queue, as it was before it came there.

    A new run is "stopped" then, and so is one that was paused: nobody holds it any more.
    """
    if record.before is None or record.before.status == "paused":
        return record.model_copy(update={"status": "stopped", "before": None})
    return record.model_copy(update={**dict(record.before), "before": None})


def fail(record: RunRecord, error: str) -> RunRecord:
    """Return the record of a run with which something went wrong, which `error` explains.

    One that has not begun to continue loses nothing: it is what it was before.
    """
    if record.status == "queued" and record.before is not None:
        changes = {**dict(record.before), "before": None, "error": error}
    else:
        changes = {"status": "failed", "error": error}
    return record.model_copy(update=changes)


def clean_name(name: str) -> str:
    """Return a name in one line, without characters that nobody sees, `MAX_NAME_LENGTH` at most."""
    return clean_text(name, most=MAX_NAME_LENGTH)


def explain_damage(error: ValidationError) -> str:
    """Say in one sentence what makes a `run.json` unusable."""
    problem = error.errors(include_url=False)[0]
    location = [str(part) for part in problem["loc"]]
    if location[:1] == ["hyperparameters"] and len(location) > 1:
        return f"Its run.json is invalid: {explain_value(location[1], problem['input'])}"
    # Keys come from the file, too.
    where = ".".join(clean_text(part, most=40) for part in location[:4]) or "the file as a whole"
    return f"Its run.json is invalid at {where}: {_expected(problem)}."


def _expected(problem: ErrorDetails) -> str:
    """Say what is wrong with a value, in words that are not Python's."""
    limits = problem.get("ctx", {})
    for name, words in _LIMITS.items():
        if name in limits:
            return words.format(limits[name])
    for kind, words in _KINDS.items():
        if problem["type"].startswith(kind):
            return words
    if problem["type"] in _OURS:
        return str(problem["msg"])
    return "it does not hold what a run writes there"
