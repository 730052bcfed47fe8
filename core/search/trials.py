"""The runs of a search: how far each is, and what it reached by validation."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.runs import Look, Run, RunRecord


@dataclass(frozen=True, eq=False)
class Trial:
    """A run of a search.

    Attributes:
        accuracies: its validation accuracy after each epoch so far.
        seconds: how long it has trained.
        is_active: whether anything more happens to it, or it is paused.
    """

    run: Run
    record: RunRecord
    accuracies: tuple[float, ...]
    seconds: float
    is_active: bool

    @property
    def val_accuracy(self) -> float | None:
        """Return the best validation accuracy that it has reached; None before its first epoch."""
        if self.record.results:
            return self.record.results.val_accuracy
        return max(self.accuracies, default=None)


def read_trials(look: Look, search_id: str) -> list[Trial]:
    """Return the runs of a search, the oldest first."""
    found = [run for run, record in look.records.items() if record.search == search_id]
    return [_read(run) for run in sorted(found, key=lambda run: run.id)]


def _read(run: Run) -> Trial:
    record, metrics = run.read(), run.metrics()
    seconds = metrics.records[-1].seconds if metrics.records else 0.0
    is_busy = not record.is_measured and run.is_busy()
    return Trial(
        run,
        record,
        accuracies=tuple(epoch.val_accuracy for epoch in metrics.epochs),
        seconds=record.results.seconds if record.results else seconds,
        is_active=not record.is_finished or is_busy,
    )


def training_seconds(trials: Sequence[Trial]) -> float:
    """Return how long these runs have trained together."""
    return sum(trial.seconds for trial in trials)
