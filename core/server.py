"""What all sessions of one server share, from its start to its end.

Lives outside of Streamlit's caches, which any browser may ask to be emptied. Knows no pages.
"""

import logging
import threading
from functools import cached_property

from core.audit import AuditLog
from core.drawing import DrawingArchive, DrawingLimits
from core.engine import TrainingEngine
from core.explainer import Explainer
from core.exports import Exports
from core.identity import Identity, load_secret
from core.imports import Imports
from core.loading import Loader
from core.reading import explain_os_error
from core.reports import Reports
from core.runs import RunStore
from core.search import SearchRunner, SearchStore
from core.settings import SERVER_FOLDER, ServerSettings
from core.teachers import Teachers

_log = logging.getLogger(__name__)


class Server:
    """The stores, the queue and the loader of one server; each begins when it is first used."""

    def __init__(self, settings: ServerSettings | None = None) -> None:
        """Read the settings from the environment where none are given; start nothing."""
        self.settings = settings or ServerSettings()
        self.audit = AuditLog(self.settings.runs / "audit.jsonl")
        self.runs = RunStore(self.settings.runs, audit=self.audit)
        self.drawings = DrawingArchive(
            self.settings.drawings,
            is_shared=self.settings.shared,
            limits=DrawingLimits(
                self.settings.max_drawings,
                self.settings.max_drawings_in_all,
                self.settings.keep_drawings_days,
            ),
        )
        self.loader = Loader(self.settings)
        self.reports = Reports(self.settings, self.loader)
        self.explainer = Explainer(self.settings, self.loader)
        self.exports = Exports(self.settings, self.reports)
        self.imports = Imports(self.settings, self.runs, self.audit)
        self.searches = SearchStore(
            self.settings.runs / SERVER_FOLDER / "searches", audit=self.audit
        )
        self._lock = threading.Lock()
        self._engine: TrainingEngine | None = None
        self._search_runner: SearchRunner | None = None

    @cached_property
    def identity(self) -> Identity:
        """Return what tells browsers apart."""
        return Identity(load_secret(self.settings.runs / SERVER_FOLDER / "secret"))

    @cached_property
    def teachers(self) -> Teachers:
        """Return who may change everything."""
        key = self.settings.teacher_key
        return Teachers(
            self.identity,
            key=key.get_secret_value() if key else None,
            listed=self.settings.teachers,
            path=self.settings.runs / SERVER_FOLDER / "teachers.json",
        )

    @property
    def engine(self) -> TrainingEngine:
        """Return the queue, started and with its worker warming up at the first call."""
        with self._lock:
            if self._engine is None:
                self._engine = TrainingEngine(self.runs, mnist=self.settings.mnist)
                self._search_runner = SearchRunner(
                    self.searches, self.runs, self.settings, wake=self._engine.wake
                )
            return self._engine

    def delete_expired_drawings(self) -> None:
        """Delete the drawings that are older than they are to be kept."""
        try:
            if number := self.drawings.delete_expired():
                _log.info("%s drawings were deleted, as they were too old.", number)
        except OSError as error:
            _log.warning("Expired drawings cannot be deleted: %s", explain_os_error(error))

    def close(self) -> None:
        """End the queue and its worker, whatever they are doing."""
        with self._lock:
            if self._search_runner is not None:
                self._search_runner.close()
            if self._engine is not None:
                self._engine.close()


_lock = threading.Lock()
_server: Server | None = None


def current_server() -> Server:
    """Return the server of this process, which begins with the first call."""
    global _server
    with _lock:
        if _server is None:
            _server = Server()
        return _server


def close_server() -> None:
    """End the server of this process; the next `current_server` is another one."""
    global _server
    with _lock:
        if _server is not None:
            _server.close()
        _server = None
