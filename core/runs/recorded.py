"""What a run's `run.json` says, and whether a worker has the run.

Training writes there and every page reads there, so a reload finds its run again, a second browser
sees the same curves, and a killed server loses nothing. Does not know who may change what.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from core.reading import explain_os_error, read_file
from core.runs import files
from core.runs.artifacts import RunArtifacts
from core.runs.cache import CachedFile
from core.runs.disk import has_no_space
from core.runs.locking import is_locked, locked
from core.runs.record import RunRecord, clean_name, explain_damage, fail

_INTERRUPTED = (
    "Its training process ended unexpectedly: the server was stopped, or the process was killed "
    "or ran out of memory."
)
_FULL_DISK = (
    "The disk is full: nothing more could be written. Free some space, such as by deleting runs."
)
_WITH_CHECKPOINT = "What it had written is kept, and it can be resumed."
_WITHOUT_CHECKPOINT = "It had saved nothing to continue from; its settings can be trained anew."
# More than the largest run.json, so that a full disk can be noted there.
_RESERVED_BYTES = 64 * 1024
# Pages look at a lock by sharing it for a moment, in which a worker cannot get it.
_ACQUIRE_SECONDS = 2.0
# Whoever changes a record does so within milliseconds.
_LOCK_SECONDS = 10.0


class RecordedRun(RunArtifacts):
    """One run's directory. Beside the files it knows only what they said at the last look."""

    def __init__(self, directory: Path, *, on_change: Callable[[], object] | None = None) -> None:
        """Refer to the run in `directory`, which need not hold a valid run.

        `on_change` is called after each change of `run.json` that is made through this object.
        """
        super().__init__(directory)
        self.id = directory.name
        self._on_change = on_change
        self._record = CachedFile(
            directory / files.RECORD, self._parse_record, most=files.MOST_RECORD
        )
        self._missing: RunRecord | None = None

    def read(self) -> RunRecord:
        """Return what `run.json` says, with the true status.

        A run that says it is running while nobody holds its lock has lost its worker, so its
        status is "interrupted". A damaged or foreign directory gives a record whose status is
        "unreadable" and whose `error` says why; nothing is raised.
        """
        record = self.recorded()
        if record.status == "running" and not self.is_busy():
            # The worker may have finished between the two looks: look again before judging.
            record = self.recorded()
            if record.status == "running":
                # On a full disk a worker that ends in good order cannot note how.
                is_full = has_no_space(self.directory)
                error = self.explain_full_disk() if is_full else self.with_next_step(_INTERRUPTED)
                return record.model_copy(update={"status": "interrupted", "error": error})
        return record

    def recorded(self) -> RunRecord:
        """Return what `run.json` says, "running" also where the worker is gone.

        The same object as before where the file has not changed. Nothing is raised.
        """
        try:
            return self._record.read()
        except FileNotFoundError:
            reason = "It has no run.json."
        except OSError as error:
            reason = f"Its run.json cannot be read: {explain_os_error(error)}."
            if self.directory.is_symlink():
                reason = "It is a link to another folder, which is not followed."
        if self._missing is None or self._missing.error != reason:
            self._missing = self._unreadable(reason)
        return self._missing

    def with_next_step(self, reason: str) -> str:
        """Return why the run ended, and after it what can be done about that."""
        return f"{reason} {_WITH_CHECKPOINT if self.has_checkpoint else _WITHOUT_CHECKPOINT}"

    def explain_full_disk(self) -> str:
        """Return what to say of this run where the disk was full, and what to do about it."""
        return self.with_next_step(_FULL_DISK)

    def update(self, **changes: Any) -> RunRecord:
        """Change fields of `run.json`, leaving the others as they are; safe across processes.

        Raises:
            FileNotFoundError: the run has been deleted.
        """
        with self._locked():
            merged = RunRecord.model_validate({**dict(self._parse()), **changes})
            self._write(merged)
        return merged

    def exists(self) -> bool:
        """Tell whether the run is still there: somebody may have deleted it."""
        return (self.directory / files.RECORD).exists()

    def fail(self, error: str) -> None:
        """Note what went wrong; a run that was only about to continue is what it was before.

        Raises:
            FileNotFoundError: the run has been deleted.
        """
        with self._locked():
            self._write(fail(self._parse(), error))

    def interrupt(self, error: str) -> None:
        """Note that the run has lost its worker, and why, where nothing else became of it.

        Raises:
            FileNotFoundError: the run has been deleted.
        """
        with self._locked():
            record = self._parse()
            if record.status == "running":
                changes = {"status": "interrupted", "error": error}
                self._write(record.model_copy(update=changes))

    def is_busy(self) -> bool:
        """Tell whether a worker holds this run now."""
        return is_locked(self.directory / files.WORKER_LOCK)

    @contextmanager
    def locked_for_training(self) -> Iterator[bool]:
        """Hold the run's lock while training it.

        Yields False where another worker holds it, where the run has been deleted, and where its
        folder or its lock is not what it should be.
        """
        with ExitStack() as stack:
            lock = locked(self.directory / files.WORKER_LOCK, timeout=_ACQUIRE_SECONDS)
            try:
                stack.enter_context(lock)
            except OSError:  # a lock that is a folder or a link, too
                yield False
            else:
                yield True

    @contextmanager
    def space_reserved(self) -> Iterator[None]:
        """Take a little of the disk meanwhile, so that afterwards there is enough to note an error.

        Raises:
            OSError: there is not even that much left.
        """
        reserve = self.directory / files.RESERVE
        try:
            reserve.write_bytes(bytes(_RESERVED_BYTES))
            yield
        finally:
            reserve.unlink(missing_ok=True)

    def remove_leftovers(self) -> None:
        """Remove what a killed worker had half written; only for whoever has the run's lock."""
        for folder in (self.directory, self.checkpoint_path.parent, self.directory / files.FILM):
            for path in () if folder.is_symlink() else folder.glob(".????????.*"):
                # Pages write these two, and may be doing so.
                if not path.name.endswith((files.RECORD, files.CONTROL)):
                    path.unlink(missing_ok=True)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._parse()  # before the lock: a foreign directory gets no file of ours
        with locked(self.directory / files.RECORD_LOCK, timeout=_LOCK_SECONDS):
            yield

    def _parse(self) -> RunRecord:
        """Return what `run.json` says now: whoever changes it must not miss a change."""
        content = read_file(self.directory / files.RECORD, most=files.MOST_RECORD)
        return RunRecord.model_validate_json(content)

    def _parse_record(self, content: bytes) -> RunRecord:
        try:
            record = RunRecord.model_validate_json(content)
        except ValidationError as error:
            return self._unreadable(explain_damage(error))
        if record.id != self.id:
            other = clean_name(record.id) or "without a name"
            return self._unreadable(f"Its run.json belongs to the run {other!r}.")
        if record.status == "unreadable":  # which no run writes
            reason = "it is not a status that a run can have"
            return self._unreadable(f"Its run.json is invalid at status: {reason}.")
        return record

    def _write(self, record: RunRecord) -> None:
        files.write_text(self.directory / files.RECORD, record.model_dump_json(indent=2))
        if self._on_change:
            self._on_change()

    def _unreadable(self, reason: str) -> RunRecord:
        try:
            changed = self.directory.lstat().st_mtime
        except OSError:
            changed = 0.0
        # A file's time may be any number, too, and a folder's name any text.
        created = datetime.fromtimestamp(min(max(0.0, changed), 4e9), UTC)
        name = clean_name(self.id) or "Without a name"
        return RunRecord(id=self.id, name=name, created=created, status="unreadable", error=reason)
