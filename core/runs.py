"""A run is a directory, and the directory is the only truth about it.

Training writes there and every page reads there, so a reload finds its run again, a second
browser sees the same curves, and a killed server loses nothing that was written. Knows nothing
of how training works or when it happens.
"""

import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Literal

from filelock import FileLock, Timeout
from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)

from core.hyperparameters import Hyperparameters, upgrade_record

Status = Literal[
    "queued",
    "running",
    "paused",
    "stopped",
    "completed",
    "failed",
    "interrupted",
    "unreadable",
]
MAX_NAME_LENGTH = 60
_INTERRUPTED = (
    "Its training process ended without a word: the server was stopped, or the process was killed "
    "or ran out of memory. What it had written is kept."
)
# Pages look at a lock by taking it for a moment, so whoever finds it taken looks a little longer.
_LOOK_SECONDS = 0.02
_ACQUIRE_SECONDS = 2.0


class DataRecord(BaseModel):
    """Which images a run used."""

    model_config = ConfigDict(frozen=True)

    name: str
    fingerprint: str
    num_train: int
    num_val: int
    num_test: int


class Results(BaseModel):
    """What a run reached: measured once training has ended, on the weights that validation chose.

    `val_*` chose the epoch, so they flatter; `test_*` are the honest figures, None until measured.
    `drawn_*` say how many drawn digits the model reads, how many there were and whose; they come a
    little later, choose nothing, and are None for runs of earlier versions.
    """

    model_config = ConfigDict(frozen=True)

    best_epoch: int
    val_loss: float
    val_accuracy: float
    test_loss: float | None = None
    test_accuracy: float | None = None
    seconds: float
    images_per_second: float
    drawn_accuracy: float | None = None
    drawn_count: int | None = None
    drawn_name: str | None = None


