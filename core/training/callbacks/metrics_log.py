"""Record loss, accuracy and learning rate while a run trains, for its curves."""

import time

from core.runs import EpochRecord, LayersRecord, LearningRateRecord, Record, Run, StepRecord
from core.training.loop import Callback, TrainingLoop
from core.training.state import LoopState

# Four records a second look continuous to the eye and keep an hour's metrics under 2 MB.
_SECONDS_BETWEEN_RECORDS = 0.25


class MetricsLog(Callback):
    """Records the mean since the last record every few steps, and every epoch with its validation.

    Attributes:
        last_step: number of steps at the last record of steps; -1 before the first.
    """

    def __init__(self, run: Run) -> None:
        """Record for `run`."""
        self.last_step = -1
        self._run = run
        self._last_record = float("-inf")
        self._before = (0, 0.0, 0)  # images, sum of losses, correct at the last record

    def on_train_begin(self, loop: TrainingLoop) -> None:
        """Continue from a checkpoint: records of later steps, left by a crash, are dropped."""
        state = loop.state
        self._before = (state.images, state.loss_sum, state.correct)
        self._run.keep_metrics(lambda record: _is_before(record, state))

    def on_train_batch_end(self, loop: TrainingLoop, learning_rate: float) -> None:
        """Record where the last record is old, or most of an epoch would go without one."""
        state = loop.state
        images, loss_sum, correct = self._before
        ends_epoch = state.images == loop.num_images and 2 * images < loop.num_images
        if not (ends_epoch or time.monotonic() - self._last_record >= _SECONDS_BETWEEN_RECORDS):
            return
        count = state.images - images
        record = StepRecord(
            **loop.position(),
            loss=(state.loss_sum - loss_sum) / count,
            accuracy=(state.correct - correct) / count,
            learning_rate=learning_rate,
        )
        self._run.append_metrics(record)
        self._before = (state.images, state.loss_sum, state.correct)
        self._last_record, self.last_step = time.monotonic(), state.step

    def on_epoch_end(self, loop: TrainingLoop, logs: dict[str, float]) -> None:
        """Record the means of the epoch and its validation."""
        self._run.append_metrics(EpochRecord.model_validate({**loop.position(), **logs}))
        self._before = (0, 0.0, 0)

    def on_train_end(self, loop: TrainingLoop) -> None:
        """Record where the loss stopped being a finite number; resuming drops that record."""
        if loop.ending == "diverged":
            rate = loop.learning_rate
            self._run.append_metrics(
                StepRecord(**loop.position(), loss=None, accuracy=None, learning_rate=rate)
            )


def _is_before(record: Record, state: LoopState) -> bool:
    """Return whether a record belongs to the time before a checkpoint."""
    if state.step == 0 or record.step > state.step:
        return False
    # Several things may happen between two steps, before and after a checkpoint.
    match record:
        case LayersRecord():  # has the number of the step that was about to be done
            return record.step < state.step
        case LearningRateRecord():
            return record.changes <= state.learning_rate_changes
        case EpochRecord():
            return round(record.epoch) <= state.epoch
        case _:
            return True
