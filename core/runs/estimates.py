"""When a waiting run will start, as far as the runs before it tell. Reads the runs' files only.

An estimate is of training alone: how long the test images take afterwards, which nobody measures,
is not in it. A run that stops early ends before its time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from statistics import median
from types import MappingProxyType

from core.data import count_split
from core.hyperparameters import Hyperparameters
from core.runs.progress import Progress, measure_progress
from core.runs.record import DataRecord, RunRecord
from core.runs.run import Run
from core.runs.store import Look, RunStore

# Settings that a step takes the same time with, whatever they are.
_WITHOUT_EFFECT = {
    *("seed", "initial_weights", "epochs", "early_stopping_patience", "warmup_epochs"),
    *("training_share", "validation_split", "wrong_labels", "label_smoothing", "dropout"),
    *("learning_rate", "learning_rate_schedule", "decay_rate", "decay_epochs", "plateau_patience"),
    *("momentum", "weight_decay"),
}
# A machine's speed changes with what else it does, so only the latest runs count.
_LATEST = 5


@dataclass(frozen=True)
class _Known:
    """A run that has begun: its settings, its images, and how many a second it got through."""

    settings: Hyperparameters
    data: DataRecord
    images_per_second: float | None


def estimate_starts(store: RunStore, current: str | None) -> Mapping[str, float | None]:
    """Return for each waiting run in how many seconds it will start; None where that is unknown.

    Args:
        store: where the runs are.
        current: the id of the run that the worker has, if it has one; that run does not wait.
    """
    look, progress = store.look(), None
    for run, record in look.records.items():
        if run.id == current and record.status == "running":
            progress = measure_progress(run.metrics(), num_epochs=max(1, record.num_epochs))
    return _estimate(look, current, progress)


# What waits is asked for again and again, by every browser, and seldom changes.
@lru_cache(maxsize=4)
def _estimate(
    look: Look, current: str | None, progress: Progress | None
) -> Mapping[str, float | None]:
    known = [
        _Known(r.hyperparameters, r.data, r.results.images_per_second if r.results else None)
        for run, r in look.records.items()
        if r.hyperparameters and r.data and run.id != current
    ]
    seconds: float | None = 0.0
    for run, record in look.records.items():
        if run.id == current:
            seconds = _seconds_left(run, record, known, progress)
    starts: dict[str, float | None] = {}
    for run in look.queued:
        if run.id != current:
            starts[run.id] = seconds
            duration = _duration(run, look.records[run], known)
            seconds = None if seconds is None or duration is None else seconds + duration
    return MappingProxyType(starts)


def _seconds_left(
    run: Run, record: RunRecord, known: list[_Known], progress: Progress | None
) -> float | None:
    """Return how long the run that has the worker will keep it; add what is seen to `known`."""
    # A paused run gives way, and one that has ended has only its tests before it.
    if record.is_finished or record.status == "paused":
        return 0.0
    if progress and record.hyperparameters and record.data:
        known.insert(0, _Known(record.hyperparameters, record.data, progress.images_per_second))
        if progress.seconds_left is not None:
            return progress.seconds_left
    return _duration(run, record, known)


def _duration(run: Run, record: RunRecord, known: list[_Known]) -> float | None:
    """Return how many seconds a run will train, if it is like those of its kind."""
    settings = record.hyperparameters
    if not settings or not known:
        return None
    speed = _images_per_second(settings, known)
    num_images = record.data.num_train if record.data else _num_train(settings, known[0])
    if not speed or not num_images:
        return None
    seen = 0
    if run.has_checkpoint:  # it continues from there
        seen = max((r.images for r in run.metrics().records), default=0)
    return max(0, record.num_epochs * num_images - seen) / speed


def _images_per_second(settings: Hyperparameters, known: list[_Known]) -> float | None:
    """Return how fast the latest runs with these settings were, or else with this architecture."""
    related = [k for k in known if k.settings.architecture == settings.architecture]
    measured = [k for k in related if k.images_per_second]
    same = [k for k in measured if _takes_as_long(settings, k.settings)]
    speeds = [k.images_per_second or 0.0 for k in (same or measured)[:_LATEST]]
    return median(speeds) if speeds else None


def _takes_as_long(settings: Hyperparameters, other: Hyperparameters) -> bool:
    different = (name for name, value in settings if value != getattr(other, name))
    return all(name in _WITHOUT_EFFECT or not settings.applies(name) for name in different)


def _num_train(settings: Hyperparameters, latest: _Known) -> int:
    """Return how many images the run will train on, if the images are those of the latest run."""
    num_images = round(latest.data.num_train / latest.settings.training_share)
    num_train, _ = count_split(
        num_images + latest.data.num_val,
        validation_split=settings.validation_split,
        training_share=settings.training_share,
    )
    return num_train
