"""One run: what people, and the queue, may ask of it.

What a person asks for is refused with `core.access.NotAllowed` where the run is somebody else's.
Does not know when training happens.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.access import PROGRAM, Person
from core.audit import Action, AuditLog
from core.runs import files
from core.runs.cache import CachedFile
from core.runs.record import MAX_CHANGES, Control, RunRecord, clean_name, requeue, withdraw
from core.runs.recorded import RecordedRun


class Run(RecordedRun):
    """One run's directory, and what is asked of the run."""

    def __init__(
        self,
        directory: Path,
        *,
        audit: AuditLog | None = None,
        on_change: Callable[[], object] | None = None,
    ) -> None:
        """Refer to the run in `directory`, which need not hold a valid run.

        Args:
            directory: where it is.
            audit: gets a line whenever somebody stops the run, or changes it by `changing`.
            on_change: is called after each change of `run.json` that is made through this object.
        """
        super().__init__(directory, on_change=on_change)
        self._audit = audit
        self._control = CachedFile(
            directory / files.CONTROL, _parse_control, most=files.MOST_CONTROL
        )

    def rename(self, name: str, *, by: Person = PROGRAM) -> None:
        """Give the run another name; blanks around it are dropped and it is cut to 60 letters.

        Raises:
            NotAllowed: the run is somebody else's.
        """
        with self._locked():
            record = self._parse()
            by.check_may_change(record.owner)
            changed = {**dict(record), "name": clean_name(name) or self.id}
            self._write(RunRecord.model_validate(changed))

    def annotate(
        self, *, note: str | None = None, favourite: bool | None = None, by: Person = PROGRAM
    ) -> None:
        """Write a note about the run, or mark it as a favourite; None leaves it as it was.

        Raises:
            NotAllowed: the run is somebody else's.
        """
        given = {"note": note, "favourite": favourite}
        with self._locked():
            record = self._parse()
            by.check_may_change(record.owner)
            changes = {name: value for name, value in given.items() if value is not None}
            self._write(RunRecord.model_validate({**dict(record), **changes}))

    @contextmanager
    def changing(self, action: Action, *, by: Person = PROGRAM) -> Iterator[RunRecord]:
        """Let somebody change a file of a run that no worker has; then note that they did.

        Yields what `run.json` says. Nobody can put the run into the queue meanwhile.

        Raises:
            NotAllowed: the run is somebody else's.
            ValueError: it is under way.
        """
        with self._locked():
            by.check_may_change(self._parse().owner)
            record = self.read()
            # Once its results are written, a worker only measures drawn digits.
            if not record.is_finished or (self.is_busy() and not record.results):
                raise ValueError(
                    f"{record.name} is under way; stop it, or wait until it has ended."
                )
            yield record
        if self._audit:
            self._audit.record(action, by=by, run=self.id)

    def control(self) -> Control:
        """Return what was asked of this run; nothing where that cannot be read."""
        try:
            return self._control.read()
        except OSError:
            return Control()

    def request_stop(self, *, by: Person = PROGRAM) -> None:
        """Ask the worker to stop; a run that waits for its turn leaves the queue at once.

        One that was to continue is what it was before. A paused run that has no worker gets one
        once more, which measures what it has reached.
        """
        with self._asking(by, stop=True, pause=False):
            record = self.read()
            if record.status == "queued":
                self._write(withdraw(record))
            elif record.status == "paused":
                self._write(requeue(record))
        if self._audit:
            self._audit.record("stop", by=by, run=self.id)

    def request_pause(self, *, gives_way: bool = False, by: Person = PROGRAM) -> None:
        """Ask the worker to hold training as it is; `gives_way` until no other run waits."""
        with self._asking(by, pause=True, release=False, gives_way=gives_way):
            pass

    def request_resume(self, *, by: Person = PROGRAM) -> None:
        """Resume a run from where it is: one that was paused, stopped, interrupted or failed.

        A run that no worker has is put into the queue and has to be submitted.
        """
        with self._asking(by, stop=False, pause=False, release=False, gives_way=False):
            record = self.read()
            if record.status in ("paused", "stopped", "interrupted", "failed"):
                self._write(requeue(record))

    def request_more_epochs(
        self, epochs: int, *, most: int | None = None, by: Person = PROGRAM
    ) -> None:
        """Put a completed run into the queue for so many epochs more; it has to be submitted.

        Raises:
            ValueError: that is less than 1, or more than `most` where that is given.
        """
        if epochs < 1 or (most is not None and epochs > most):
            raise ValueError(f"expected 1 to {most or 'any number of'} more epochs, not {epochs:,}")
        with self._asking(by, stop=False, pause=False, release=False):
            record = self.read()
            if record.status == "completed":
                ended = record.stopped_early_at or record.num_epochs
                segments = (*record.segments[:-1], ended, ended + epochs)
                changed = {**dict(requeue(record)), "segments": segments}
                self._write(RunRecord.model_validate(changed))

    def request_learning_rate(self, learning_rate: float, *, by: Person = PROGRAM) -> None:
        """Ask for another learning rate from the next step on.

        Raises:
            ValueError: it is not a number over 0.
        """
        changes = self.control().learning_rate_changes + 1
        with self._asking(by, learning_rate=learning_rate, learning_rate_changes=changes):
            pass

    def request_release(self) -> None:
        """Ask a worker that holds this run paused to turn to others."""
        with self._asking(PROGRAM, release=True):
            pass

    def release(self) -> bool:
        """Tell whether the worker may leave this paused run; after a True it must.

        Somebody may resume the run at the same moment, and then either the worker continues it
        or the queue has it, never both and never neither.
        """
        with self._locked():
            return self.control().pause and self._parse().status == "paused"

    @contextmanager
    def _asking(self, by: Person, **changes: Any) -> Iterator[None]:
        """Write these requests beside the earlier ones and hold the lock of `run.json`.

        Raises:
            NotAllowed: the run is somebody else's; nothing is written.
        """
        with self._locked():
            by.check_may_change(self._parse().owner)
            control = Control.model_validate({**dict(self.control()), **changes})
            files.write_text(self.directory / files.CONTROL, control.model_dump_json())
            yield


def _parse_control(content: bytes) -> Control:
    try:
        control = Control.model_validate_json(content)
    except ValueError:
        return Control()
    # One more change must be possible.
    return control if control.learning_rate_changes <= MAX_CHANGES else Control()
