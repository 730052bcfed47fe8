"""A run is a directory, and the directory is the only truth about it.

Training writes there and every page reads there, so a reload finds its run again, a second
browser sees the same curves, and a killed server loses nothing that was written. Knows nothing
of how training works or when it happens.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout
from pydantic import ValidationError

from core.runs import files
from core.runs.control import Control
from core.runs.metrics import Metrics, Record, parse_record
from core.runs.record import RunRecord, clean_name, explain_damage, requeue

_INTERRUPTED = (
    "Its training process ended without a word: the server was stopped, or the process was killed "
    "or ran out of memory. What it had written is kept, and it can be resumed."
)
# Pages look at a lock by taking it for a moment, so whoever finds it taken looks a little longer.
_LOOK_SECONDS = 0.02
_ACQUIRE_SECONDS = 2.0


class Run:
    """One run's directory. Holds no state of its own; every read goes to the files."""

    def __init__(self, directory: Path) -> None:
        """Refer to the run in `directory`, which need not hold a valid run."""
        self.directory = directory
        self.id = directory.name

    def read(self) -> RunRecord:
        """Return what `run.json` says, with the true status.

        A run that says it is running while nobody holds its lock has lost its worker, so its
        status is "interrupted". A damaged or foreign directory gives a record whose status is
        "unreadable" and whose `error` says why; nothing is raised.
        """
        try:
            return self._read()
        except FileNotFoundError:
            return self._unreadable("It has no run.json.")
        except OSError as error:
            return self._unreadable(f"Its run.json cannot be read ({error.strerror}).")
        except ValidationError as error:
            return self._unreadable(explain_damage(error))

    def _read(self) -> RunRecord:
        record = self._parse()
        if record.id != self.id:
            return self._unreadable(f"Its run.json belongs to the run {record.id!r}.")
        if record.status == "running" and not self.is_busy():
            # The worker may have finished between the two looks: look again before judging.
            again = self._parse()
            if again.status == "running":
                return again.model_copy(update={"status": "interrupted", "error": _INTERRUPTED})
            return again
        return record

    def update(self, **changes: Any) -> RunRecord:
        """Change fields of `run.json`, leaving the others as they are; safe across processes.

        Raises:
            FileNotFoundError: the run has been deleted.
        """
        self._parse()  # before the lock, which would make the directory of a deleted run anew
        with self._locked():
            current = self._parse()
            merged = RunRecord.model_validate({**dict(current), **changes})
            self._write(merged)
        return merged

    def rename(self, name: str) -> None:
        """Give the run another name; blanks around it are dropped and it is cut to 60 letters."""
        self.update(name=clean_name(name) or self.id)

    def append_metrics(self, record: Record) -> None:
        """Add one record to the metrics."""
        with (self.directory / files.METRICS).open("a", encoding="utf-8") as file:
            file.write(json.dumps(record.model_dump()) + "\n")

    def metrics(self) -> Metrics:
        """Return the metrics so far; damaged lines, and one that is not complete, are left out."""
        try:
            content = (self.directory / files.METRICS).read_bytes()
        except OSError:
            return Metrics()
        complete = content[: content.rfind(b"\n") + 1]
        records = (parse_record(line) for line in complete.split(b"\n"))
        return Metrics(tuple(record for record in records if record))

    def keep_metrics(self, keep: Callable[[Record], bool]) -> None:
        """Drop the records for which `keep` says no, and damaged lines; needs no other writer."""
        kept = [json.dumps(r.model_dump()) + "\n" for r in self.metrics().records if keep(r)]
        files.write_text(self.directory / files.METRICS, "".join(kept))

    def clear_metrics(self) -> None:
        """Drop all records."""
        (self.directory / files.METRICS).unlink(missing_ok=True)

    def control(self) -> Control:
        """Return what was asked of this run; nothing where that cannot be read."""
        try:
            return Control.model_validate_json((self.directory / files.CONTROL).read_bytes())
        except (OSError, ValueError):
            return Control()

    def request_stop(self) -> None:
        """Ask the worker to stop; a run that waits for its first turn is stopped at once.

        A paused run that has no worker gets one once more, which measures what it has reached.
        """
        with self._asking(stop=True, pause=False):
            record = self.read()
            if record.status == "queued":
                self._write(record.model_copy(update={"status": "stopped"}))
            elif record.status == "paused":
                self._write(requeue(record))

    def request_pause(self) -> None:
        """Ask the worker to hold training as it is."""
        with self._asking(pause=True, release=False):
            pass

    def request_resume(self) -> None:
        """Let a run go on from where it is: one that was paused, stopped, interrupted or failed.

        A run that is not at work is put into the queue and has to be submitted.
        """
        with self._asking(stop=False, pause=False, release=False):
            record = self.read()
            if record.status in ("paused", "stopped", "interrupted", "failed"):
                self._write(requeue(record))

    def request_more_epochs(self, epochs: int) -> None:
        """Put a completed run into the queue for so many epochs more; it has to be submitted."""
        with self._asking(stop=False, pause=False, release=False):
            record = self.read()
            if record.status == "completed":
                ended = record.stopped_early_at or record.num_epochs
                segments = (*record.segments[:-1], ended, ended + epochs)
                self._write(requeue(record).model_copy(update={"segments": segments}))

    def request_learning_rate(self, learning_rate: float) -> None:
        """Ask for another learning rate from the next step on.

        Raises:
            ValueError: it is not a number over 0.
        """
        changes = self.control().learning_rate_changes + 1
        with self._asking(learning_rate=learning_rate, learning_rate_changes=changes):
            pass

    def request_release(self) -> None:
        """Ask a worker that holds this run paused to turn to others."""
        with self._asking(release=True):
            pass

    def release(self) -> bool:
        """Tell whether the worker may leave this paused run; after a True it must.

        Somebody may resume the run at the same moment, and then either the worker goes on with it
        or the queue has it, never both and never neither.
        """
        with self._locked():
            return self.control().pause and self._parse().status == "paused"

    @property
    def has_checkpoint(self) -> bool:
        """Tell whether training can continue from where it was."""
        return self.checkpoint_path.exists()

    @property
    def checkpoint_path(self) -> Path:
        """Where everything is that resuming needs."""
        return self.directory / files.CHECKPOINT

    @contextmanager
    def replacing_checkpoint(self) -> Iterator[Path]:
        """Yield a temporary path, ending in `.npz`, whose file becomes the checkpoint at the end.

        After an exception the checkpoint is the one before.
        """
        self.checkpoint_path.parent.mkdir(exist_ok=True)
        with files.replacing(self.checkpoint_path) as temporary:
            yield temporary

    @property
    def model_path(self) -> Path:
        """Where the best weights are, once there are any."""
        return self.directory / files.MODEL

    @contextmanager
    def replacing_model(self) -> Iterator[Path]:
        """Yield a temporary path, ending in `.keras`, whose file becomes the model at the end.

        After an exception the model is the one before.
        """
        with files.replacing(self.model_path) as temporary:
            yield temporary

    def stash_model(self) -> None:
        """Keep a copy of the model beside the checkpoint; where there is no model, no copy."""
        stashed = self.directory / files.STASHED_MODEL
        if self.model_path.exists():
            stashed.parent.mkdir(exist_ok=True)
            with files.replacing(stashed) as temporary:
                shutil.copyfile(self.model_path, temporary)
        else:
            stashed.unlink(missing_ok=True)

    def restore_model(self) -> bool:
        """Put the stashed model back and tell whether there was one."""
        stashed = self.directory / files.STASHED_MODEL
        if not stashed.exists():
            return False
        stashed.replace(self.model_path)
        return True

    def drawing(self) -> np.ndarray | None:
        """Return the image that is classified during training, `(28, 28)` in [0, 1], or None."""
        image = files.read_array(self.directory / files.DRAWING)
        return image if image is not None and image.shape == (28, 28) else None

    def write_drawing(self, image: np.ndarray) -> None:
        """Keep an image of shape `(28, 28)` in [0, 1] to be classified during training."""
        files.write_array(self.directory / files.DRAWING, image.astype(np.float32))

    def first_layer(self) -> np.ndarray | None:
        """Return the first layer's weights as pictures, `(n, height, width)`, or None."""
        pictures = files.read_array(self.directory / files.FIRST_LAYER)
        return pictures if pictures is not None and pictures.ndim == 3 and pictures.size else None

    def write_first_layer(self, pictures: np.ndarray) -> None:
        """Keep the first layer's weights as pictures of shape `(n, height, width)`."""
        files.write_array(self.directory / files.FIRST_LAYER, pictures)

    def write_test_predictions(self, probabilities: np.ndarray, labels: np.ndarray) -> None:
        """Keep the kept model's answers to the test images.

        Args:
            probabilities: of shape `(n, 10)`.
            labels: the true digits, of shape `(n,)`.
        """
        with files.replacing(self.directory / files.TEST_PREDICTIONS) as temporary:
            np.savez_compressed(
                temporary, probabilities=probabilities.astype(np.float32), labels=labels
            )

    def _locked(self) -> FileLock:
        return FileLock(self.directory / files.RECORD_LOCK, timeout=10)

    @contextmanager
    def _asking(self, **changes: Any) -> Iterator[None]:
        """Write these requests beside the earlier ones and hold the lock of `run.json`."""
        self._parse()  # before the lock, which would make the directory of a deleted run anew
        with self._locked():
            control = Control.model_validate({**dict(self.control()), **changes})
            files.write_text(self.directory / files.CONTROL, control.model_dump_json())
            yield

    @contextmanager
    def locked_for_training(self) -> Iterator[bool]:
        """Hold the run's lock while training it; yields False where another worker holds it."""
        lock = FileLock(self.directory / files.WORKER_LOCK, timeout=_ACQUIRE_SECONDS)
        try:
            lock.acquire()
        except Timeout:
            yield False
            return
        try:
            yield True
        finally:
            lock.release()

    def is_busy(self) -> bool:
        """Tell whether a worker holds this run now."""
        path = self.directory / files.WORKER_LOCK
        if not path.exists():
            return False
        try:
            with FileLock(path, timeout=_LOOK_SECONDS, poll_interval=0.005):
                return False
        except Timeout:
            return True
        except OSError:
            return False

    def _parse(self) -> RunRecord:
        return RunRecord.model_validate_json((self.directory / files.RECORD).read_bytes())

    def _write(self, record: RunRecord) -> None:
        files.write_text(self.directory / files.RECORD, record.model_dump_json(indent=2))

    def _unreadable(self, reason: str) -> RunRecord:
        try:
            created = datetime.fromtimestamp(self.directory.stat().st_mtime, UTC)
        except OSError:
            created = datetime.fromtimestamp(0, UTC)
        return RunRecord(
            id=self.id, name=self.id, created=created, status="unreadable", error=reason
        )
