"""The folder that holds all runs: create, list, find, delete. Does not know when one is trained."""

import os
import secrets
import shutil
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from operator import is_
from pathlib import Path

import numpy as np

from core.hyperparameters import Hyperparameters
from core.runs import files
from core.runs.naming import automatic_name
from core.runs.record import RunRecord, clean_name
from core.runs.run import Run

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
        """Return the runs that wait for a worker, first in line first."""
        waiting = {run: record for run, record in self.records.items() if record.status == "queued"}
        return tuple(sorted(waiting, key=lambda run: waiting[run].queued or waiting[run].created))


class RunStore:
    """The folder that holds all runs; all who share it share what was read of their files."""

    def __init__(self, root: Path | str) -> None:
        """Refer to the runs in `root`, which is created with the first run."""
        self.root = Path(root)
        self._lock = threading.Lock()
        self._runs: dict[str, Run] = {}
        self._look = Look({})
        # Changes that this process has made, how many of them the last look knows, and its time.
        self._num_changes = 0
        self._looked_at = (-1, 0.0)

    def create(
        self,
        hyperparameters: Hyperparameters,
        name: str = "",
        *,
        owner: str | None = None,
        timezone: str | None = None,
        drawing: np.ndarray | None = None,
    ) -> Run:
        """Create a run that waits to be trained.

        Args:
            hyperparameters: its settings.
            name: without one it is called after what it is and the time.
            owner: who creates it; whatever tells one browser from another.
            timezone: where that is, such as "Europe/Berlin", for the time in its name.
            drawing: an image of shape `(28, 28)` in [0, 1] that is classified while it trains.

        Raises:
            OSError: the folder cannot be written to.
        """
        created = datetime.now(UTC)
        # Sorts by time, to the microsecond.
        run_id = f"{created:%Y%m%d-%H%M%S-%f}-{secrets.token_hex(2)}"
        name = clean_name(name) or automatic_name(hyperparameters, created, timezone=timezone)
        self.root.mkdir(parents=True, exist_ok=True)
        # A directory without run.json would be listed as damaged, so it gets its name last.
        hidden = Run(self.root / f"{_NEW}{run_id}")
        hidden.directory.mkdir()
        try:
            record = RunRecord(
                id=run_id,
                name=name,
                created=created,
                queued=created,
                owner=owner,
                status="queued",
                hyperparameters=hyperparameters,
            )
            hidden._write(record)
            if drawing is not None:
                hidden.write_drawing(drawing)
            run = self._run(hidden.directory.replace(self.root / run_id).name)
        except BaseException:
            shutil.rmtree(hidden.directory, ignore_errors=True)
            raise
        self._note_change()
        return run

    def list(self) -> Sequence[Run]:
        """Return all runs, newest first, damaged ones included; none where there is no folder."""
        try:
            with os.scandir(self.root) as entries:
                known = self._runs
                names = [
                    entry.name
                    for entry in entries
                    if not entry.name.startswith(".")
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

    def clean(self) -> None:
        """Remove what a server that was killed left behind, where nobody can still work on it."""
        with suppress(OSError):
            for directory in self.root.iterdir():
                is_left = directory.name.startswith((_NEW, _DELETED)) or _is_ghost(directory)
                # The time of the last change of its name, too, which a deletion begins with.
                if is_left and time.time() - directory.stat().st_ctime > _SECONDS_LEFT_ALONE:
                    shutil.rmtree(directory, ignore_errors=True)

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
        doomed = self.root / f"{_DELETED}{run_id}"
        run.directory.replace(doomed)
        self._note_change()
        shutil.rmtree(doomed)

    def _run(self, name: str) -> Run:
        return Run(self.root / name, on_change=self._note_change)

    def _note_change(self) -> None:
        # An exact number is not needed, only another one.
        self._num_changes += 1


def _is_ghost(directory: Path) -> bool:
    """Tell whether nothing but locks is left of a run: earlier versions locked deleted ones."""
    try:
        names = {path.name for path in directory.iterdir()}
    except OSError:
        return False
    return bool(names) and names <= {files.RECORD_LOCK, files.WORKER_LOCK}
