"""Import models and runs that people bring, in the background; a file is opened in a process apart.

Does not know how a file came.
"""

import threading
from collections import Counter
from concurrent.futures import Future
from pathlib import Path
from tempfile import NamedTemporaryFile

from core.access import Person
from core.audit import AuditLog
from core.background import Background
from core.exchange import ImportRefused, Reading, adapt, import_model
from core.limits import refuse_keeping
from core.process_apart import run_apart
from core.runs import Run, RunStore
from core.settings import ServerSettings

_MOST_WAITING_EACH, _MOST_WAITING = 2, 20


class Imports:
    """Imports one file after the other; thread-safe."""

    def __init__(self, settings: ServerSettings, runs: RunStore, audit: AuditLog) -> None:
        """Prepare to import into `runs`; nothing is done before it is asked for."""
        self._settings, self._runs, self._audit = settings, runs, audit
        self._importing = Background("imports", max_kept=1)
        self._waiting: Counter[str | None] = Counter()
        self._lock = threading.Lock()

    def begin(self, content: bytes | memoryview, name: str, *, by: Person) -> Future[Run]:
        """Import a file; the future raises `ImportRefused` with a sentence for the user.

        Raises:
            ImportRefused: it is not even tried, for the reason that the message says.
            NotAllowed: nobody could tell later that it is theirs.
            OSError: there is no place for the file.
        """
        by.check_may_create()
        if problem := refuse_keeping(self._settings, self._runs, owner=by.id):
            raise ImportRefused(problem)
        with self._lock:
            if self._waiting[by.id] >= _MOST_WAITING_EACH or self._waiting.total() >= _MOST_WAITING:
                raise ImportRefused("Files are being imported already: wait until one is done.")
            self._waiting[by.id] += 1
        try:
            path = _keep(content)
        except BaseException:
            self._end(by)
            raise
        return self._importing.submit(self._import, path, name, by)

    def _import(self, path: Path, name: str, by: Person) -> Run:
        try:
            run = import_model(path, self._runs, name=name, by=by, adapt=_adapt_apart)
        finally:
            path.unlink(missing_ok=True)
            self._end(by)
        self._audit.record("import", by=by, run=run.id)
        return run

    def _end(self, by: Person) -> None:
        with self._lock:
            self._waiting[by.id] -= 1
            self._waiting += Counter()  # forgets those who have nothing waiting


def _keep(content: bytes | memoryview) -> Path:
    with NamedTemporaryFile(prefix="digit-lab-import-", delete=False) as file:
        path = Path(file.name)
        try:
            file.write(content)
        except BaseException:
            path.unlink()
            raise
    return path


def _adapt_apart(source: Path, target: Path, max_parameters: int) -> Reading:
    return run_apart(adapt_prepared, source, target, max_parameters)


def adapt_prepared(source: Path, target: Path, max_parameters: int) -> Reading:
    """Do what `core.exchange.adapt` does, in a process that has done nothing else yet."""
    from core.devices import prepare_devices

    prepare_devices()
    return adapt(source, target, max_parameters)
