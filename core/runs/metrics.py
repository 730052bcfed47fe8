"""What training writes while it trains: typed records, validated once, where they are read.

Knows neither files nor what the numbers mean.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Annotated, Any, Literal, TypeVar, cast

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from core.runs.bounds import (
    Count,
    Measured,
    MeasuredShare,
    Name,
    Number,
    Position,
    Seconds,
    Share,
)

# Layers with weights; our largest network has 50.
_MAX_LAYERS = 200


class _Record(BaseModel):
    """What every record has.

    Attributes:
        kind: which record it is.
        step: weight updates so far.
        epoch: epochs so far, a fraction within an epoch.
        images: training images seen so far, each as often as it was seen.
        seconds: time spent in training so far, pauses excluded.
    """

    # Strict: what only looks like a number, in a damaged file, is none.
    model_config = ConfigDict(frozen=True, strict=True)

    kind: str
    step: Count
    epoch: Position
    images: Count
    seconds: Seconds


class StepRecord(_Record):
    """The training steps since the last such record.

    Attributes:
        loss: their mean; None where the loss stopped being a finite number.
        accuracy: the share of their images that were classified correctly; None beside such a loss.
        learning_rate: of the last of them.
    """

    kind: Literal["step"] = "step"
    loss: Measured
    accuracy: MeasuredShare
    learning_rate: Number


class EpochRecord(_Record):
    """A complete epoch: training's means over it, and its validation."""

    kind: Literal["epoch"] = "epoch"
    loss: Number
    accuracy: Share
    val_loss: Number
    val_accuracy: Share


class LearningRateRecord(_Record):
    """Somebody changed the learning rate.

    Attributes:
        before: what it would have been at the next step.
        learning_rate: what it is from there on.
        changes: how often it had been changed by then, this change included; 0 in old files.
    """

    kind: Literal["learning_rate"] = "learning_rate"
    before: Number
    learning_rate: Number
    changes: Count = 0


class DrawingRecord(_Record):
    """How the run's drawing was classified: the probability of each digit."""

    kind: Literal["drawing"] = "drawing"
    probabilities: Annotated[tuple[Share, ...], Field(min_length=10, max_length=10, strict=False)]


class LayerRecord(BaseModel):
    """What happened in one layer during one step.

    Attributes:
        name: such as "Dense 1".
        gradient_norm: the Euclidean norm of its gradient; None where that was not finite.
        update_ratio: how far the step moved its weights, as a share of their norm; None where that
            norm is 0.
        dead_share: the share of its ReLU units that gave zero for a whole batch; None without ReLU.
    """

    model_config = ConfigDict(frozen=True, strict=True)

    name: Name
    gradient_norm: Measured = None
    update_ratio: Measured = None
    dead_share: MeasuredShare = None


class LayersRecord(_Record):
    """What happened in each layer that has weights, the first layer first; `step` was done next."""

    kind: Literal["layers"] = "layers"
    layers: Annotated[tuple[LayerRecord, ...], Field(max_length=_MAX_LAYERS, strict=False)]


Record = StepRecord | EpochRecord | LearningRateRecord | DrawingRecord | LayersRecord
T = TypeVar("T")
_Kind = TypeVar("_Kind", bound=_Record)
_ADAPTER: TypeAdapter[Record] = TypeAdapter(Annotated[Record, Field(discriminator="kind")])


def parse_record(line: bytes) -> Record | None:
    """Return the record of one line of JSON; None where the line is damaged or foreign."""
    try:
        return _ADAPTER.validate_json(line)
    except ValidationError:
        return None


def _all_of(kind: type[_Kind]) -> cached_property[tuple[_Kind, ...]]:
    return cached_property(lambda self: self.folded(kind, (), partial(_more_of, kind)))


def _more_of(
    kind: type[_Kind], before: tuple[_Kind, ...], more: Sequence[Record]
) -> tuple[_Kind, ...]:
    return before + tuple(record for record in more if isinstance(record, kind))


@dataclass(frozen=True)
class Metrics:
    """All records of a run, in the order in which they were written; false where there are none.

    A run of many hours has 100,000 of them, and is looked at every few seconds: what is computed
    from its records is computed further, from those that came since (`folded`), and not anew.

    Attributes:
        records: the records.
        one_in: of the records of steps, layers and drawings one in so many is here, where there
            were more than a server should hold for each run that somebody looks at.
        is_cut_off: whether the file was so large that its end was not read.
    """

    records: tuple[Record, ...] = ()
    one_in: int = 1
    is_cut_off: bool = False
    _folds: dict[Hashable, tuple[int, Any]] = field(default_factory=dict, repr=False, compare=False)

    steps = _all_of(StepRecord)
    epochs = _all_of(EpochRecord)
    learning_rates = _all_of(LearningRateRecord)
    drawings = _all_of(DrawingRecord)
    layers = _all_of(LayersRecord)

    def __len__(self) -> int:
        return len(self.records)

    def extended(self, more: Sequence[Record]) -> "Metrics":
        """Return these records and `more` after them; what was folded of these is known there."""
        return replace(self, records=(*self.records, *more), _folds=dict(self._folds))

    def folded(self, key: Hashable, empty: T, add: Callable[[T, Sequence[Record]], T]) -> T:
        """Return what `add` makes of all records, taking up what was folded of the first ones.

        Args:
            key: what tells this from what else is folded.
            empty: of no records.
            add: returns a new value, given that of some records and those that follow them.
        """
        count, value = self._folds.get(key, (0, empty))
        if count < len(self.records):
            value = add(value, self.records[count:])
            self._folds[key] = (len(self.records), value)
        return cast(T, value)
