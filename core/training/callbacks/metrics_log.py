"""Record loss, accuracy and learning rate while a run trains, for its curves."""

import time

from core.runs import EpochRecord, LayersRecord, LearningRateRecord, Record, Run, StepRecord
from core.training.loop import Callback, TrainingLoop
from core.training.state import LoopState

# Four records a second look continuous to the eye and keep an hour's metrics under 2 MB.
_SECONDS_BETWEEN_RECORDS = 0.25
# A mean of few images jumps about, which looks as though training did. So what is less than this
# share of the record before, such as the odd batch that ends an epoch, waits for the next steps.
_SMALLEST_SHARE = 0.5


class MetricsLog(Callback):
    """Records every few steps their mean, and every epoch with its validation.

    Records of steps average much the same number of images. Each begins where the last one ended,
    in the epoch before if need be.

    Attributes:
        last_step: number of steps at the last record of steps; -1 before the first.
    """

    def __init__(self, run: Run) -> None:
        """Record for `run`."""
        self.last_step = -1
        self._run = run
        self._last_record = float("-inf")
        self._window = 0  # images that the last record averages
        self._seen = (0, 0.0, 0)  # images, sum of losses, correct in this epoch at the last look

    def on_train_begin(self, loop: TrainingLoop) -> None:
        """Continue from a checkpoint: records of later steps, left by a crash, are dropped."""
        state = loop.state
        self._seen = (state.images, state.loss_sum, state.correct)
        self._run.keep_metrics(lambda record: _is_before(record, state))
        ends = [0, *(record.images for record in self._run.metrics().steps)][-2:]
        self._window = ends[-1] - ends[0]

    def on_train_batch_end(self, loop: TrainingLoop, learning_rate: float) -> None:
        """Record what there is since the last record, where that is old or the epoch ends."""
        state = loop.state
        self._count(state)
        images, loss_sum, correct = state.unrecorded
        is_old = time.monotonic() - self._last_record >= _SECONDS_BETWEEN_RECORDS
        is_due = is_old or state.images == loop.num_images
        if not is_due or images < _SMALLEST_SHARE * self._window:
            return
        record = StepRecord(
            **loop.position(),
            loss=loss_sum / images,
            accuracy=correct / images,
            learning_rate=learning_rate,
        )
        self._run.append_metrics(record)
        self._window, state.unrecorded = images, (0, 0.0, 0)
        self._last_record, self.last_step = time.monotonic(), state.step

    def _count(self, state: LoopState) -> None:
        """Add what was done since the last look to what is not recorded yet."""
        images, loss_sum, correct = state.unrecorded
        seen_images, seen_loss_sum, seen_correct = self._seen
        state.unrecorded = (
            images + state.images - seen_images,
            loss_sum + state.loss_sum - seen_loss_sum,
            correct + state.correct - seen_correct,
        )
        self._seen = (state.images, state.loss_sum, state.correct)

    def on_epoch_end(self, loop: TrainingLoop, logs: dict[str, float]) -> None:
        """Record the means of the epoch and its validation."""
        self._run.append_metrics(EpochRecord.model_validate({**loop.position(), **logs}))
        self._seen = (0, 0.0, 0)
        # The time that validation took has no steps, and is to make no record of few come early.
        self._last_record = time.monotonic()

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
