"""A run is a directory, and the directory is the only truth about it.

Training writes there and every page reads there, so a reload finds its run again, a second
browser sees the same curves, and a killed server loses nothing that was written. Knows nothing
of how training works or when it happens.
"""

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from filelock import FileLock, Timeout
from pydantic import (
    ValidationError,
)

from core.runs.control import Control
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

    @property
    def model_path(self) -> Path:
        """Where the best weights lie, once there are any."""
        return self.directory / "model.keras"

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

    def append_metrics(self, **values: Any) -> None:
        """Add one record to `metrics.jsonl`; numbers that are not finite are written as null."""
        line = json.dumps({key: _finite(value) for key, value in values.items()})
        with (self.directory / "metrics.jsonl").open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def metrics(self) -> list[dict[str, Any]]:
        """Return all records of `metrics.jsonl`; a line cut off by a crash is left out."""
        try:
            text = (self.directory / "metrics.jsonl").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return []
        records = []
        for line in text.splitlines():
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if isinstance(record, dict) and "kind" in record:
                records.append(record)
        return records

    def control(self) -> Control:
        """Return what was asked of this run; nothing where that cannot be read."""
        try:
            return Control.model_validate_json((self.directory / "control.json").read_bytes())
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
        """Tell whether training can go on from where it was."""
        return self.checkpoint_path.exists()

    @property
    def checkpoint_path(self) -> Path:
        """Where everything lies that going on needs."""
        return self.directory / "checkpoint" / "state.npz"

    def _locked(self) -> FileLock:
        return FileLock(self.directory / "run.json.lock", timeout=10)

    @contextmanager
    def _asking(self, **changes: Any) -> Iterator[None]:
        """Write these requests beside the earlier ones and hold the lock of `run.json`."""
        self._parse()  # before the lock, which would make the directory of a deleted run anew
        with self._locked():
            control = Control.model_validate({**dict(self.control()), **changes})
            text = control.model_dump_json()
            self.write_file("control.json", lambda file: file.write(text.encode()))
            yield

    @contextmanager
    def locked_for_training(self) -> Iterator[bool]:
        """Hold the run's lock while training it; yields False where another worker holds it."""
        lock = FileLock(self.directory / "worker.lock", timeout=_ACQUIRE_SECONDS)
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
        path = self.directory / "worker.lock"
        if not path.exists():
            return False
        try:
            with FileLock(path, timeout=_LOOK_SECONDS, poll_interval=0.005):
                return False
        except Timeout:
            return True
        except OSError:
            return False

    def write_file(self, name: str, write: Callable[[BinaryIO], Any]) -> None:
        """Write a file of this run whole or not at all.

        Args:
            name: the file's path in the run's directory.
            write: called with a binary file to write to.
        """
        path = self.directory / name
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                write(file)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    def write_array(self, name: str, array: np.ndarray) -> None:
        """Write an array as a `.npy` file of this run, whole or not at all."""
        self.write_file(name, lambda file: np.save(file, array, allow_pickle=False))

    def read_array(self, name: str) -> np.ndarray | None:
        """Return the array of a `.npy` file of this run; None where there is none to be read."""
        try:
            # Not np.load, which takes other formats too and leaves a damaged file open.
            with (self.directory / name).open("rb") as file:
                return np.lib.format.read_array(file, allow_pickle=False)
        except (OSError, ValueError, EOFError):
            return None

    def _parse(self) -> RunRecord:
        return RunRecord.model_validate_json((self.directory / "run.json").read_bytes())

    def _write(self, record: RunRecord) -> None:
        text = record.model_dump_json(indent=2)
        self.write_file("run.json", lambda file: file.write(text.encode()))

    def keep_metrics(self, keep: Callable[[dict[str, Any]], bool]) -> None:
        """Drop the records of `metrics.jsonl` for which `keep` says no."""
        lines = [json.dumps(record) + "\n" for record in self.metrics() if keep(record)]
        self.write_file("metrics.jsonl", lambda file: file.write("".join(lines).encode()))

    def _unreadable(self, reason: str) -> RunRecord:
        try:
            created = datetime.fromtimestamp(self.directory.stat().st_mtime, UTC)
        except OSError:
            created = datetime.fromtimestamp(0, UTC)
        return RunRecord(
            id=self.id, name=self.id, created=created, status="unreadable", error=reason
        )


def _finite(value: Any) -> Any:
    if isinstance(value, float) and value - value != 0:
        return None
    return value
