"""What training writes into its run's directory and what it obeys while it goes on.

Keras calls these; they know the run's directory and nothing of pages, queues or processes.
"""

import time
from typing import Any, NoReturn

import keras
import numpy as np

from core.runs import Run

# Four records a second look continuous to the eye and keep an hour's metrics under 2 MB.
_SECONDS_BETWEEN_RECORDS = 0.25


class TrainingDiverged(Exception):
    """The loss is no longer a finite number, so that training cannot go on."""


class TrainingStopped(Exception):
    """Somebody asked the run to stop."""


class MetricsLog(keras.callbacks.Callback):
    """Write loss and accuracy to `metrics.jsonl`: every few steps, and with validation each epoch.

    Keras hands a callback the mean since the epoch began; what is written is the mean since the
    last record, which shows what training does now.

    Attributes:
        images: training images seen so far, each as often as it was seen.
        epoch: the epoch under way, from 1.
    """

    def __init__(self, run: Run, *, num_images: int, batch_size: int) -> None:
        """Write for `run`, which trains on `num_images` images in batches of `batch_size`."""
        super().__init__()
        self._run = run
        self._num_images = num_images
        self._batch_size = batch_size
        self.images = 0
        self.epoch = 0
        self._step = 0

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Start the clock."""
        self._start = time.monotonic()
        self._last_record = float("-inf")

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Forget the sums of the epoch before, as Keras does."""
        self.epoch = epoch + 1
        self._first_step = self._step
        self._images_before = 0
        self._sums_before = np.zeros(2)

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Write a record where the last one is old enough.

        Raises:
            TrainingDiverged: the loss became NaN or infinite.
        """
        logs = logs or {}
        # The last batch of an epoch may be smaller than the others, and Keras counts the steps
        # that its last execution could have had.
        images = min((batch + 1) * self._batch_size, self._num_images)
        self._step = self._first_step - (-images // self._batch_size)
        self.images = (self.epoch - 1) * self._num_images + images
        means = np.array([logs["loss"], logs["accuracy"]], float)
        if not np.isfinite(means[0]):
            self._give_up()
        now = time.monotonic()
        if now - self._last_record < _SECONDS_BETWEEN_RECORDS or images == self._images_before:
            return
        sums = means * images
        loss, accuracy = (sums - self._sums_before) / (images - self._images_before)
        self._run.append_metrics(
            kind="step",
            step=self._step,
            epoch=self.epoch - 1 + images / self._num_images,
            images=self.images,
            seconds=now - self._start,
            # Rounding can take a difference of sums a hair out of range.
            loss=max(float(loss), 0.0),
            accuracy=min(max(float(accuracy), 0.0), 1.0),
            learning_rate=float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate)),
        )
        self._last_record, self._images_before, self._sums_before = now, images, sums

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Write the epoch's means beside its validation.

        Raises:
            TrainingDiverged: the epoch's last step left weights that no longer give numbers.
        """
        logs = logs or {}
        self._run.append_metrics(
            kind="epoch",
            step=self._step,
            epoch=epoch + 1,
            images=self.images,
            seconds=time.monotonic() - self._start,
            **{
                name: float(logs[name])
                for name in ("loss", "accuracy", "val_loss", "val_accuracy")
                if name in logs
            },
        )
        if not np.isfinite(logs.get("val_loss", 0.0)):
            self._give_up()

    def _give_up(self) -> NoReturn:
        raise TrainingDiverged(
            f"The loss stopped being a number at step {self._step:,} (epoch {self.epoch}). "
            "The learning rate is most likely too high: try a tenth."
        )


class StopOnRequest(keras.callbacks.Callback):
    """End training soon after somebody asked the run to stop.

    Keras's own `stop_training` would still run the whole validation first, which can take longer
    than a click may wait.
    """

    def __init__(self, run: Run) -> None:
        """Obey what is asked of `run`."""
        super().__init__()
        self._run = run

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Look for a request that came while the run waited.

        Raises:
            TrainingStopped: somebody asked for it. So do the other methods.
        """
        self._obey()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Look for it after every few steps."""
        self._obey()

    def on_test_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Look for it during validation too."""
        self._obey()

    def _obey(self) -> None:
        if self._run.stop_requested():
            raise TrainingStopped


class SaveBest(keras.callbacks.Callback):
    """Keep the weights of the epoch with the highest validation accuracy as `model.keras`.

    Keras's own ModelCheckpoint writes in place, and a server killed at that moment would leave a
    model that nobody can open.
    """

    def __init__(self, run: Run) -> None:
        """Save into `run`."""
        super().__init__()
        self._run = run
        self.best: dict[str, float] | None = None

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Save where validation improved."""
        logs = logs or {}
        if "val_accuracy" in logs:
            self.offer(epoch + 1, logs["val_loss"], logs["val_accuracy"])

    def offer(self, epoch: int, val_loss: float, val_accuracy: float) -> None:
        """Save the model's weights as they are now if they beat the best so far."""
        if not np.isfinite(val_loss):
            return
        rank = (val_accuracy, -val_loss)
        if self.best and rank <= (self.best["val_accuracy"], -self.best["val_loss"]):
            return
        save_model(self.model, self._run)
        self.best = {"epoch": epoch, "val_loss": val_loss, "val_accuracy": val_accuracy}


def save_model(model: keras.Model, run: Run) -> None:
    """Write `model` to the run's `model.keras`, whole or not at all."""
    temporary = run.directory / ".new-model.keras"
    try:
        # A copy that was never compiled has no optimizer state, which prediction does not need and
        # which would triple the size; Keras has no option for that.
        bare = model.__class__.from_config(model.get_config())
        bare.set_weights(model.get_weights())
        bare.save(temporary)
        temporary.replace(run.model_path)
    finally:
        temporary.unlink(missing_ok=True)