class RunRecord(BaseModel):
    """The content of `run.json`."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    created: AwareDatetime  # one without a time zone has no place among the others
    status: Status
    hyperparameters: Annotated[Hyperparameters | None, BeforeValidator(upgrade_record)] = None
    data: DataRecord | None = None
    num_parameters: int | None = None
    steps_per_epoch: int | None = None
    software: dict[str, str] = Field(default_factory=dict)
    device: str | None = None
    results: Results | None = None
    error: str | None = None

    @property
    def is_finished(self) -> bool:
        """Tell whether nothing more will happen to this run by itself."""
        return self.status not in ("queued", "running", "paused")


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
            return self._unreadable(_explain_damage(error))

    def _read(self) -> RunRecord:
        record = self._parse()
        if record.id != self.id:
            return self._unreadable(f"Its run.json belongs to the run {record.id!r}.")
        if record.status in ("running", "paused") and not self.is_busy():
            # The worker may have finished between the two looks: look again before judging.
            again = self._parse()
            if again.status in ("running", "paused"):
                return again.model_copy(update={"status": "interrupted", "error": _INTERRUPTED})
            return again
        return record

    def update(self, **changes: Any) -> RunRecord:
        """Change fields of `run.json`, leaving the others as they are; safe across processes.

        Raises:
            FileNotFoundError: the run has been deleted.
        """
        self._parse()  # before the lock, which would make the directory of a deleted run anew
        with FileLock(self.directory / "run.json.lock", timeout=10):
            current = self._parse()
            merged = RunRecord.model_validate({**dict(current), **changes})
            self._write(merged)
        return merged

    def rename(self, name: str) -> None:
        """Give the run another name; blanks around it are dropped and it is cut to 60 letters."""
        self.update(name=_clean_name(name) or self.id)

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

    def request_stop(self) -> None:
        """Ask the worker to stop; a run that still waits is stopped at once."""
        self.write_file(
            "control.json", lambda file: file.write(json.dumps({"stop": True}).encode())
        )
        with FileLock(self.directory / "run.json.lock", timeout=10):
            record = self.read()
            if record.status == "queued":
                self._write(record.model_copy(update={"status": "stopped"}))

    def stop_requested(self) -> bool:
        """Tell whether somebody asked this run to stop."""
        try:
            control = json.loads((self.directory / "control.json").read_bytes())
        except (OSError, ValueError):
            return False
        return isinstance(control, dict) and control.get("stop") is True

    @contextmanager
    def working(self) -> Iterator[bool]:
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
            name: the file's name in the run's directory.
            write: called with a binary file to write to.
        """
        descriptor, temporary = tempfile.mkstemp(dir=self.directory, prefix=f".{name}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                write(file)
            Path(temporary).replace(self.directory / name)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    def _parse(self) -> RunRecord:
        return RunRecord.model_validate_json((self.directory / "run.json").read_bytes())

    def _write(self, record: RunRecord) -> None:
        text = record.model_dump_json(indent=2)
        self.write_file("run.json", lambda file: file.write(text.encode()))

    def _unreadable(self, reason: str) -> RunRecord:
        try:
            created = datetime.fromtimestamp(self.directory.stat().st_mtime, UTC)
        except OSError:
            created = datetime.fromtimestamp(0, UTC)
        return RunRecord(
            id=self.id, name=self.id, created=created, status="unreadable", error=reason
        )


class RunStore:
    """The folder that holds all runs."""

    def __init__(self, root: Path | str) -> None:
        """Refer to the runs in `root`, which is created with the first run."""
        self.root = Path(root)

    def create(self, hyperparameters: Hyperparameters, name: str = "") -> Run:
        """Create a run that waits to be trained.

        Args:
            hyperparameters: its settings.
            name: what to call it; without one it is named after its architecture and time.

        Raises:
            OSError: the folder cannot be written to.
        """
        created = datetime.now(UTC)
        # Sorts by time, to the microsecond.
        run_id = f"{created:%Y%m%d-%H%M%S-%f}-{secrets.token_hex(2)}"
        name = _clean_name(name) or f"{hyperparameters.architecture} {created:%H:%M:%S}"
        self.root.mkdir(parents=True, exist_ok=True)
        # A directory without run.json would be listed as damaged, so it gets its name last.
        hidden = Run(self.root / f".new-{run_id}")
        hidden.directory.mkdir()
        try:
            hidden._write(
                RunRecord(
                    id=run_id,
                    name=name,
                    created=created,
                    status="queued",
                    hyperparameters=hyperparameters,
                )
            )
            run = Run(self.root / run_id)
            hidden.directory.replace(run.directory)
        except BaseException:
            shutil.rmtree(hidden.directory, ignore_errors=True)
            raise
        return run

    def list(self) -> list[Run]:
        """Return all runs, newest first, damaged ones included; none where there is no folder."""
        try:
            directories = [path for path in self.root.iterdir() if path.is_dir()]
        except OSError:
            return []
        runs = [Run(path) for path in directories if not path.name.startswith(".")]
        return sorted(runs, key=lambda run: run.id, reverse=True)

    def get(self, run_id: str) -> Run:
        """Return the run called `run_id`.

        Raises:
            KeyError: there is no such run.
        """
        # Looked for among those that are there: an id from an address makes no path of its own.
        for run in self.list():
            if run.id == run_id:
                return run
        raise KeyError(f"There is no run {run_id!r}.")

    def queued(self) -> Sequence[Run]:
        """Return the runs that wait for a worker, first in line first."""
        waiting = [run for run in self.list() if run.read().status == "queued"]
        return sorted(waiting, key=lambda run: run.read().created)

    def delete(self, run_id: str) -> None:
        """Delete a run with all its files.

        Raises:
            KeyError: there is no such run.
            RuntimeError: it is being trained; stop it first.
            OSError: its files cannot be deleted.
        """
        run = self.get(run_id)
        record = run.read()
        # Once its results are written, a worker only measures drawn digits and can do without it.
        if run.is_busy() and not (record.is_finished and record.results):
            raise RuntimeError(f"{record.name} is being trained; stop it first.")
        # Renamed first, so that no page ever sees half a run.
        doomed = self.root / f".deleted-{run_id}"
        run.directory.replace(doomed)
        shutil.rmtree(doomed)


def _clean_name(name: str) -> str:
    return " ".join(name.split())[:MAX_NAME_LENGTH]


def _finite(value: Any) -> Any:
    if isinstance(value, float) and value - value != 0:
        return None
    return value


def _explain_damage(error: ValidationError) -> str:
    problem = error.errors()[0]
    location = [str(part) for part in problem["loc"]]
    if location[:1] == ["hyperparameters"] and len(location) > 1:
        label = Hyperparameters.model_fields.get(location[1])
        name = label.title if label else location[1]
        return f"Its run.json is invalid: {name}: {problem['msg']}, received {problem['input']!r}."
    where = ".".join(location) or "the file as a whole"
    return f"Its run.json is invalid at {where}: {problem['msg']}."
