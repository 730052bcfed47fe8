"""When a waiting run will start, as far as the runs before it tell. Reads the runs' files only.

How long the test images take afterwards, which nobody measures, is not in it.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType

from core.hyperparameters import Hyperparameters
from core.runs.durations import KnownRun, estimate_speed, known_runs, planned_split
from core.runs.progress import Progress, measure_progress
from core.runs.record import RunRecord
from core.runs.run import Run
from core.runs.store import Look, RunStore


def estimate_starts(
    store: RunStore, current: str | None, *, max_age: float = 0.0
) -> Mapping[str, float | None]:
    """Return for each waiting run in how many seconds it will start; None where that is unknown.

    Args:
        store: where the runs are.
        current: the id of the run that the worker has, if it has one; that run does not wait.
        max_age: how old this may be, in seconds, as for `RunStore.look`.
    """
    look, progress = store.look(max_age=max_age), None
    for run, record in look.records.items():
        if run.id == current and record.status == "running":
            progress = measure_progress(run.metrics(), num_epochs=max(1, record.num_epochs))
    return _estimate(look, current, progress)


# What waits is asked for again and again, by every browser, and seldom changes.
@lru_cache(maxsize=4)
def _estimate(
    look: Look, current: str | None, progress: Progress | None
) -> Mapping[str, float | None]:
    known = known_runs(look)
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
    run: Run, record: RunRecord, known: Sequence[KnownRun], progress: Progress | None
) -> float | None:
    """Return how long the run that has the worker will keep it."""
    # A paused run gives way, and one that has ended has only its tests before it.
    if record.is_finished or record.status == "paused":
        return 0.0
    if progress and progress.seconds_left is not None:
        return progress.seconds_left
    return _duration(run, record, known)


def _duration(run: Run, record: RunRecord, known: Sequence[KnownRun]) -> float | None:
    """Return how many seconds a run will train; None where nobody knows on how many images."""
    settings = record.hyperparameters
    if not settings or not known:
        return None
    num_images = record.data.num_train if record.data else _num_train(settings, known[0])
    images_per_second, _ = estimate_speed(settings, known)
    seen = 0
    if run.has_checkpoint:  # it continues from there
        seen = max((r.images for r in run.metrics().records[-1:]), default=0)
    return max(0, record.num_epochs * num_images - seen) / images_per_second


def _num_train(settings: Hyperparameters, latest: KnownRun) -> int:
    """Return how many images the run will train on, if the images are those of the latest run."""
    num_images = round(latest.data.num_train / latest.settings.training_share)
    num_train, _ = planned_split(settings, num_images + latest.data.num_val)
    return num_train
