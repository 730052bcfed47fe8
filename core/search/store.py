"""The folder that holds all searches: create, list, stop, delete. Does not know when one runs."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from core.access import PROGRAM, Person
from core.audit import AuditLog
from core.hyperparameters import Hyperparameters
from core.runs.cache import CachedFile
from core.runs.files import write_text
from core.runs.locking import locked
from core.runs.naming import new_id
from core.search.record import Method, SearchRecord
from core.search.space import Dimension

_MOST_BYTES = 64_000
_LOCK_SECONDS = 10.0
MAX_UNDER_WAY, MAX_OWN, MAX_IN_ALL = 3, 50, 500


class Search:
    """One search's file."""

    def __init__(self, path: Path, *, audit: AuditLog | None = None) -> None:
        """Refer to the file at `path`, which need not hold a search.

        `audit` gets a line whenever somebody stops or deletes it.
        """
        self.id, self._path, self._audit = path.stem, path, audit
        self._file = CachedFile(path, SearchRecord.model_validate_json, most=_MOST_BYTES)

    def read(self) -> SearchRecord | None:
        """Return what the file says; None where it holds no search."""
        try:
            record = self._file.read()
        except (OSError, ValueError):
            return None
        return record if record.id == self.id else None

    def request_stop(self, *, by: Person = PROGRAM) -> None:
        """Let it make no more runs.

        Raises:
            NotAllowed: it is somebody else's.
        """
        with self.changing() as record:
            by.check_may_change(record.owner)
            if record.status != "running":
                return
            self.write(record, status="stopping", problem="")
        if self._audit:
            self._audit.record("stop search", by=by, search=self.id)

    @contextmanager
    def changing(self) -> Iterator[SearchRecord]:
        """Yield what the file says while nobody else changes it.

        Raises:
            KeyError: there is no such search.
            TimeoutError: somebody else has changed it for seconds.
        """
        with locked(self._path.with_suffix(".lock"), timeout=_LOCK_SECONDS):
            record = self.read()
            if record is None:
                raise KeyError(f"There is no search {self.id!r}.")
            yield record

    def write(self, record: SearchRecord, **changes: Any) -> SearchRecord:
        """Write a record with changes, within `changing`; return it."""
        changed = SearchRecord.model_validate({**dict(record), **changes})
        write_text(self._path, changed.model_dump_json())
        return changed

    def delete(self, *, by: Person = PROGRAM) -> None:
        """Delete the search; its runs stay.

        Raises:
            NotAllowed: it is somebody else's.
        """
        with self.changing() as record:
            by.check_may_change(record.owner)
            self._path.unlink(missing_ok=True)
        if self._audit:
            self._audit.record("delete search", by=by, search=self.id)
        self._path.with_suffix(".lock").unlink(missing_ok=True)


class SearchStore:
    """The folder that holds all searches."""

    def __init__(self, root: Path, *, audit: AuditLog | None = None) -> None:
        """Refer to the searches in `root`, which is created with the first one.

        `audit` gets a line whenever somebody stops or deletes one.
        """
        self._root, self._audit = root, audit
        self._known: dict[str, Search] = {}

    def create(
        self,
        hyperparameters: Hyperparameters,
        *,
        name: str,
        method: Method,
        space: Sequence[Dimension] = (),
        num_runs: int,
        minutes: float | None = None,
        prunes: bool = False,
        by: Person = PROGRAM,
    ) -> Search:
        """Create a search that makes its first run as soon as it may.

        Raises:
            NotAllowed: nobody could tell later that it is theirs.
            ValueError: it would make no sense; the message says why.
            OSError: the folder cannot be written to.
        """
        by.check_may_create()
        if problem := self._refuse(by.id):
            raise ValueError(problem)
        created = datetime.now(UTC)
        search_id = new_id(created)
        try:
            record = SearchRecord(
                id=search_id,
                name=name,
                created=created,
                owner=by.id,
                hyperparameters=hyperparameters,
                method=method,
                space=tuple(space),
                num_runs=num_runs,
                minutes=minutes,
                prunes=prunes,
            )
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise ValueError(str(first["msg"])) from None
        self._root.mkdir(parents=True, exist_ok=True)
        path = self._root / f"{search_id}.json"
        write_text(path, record.model_dump_json())
        return self._search(path)

    def list(self) -> Sequence[Search]:
        """Return all searches, the newest first; files that hold none are left out."""
        return [*self.look()]

    def look(self) -> Mapping[Search, SearchRecord]:
        """Return all searches with what their files say, as `list` does."""
        try:
            paths = [path for path in self._root.iterdir() if path.suffix == ".json"]
        except OSError:
            return {}
        known = {path.stem: self._search(path) for path in paths if not path.name.startswith(".")}
        self._known = known
        found = [known[name] for name in sorted(known, reverse=True)]
        return {search: record for search in found if (record := search.read())}

    def _refuse(self, owner: str | None) -> str | None:
        """Return why this person may not start one more search; None where they may."""
        found = self.look().values()
        own = [record for record in found if record.owner == owner]
        if sum(record.is_under_way for record in own) >= MAX_UNDER_WAY:
            return (
                f"You have {MAX_UNDER_WAY} searches under way, as many as one person may have. "
                "Wait until one has ended, or stop one on the Runs page."
            )
        if len(own) >= MAX_OWN:
            return f"You have {MAX_OWN} searches. Delete some on the Runs page first."
        if len(found) >= MAX_IN_ALL:
            return f"There are {MAX_IN_ALL} searches here. Some have to be deleted first."
        return None

    def get(self, search_id: str) -> Search:
        """Return the search called `search_id`.

        Raises:
            KeyError: there is no such search.
        """
        for search in self.list():
            if search.id == search_id:
                return search
        raise KeyError(f"There is no search {search_id!r}.")

    def _search(self, path: Path) -> Search:
        return self._known.get(path.stem) or Search(path, audit=self._audit)
