"""What training writes while it goes on: records for the curves, and the best weights.

Knows the run's directory and nothing of pages, queues or processes.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from core.runs import (
    DrawingRecord,
    EpochRecord,
    LayerRecord,
    LayersRecord,
    LearningRateRecord,
    Record,
    Run,
    StepRecord,
)
from core.training.checkpoint import Best, LoopState

# Four records a second look continuous to the eye and keep an hour's metrics under 2 MB.
_SECONDS_BETWEEN_RECORDS = 0.25


class MetricsLog:
    """Writes `metrics.jsonl`: every few steps, and with validation at the end of each epoch.

    What is written for steps is the mean since the last record, which shows what training does
    now.
    """

    def __init__(self, run: Run, *, num_images: int) -> None:
        """Write for `run`, which trains on `num_images` images in each epoch."""
        self._run = run
        self._num_images = num_images
        self._last_record = float("-inf")
        self._before = (0, 0.0, 0)  # images, sum of losses, correct at the last record

    def begin(self, state: LoopState) -> None:
        """Go on from `state`; records of later steps, which a crash left behind, are dropped."""
        self._before = (state.images, state.loss_sum, state.correct)
        if state.step == 0:
            self._run.clear_metrics()
        else:
            self._run.keep_metrics(lambda record: _is_before(record, state))

    def begin_epoch(self) -> None:
        """Forget the sums of the epoch before."""
        self._before = (0, 0.0, 0)

    def is_due(self, state: LoopState) -> bool:
        """Tell whether the last record is old enough, or most of an epoch would go without one."""
        ends_epoch = state.images == self._num_images and 2 * self._before[0] < self._num_images
        return ends_epoch or time.monotonic() - self._last_record >= _SECONDS_BETWEEN_RECORDS

    def step(self, state: LoopState, *, learning_rate: float) -> None:
        """Write what the steps since the last record gave."""
        images, loss_sum, correct = self._before
        count = state.images - images
        self._write(
            StepRecord,
            state,
            loss=(state.loss_sum - loss_sum) / count,
            accuracy=(state.correct - correct) / count,
            learning_rate=learning_rate,
        )
        self._before = (state.images, state.loss_sum, state.correct)
        self._last_record = time.monotonic()

    def not_a_number(self, state: LoopState, *, learning_rate: float) -> None:
        """Write where the loss stopped being a finite number; resuming drops that record."""
        self._write(StepRecord, state, loss=None, accuracy=None, learning_rate=learning_rate)

    def epoch(self, state: LoopState, *, val_loss: float, val_accuracy: float) -> None:
        """Write the means of the epoch that has just ended, and its validation."""
        self._write(
            EpochRecord,
            state,
            loss=state.loss_sum / state.images,
            accuracy=state.correct / state.images,
            val_loss=val_loss,
            val_accuracy=val_accuracy,
        )

    def learning_rate(self, state: LoopState, *, before: float, now: float) -> None:
        """Write that somebody changed the learning rate."""
        changes = state.learning_rate_changes
        self._write(LearningRateRecord, state, before=before, learning_rate=now, changes=changes)

    def drawing(self, state: LoopState, probabilities: np.ndarray) -> None:
        """Write how the drawing that rides along is read now."""
        rounded = tuple(round(float(p), 5) for p in probabilities)
        self._write(DrawingRecord, state, probabilities=rounded)

    def layers(self, state: LoopState, layers: Sequence[LayerRecord]) -> None:
        """Write what goes on in each layer."""
        self._write(LayersRecord, state, layers=tuple(layers))

    def _write(self, kind: Callable[..., Record], state: LoopState, **values: Any) -> None:
        record = kind(
            step=state.step,
            epoch=state.epoch + state.images / self._num_images,
            images=state.epoch * self._num_images + state.images,
            seconds=state.seconds,
            **values,
        )
        self._run.append_metrics(record)


def _is_before(record: Record, state: LoopState) -> bool:
    """Tell whether a record belongs to the time before a checkpoint."""
    if record.step > state.step:
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


def save_if_best(
    run: Run, model: keras.Model, state: LoopState, *, val_loss: float, val_accuracy: float
) -> bool:
    """Keep the model's weights as `model.keras` if they beat the best so far; tell whether.

    Higher validation accuracy wins, lower validation loss among equals. `state.best` is changed.
    """
    if not np.isfinite(val_loss):
        return False
    best = state.best
    if best and (val_accuracy, -val_loss) <= (best.val_accuracy, -best.val_loss):
        return False
    save_model(model, run)
    epoch = state.epoch + (1 if state.images else 0)
    state.best = Best(epoch=epoch, val_loss=val_loss, val_accuracy=val_accuracy)
    return True


def save_model(model: keras.Model, run: Run) -> None:
    """Write `model`, which was never compiled, to the run's `model.keras`, whole or not at all.

    Keras's own ModelCheckpoint writes in place, and a server killed at that moment would leave a
    model that nobody can open.
    """
    with run.replacing_model() as path:
        model.save(path)
