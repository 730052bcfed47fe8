"""The folder that holds all runs: create, list, find, delete. Does not know when one is trained."""

import os
import shutil
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import islice
from operator import is_
from pathlib import Path

import numpy as np

from core.access import PROGRAM, Person
from core.audit import AuditLog
from core.hyperparameters import Hyperparameters
from core.reading import explain_os_error
from core.runs import files
from core.runs.naming import automatic_name, new_id
from core.runs.record import RunRecord, clean_name
from core.runs.run import Run
from core.runs.sizes import RunSizes

# Hidden names of directories that are being made or deleted.
_NEW, _DELETED = ".new-", ".deleted-"
# Making or deleting a run takes seconds.
_SECONDS_LEFT_ALONE = 3600.0


@dataclass(frozen=True, eq=False)
class Look:
    """All runs, newest first, damaged ones included, and what their `run.json` said at one moment.

    Attributes:
        records: as `Run.recorded` gives them: "running" also where the worker is gone.
    """

    records: Mapping[Run, RunRecord]

    @cached_property
    def queued(self) -> tuple[Run, ...]:
        """Return the runs that wait for a worker, first in line first; those of searches last."""
        waiting = {run: record for run, record in self.records.items() if record.status == "queued"}

        def place(run: Run) -> tuple[bool, datetime]:
            record = waiting[run]
            return record.search is not None, record.queued or record.created

        return tuple(sorted(waiting, key=place))


