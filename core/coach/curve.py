"""What the coach looks at among a run's records. Judges nothing; `core.coach.rules` does."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median

from core.hyperparameters import Hyperparameters
from core.runs import EpochRecord, LayerRecord, LayersRecord, Metrics, Record, RunRecord, StepRecord

# Before so much training, even a good network may classify one digit in ten correctly.
_ENOUGH_IMAGES, _ENOUGH_STEPS = 8_000, 70
_LATELY = 10  # records


@dataclass(frozen=True)
class Curve:
    """A run so far, as the rules need it.

    Attributes:
        layers: what the last look inside saw, first layer first.
        update_ratio: the median, over the latest looks while the learning rate was high, of the
            quickest layer's; None where there was no such look.
        not_a_number: the step whose loss was not finite, where that has ended training.
        learning_rate: the highest so far.
        images: training images seen.
        first_loss: of the first record of steps; 0 where there is none.
        loss: the median of the latest records of steps, as is `accuracy`.
        worst: the highest loss so far and its epoch.
        has_begun: whether there was enough training at a high learning rate to judge by.
    """

    record: RunRecord
    settings: Hyperparameters
    epochs: tuple[EpochRecord, ...]
    layers: tuple[LayerRecord, ...]
    update_ratio: float | None
    not_a_number: StepRecord | None
    learning_rate: float
    images: int
    first_loss: float
    loss: float
    accuracy: float
    latest_accuracy: float
    worst: tuple[float, float]
    has_begun: bool

    @property
    def has_halved(self) -> bool:
        """Tell whether the loss is less than half of the first one, which is learning."""
        return self.loss < self.first_loss / 2

    @property
    def deadest(self) -> LayerRecord | None:
        """Return the layer with the largest share of ReLU units that gave zero; None without."""
        return max(self.layers, key=lambda layer: layer.dead_share or 0.0, default=None)


@dataclass(frozen=True)
class _Seen:
    """What is kept of the records so far; the attributes of `Curve` are made of it.

    Attributes:
        first: the first record of steps with a loss.
        first_full: the first of those with a high learning rate.
        latest: the last of those with a loss, at most `_LATELY`.
        updates: the quickest layer's in the latest looks at a high learning rate.
        rate: the learning rate of the last record of steps.
    """

    first: StepRecord | None = None
    first_full: StepRecord | None = None
    latest: tuple[StepRecord, ...] = ()
    layers: tuple[LayerRecord, ...] = ()
    updates: tuple[float, ...] = ()
    not_a_number: StepRecord | None = None
    rate: float = 0.0
    highest_rate: float = 0.0
    worst: tuple[float, float] = (0.0, 0.0)


def _add(high: float, seen: _Seen, more: Sequence[Record]) -> _Seen:
    """Return what is kept after some more records; a learning rate of `high` or more is high."""
    steps: list[StepRecord] = []
    layers, updates = seen.layers, list(seen.updates)
    not_a_number, rate = seen.not_a_number, seen.rate
    for entry in more:
        if isinstance(entry, StepRecord):
            rate = entry.learning_rate
            # Training that continued after such a loss was resumed before it.
            not_a_number = entry if entry.loss is None else None
            if entry.loss is not None and entry.accuracy is not None:
                steps.append(entry)
        elif isinstance(entry, LayersRecord):
            looked = tuple(layer for layer in entry.layers if layer.gradient_norm is not None)
            layers = looked or layers
            if looked and rate >= high:
                updates.append(max(layer.update_ratio or 0.0 for layer in looked))
    rates = (entry.learning_rate for entry in more if isinstance(entry, StepRecord))
    losses = ((e.loss or 0.0, e.epoch) for e in more if isinstance(e, StepRecord | EpochRecord))
    return _Seen(
        first=seen.first or next(iter(steps), None),
        first_full=seen.first_full or next((e for e in steps if e.learning_rate >= high), None),
        latest=(*seen.latest, *steps)[-_LATELY:],
        layers=layers,
        updates=tuple(updates[-_LATELY:]),
        not_a_number=not_a_number,
        rate=rate,
        highest_rate=max([seen.highest_rate, *rates]),
        worst=max([seen.worst, *losses], key=lambda pair: pair[0]),
    )


def read_curve(record: RunRecord, settings: Hyperparameters, metrics: Metrics) -> Curve:
    """Summarise a run's records so far."""
    # Some schedules begin and end with rates that say nothing of the one that was chosen.
    high = settings.learning_rate / 2
    seen = metrics.folded(("curve", high), _Seen(), partial(_add, high))
    losses = [entry.loss or 0.0 for entry in seen.latest] or [0.0]
    accuracies = [entry.accuracy or 0.0 for entry in seen.latest] or [0.0]
    # Wrong labels teach nothing; where all are wrong, nothing can be said.
    right = 1 - settings.wrong_labels
    full = seen.first_full
    last = seen.latest[-1] if seen.latest else None
    has_begun = (
        full is not None
        and last is not None
        and right > 0
        and last.images - full.images >= _ENOUGH_IMAGES / right
        and last.step - full.step >= _ENOUGH_STEPS
    )
    return Curve(
        record=record,
        settings=settings,
        epochs=metrics.epochs,
        layers=seen.layers,
        update_ratio=median(seen.updates) if seen.updates else None,
        not_a_number=seen.not_a_number,
        learning_rate=seen.highest_rate,
        images=last.images if last else 0,
        first_loss=(seen.first.loss or 0.0) if seen.first else 0.0,
        loss=median(losses),
        accuracy=median(accuracies),
        latest_accuracy=accuracies[-1],
        worst=seen.worst if last else (0.0, 0.0),
        has_begun=has_begun,
    )