class RunStore:
    """The folder that holds all runs; all who share it share what was read of their files."""

    def __init__(self, root: Path | str, *, audit: AuditLog | None = None) -> None:
        """Refer to the runs in `root`, which is created with the first run.

        `audit` gets a line whenever somebody stops or deletes one.
        """
        self.root = Path(root)
        self._audit = audit
        self._lock = threading.Lock()
        self._runs: dict[str, Run] = {}
        self._look = Look({})
        self._sizes = RunSizes()
        # Changes that this process has made, how many of them the last look knows, and its time.
        self._num_changes = 0
        self._looked_at = (-1, 0.0)

    def create(
        self,
        hyperparameters: Hyperparameters,
        name: str = "",
        *,
        owner: str | None = None,
        by: Person = PROGRAM,
        timezone: str | None = None,
        drawing: np.ndarray | None = None,
        search: str | None = None,
    ) -> Run:
        """Create a run that waits to be trained.

        Args:
            hyperparameters: its settings.
            name: without one it is called after what it is and the time.
            owner: the `core.access.Person.id` to whom it belongs; that of `by` where it is None.
            by: who creates it.
            timezone: where that is, such as "Europe/Berlin", for the time in its name.
            drawing: an image of shape `(28, 28)` in [0, 1] that is classified while it trains.
            search: the id of the search that makes it.

        Raises:
            NotAllowed: nobody could tell later that it is theirs.
            OSError: the folder cannot be written to.
        """
        created = datetime.now(UTC)
        name = clean_name(name) or automatic_name(hyperparameters, created, timezone=timezone)

        def write(run: Run) -> None:
            if drawing is not None:
                run.write_drawing(drawing)

        return self._add(
            RunRecord(
                id=new_id(created),
                name=name,
                created=created,
                queued=created,
                owner=by.id if owner is None else owner,
                search=search,
                status="queued",
                hyperparameters=hyperparameters,
            ),
            write,
            by=by,
        )

    def adopt(self, record: RunRecord, parts: Mapping[str, Path], *, by: Person = PROGRAM) -> Run:
        """Add a run that has ended elsewhere, under another id, as somebody's own.

        Args:
            record: what it was there; it belongs to no search here, and nobody has marked it.
            parts: of its files by their names in a run's folder; they are copied.
            by: who brings it.

        Raises:
            NotAllowed: nobody could tell later that it is theirs.
            OSError: the folder cannot be written to.
        """
        changes = {"id": new_id(datetime.now(UTC)), "owner": by.id}
        here = {"queued": None, "before": None, "search": None, "favourite": False}

        def write(run: Run) -> None:
            for name, path in parts.items():
                shutil.copyfile(path, run.directory / name)

        return self._add(record.model_copy(update=changes | here), write, by=by)

    def _add(self, record: RunRecord, write: Callable[[Run], None], *, by: Person) -> Run:
        by.check_may_create()
        self.root.mkdir(parents=True, exist_ok=True)
        # A directory without run.json would be listed as damaged, so it gets its name last.
        hidden = Run(self.root / f"{_NEW}{record.id}")
        hidden.directory.mkdir()
        try:
            hidden._write(record)
            write(hidden)
            run = self._run(hidden.directory.replace(self.root / record.id).name)
        except BaseException:
            shutil.rmtree(hidden.directory, ignore_errors=True)
            raise
        self._note_change()
        return run

    def list(self) -> Sequence[Run]:
        """Return all runs, newest first, damaged ones included; none where there is no folder.

        Hidden folders are left out, and those whose name is not text, which no page could show.
        """
        try:
            with os.scandir(self.root) as entries:
                known = self._runs
                names = [
                    entry.name
                    for entry in entries
                    if _can_be_shown(entry.name)
                    and entry.is_dir()
                    and (entry.name in known or not _is_ghost(Path(entry.path)))
                ]
        except OSError:
            names = []
        names.sort(reverse=True)
        with self._lock:
            known = self._runs
            self._runs = {name: known.get(name) or self._run(name) for name in names}
            return [*self._runs.values()]

    def look(self, *, max_age: float = 0.0) -> Look:
        """Return all runs with their records; the same object as before where nothing changed.

        A look at hundreds of runs takes milliseconds, and a class looks many times a second.

        Args:
            max_age: seconds that the last look may be old; for so long, what other processes
                change may be missed, such as the worker's. What was changed through this store
                never is.
        """
        num_changes, now = self._num_changes, time.monotonic()
        known_changes, looked_at = self._looked_at
        if known_changes == num_changes and now - looked_at < max_age:
            return self._look
        records, last = {run: run.recorded() for run in self.list()}, self._look
        same = map(is_, records.values(), last.records.values())
        if len(records) != len(last.records) or not all(same):
            self._look = last = Look(records)
        self._looked_at = (num_changes, now)
        return last

    def get(self, run_id: str) -> Run:
        """Return the run called `run_id`.

        Raises:
            KeyError: there is no such run.
        """
        # Sought among those that are there: an id from an address makes no path of its own.
        for run in self.list():
            if run.id == run_id:
                return run
        raise KeyError(f"There is no run {run_id!r}.")

    def queued(self, *, max_age: float = 0.0) -> Sequence[Run]:
        """Return the runs that wait for a worker, first in line first; `max_age` as for `look`."""
        return [*self.look(max_age=max_age).queued]

    def sizes(self, look: Look) -> Mapping[Run, int]:
        """Return how many bytes of the disk each run of a look takes, as of some seconds ago."""
        return self._sizes.of(look.records)

    def clean(self) -> None:
        """Remove what a server that was killed left behind, where nobody can still work on it."""
        try:
            directories = [*self.root.iterdir()]
        except OSError:
            return
        for directory in directories:
            is_left = directory.name.startswith((_NEW, _DELETED)) or _is_ghost(directory)
            with suppress(OSError):
                # The time of the last change of its name, too, which a deletion begins with.
                if is_left and time.time() - directory.lstat().st_ctime > _SECONDS_LEFT_ALONE:
                    shutil.rmtree(directory, ignore_errors=True)

    def delete(self, run_id: str, *, by: Person = PROGRAM) -> None:
        """Delete a run with all its files.

        Raises:
            KeyError: there is no such run.
            NotAllowed: it is somebody else's.
            RuntimeError: it is being trained; stop it first.
            OSError: its files cannot be deleted.
        """
        run = self.get(run_id)
        record = run.read()
        by.check_may_change(record.owner)
        # Once its results are written, a worker only measures drawn digits and can do without it.
        if run.is_busy() and not (record.is_finished and record.results):
            raise RuntimeError(f"{record.name} is being trained; stop it first.")
        # Renamed first, so that no page ever sees half a run.
        doomed = self.root / f"{_DELETED}{run_id}"
        try:
            run.directory.replace(doomed)
            if self._audit:
                self._audit.record("delete run", by=by, run=run_id)
            self._note_change()
            # What a link leads to is not ours.
            doomed.unlink() if doomed.is_symlink() else shutil.rmtree(doomed)
        except OSError as error:
            reason = explain_os_error(error)
            raise OSError(f"{record.name} cannot be deleted: {reason}.") from None

    def _run(self, name: str) -> Run:
        return Run(self.root / name, audit=self._audit, on_change=self._note_change)

    def _note_change(self) -> None:
        # An exact number is not needed, only another one.
        self._num_changes += 1


def _can_be_shown(name: str) -> bool:
    """Tell whether a folder's name is that of a run: not hidden, and text in UTF-8."""
    return not name.startswith(".") and not any("\ud800" <= c <= "\udfff" for c in name)


def _is_ghost(directory: Path) -> bool:
    """Tell whether nothing but locks is left of a run: earlier versions locked deleted ones."""
    if directory.is_symlink():
        return False
    try:
        # No more than there are locks, since somebody's folder may hold a million files.
        with os.scandir(directory) as entries:
            names = {entry.name for entry in islice(entries, 3)}
    except OSError:
        return False
    return bool(names) and names <= {files.RECORD_LOCK, files.WORKER_LOCK}
