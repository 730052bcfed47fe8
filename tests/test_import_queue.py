"""Files that people bring are imported one after the other, in bounds, and nothing stays."""

import json
import tempfile
from concurrent.futures import BrokenExecutor

import pytest

from core import imports as module
from core.access import NotAllowed, Person
from core.audit import AuditLog
from core.exchange import ImportRefused
from core.imports import Imports
from core.runs import RunStore
from core.settings import PRETRAINED, ServerSettings
from tests.helpers import wait_until

_SOMEBODY, _ANOTHER = Person("somebody"), Person("another")


class _Server:
    def __init__(self, folder, **settings):
        self.settings = ServerSettings(runs=folder / "runs", **settings)
        self.audit = AuditLog(folder / "audit.jsonl")
        self.runs = RunStore(self.settings.runs, audit=self.audit)
        self.imports = Imports(self.settings, self.runs, self.audit)


@pytest.fixture
def received(tmp_path, monkeypatch):
    """The folder of temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_a_model_is_imported_for_who_brought_it_and_noted(tmp_path, received):
    server = _Server(tmp_path)
    run = server.imports.begin(PRETRAINED.read_bytes(), "mine.keras", by=_SOMEBODY).result(120)
    record = run.read()
    assert (record.owner, record.name, record.status) == ("somebody", "mine", "completed")
    assert record.origin.startswith("Imported from mine.keras. It takes images of shape (28, 28)")
    assert run.model_path.read_bytes() == PRETRAINED.read_bytes()
    (line,) = server.audit.path.read_text().splitlines()
    assert {"action": "import", "by": "somebody", "run": run.id}.items() <= json.loads(line).items()
    assert not [*received.iterdir()]


def test_what_is_refused_leaves_nothing(tmp_path, received):
    server = _Server(tmp_path)
    future = server.imports.begin(b"nonsense", "\x1b[31mmine\n.keras", by=_SOMEBODY)
    with pytest.raises(ImportRefused, match=r"^\[31mmine .keras cannot be imported: it is neither"):
        future.result(120)
    assert not server.runs.list()
    assert not [*received.iterdir()]


def test_a_file_that_ends_the_process_that_opens_it_ends_no_other(tmp_path, received, monkeypatch):
    def end(*_):
        raise BrokenExecutor("The process ended.")

    monkeypatch.setattr(module, "run_apart", end)
    server = _Server(tmp_path)
    future = server.imports.begin(PRETRAINED.read_bytes(), "a.keras", by=_SOMEBODY)
    with pytest.raises(ImportRefused, match="ended the process"):
        future.result(60)
    assert not server.runs.list()
    assert not [*received.iterdir()]


def test_one_person_may_have_two_files_waiting_and_hinders_nobody(tmp_path, received, monkeypatch):
    server, go_on = _Server(tmp_path), []
    monkeypatch.setattr(module, "run_apart", lambda *_: wait_until(lambda: go_on) and 1 / 0)
    futures = [server.imports.begin(b"PK\3\4", "a.keras", by=_SOMEBODY) for _ in range(2)]
    with pytest.raises(ImportRefused, match="wait until one is done"):
        server.imports.begin(b"PK\3\4", "a.keras", by=_SOMEBODY)
    futures.append(server.imports.begin(b"PK\3\4", "a.keras", by=_ANOTHER))
    go_on.append(True)
    assert all(isinstance(future.exception(60), ImportRefused) for future in futures)
    server.imports.begin(b"PK\3\4", "a.keras", by=_SOMEBODY).exception(60)


def test_nobody_imports_who_could_not_be_recognised_or_has_no_room(tmp_path, received):
    server = _Server(tmp_path, max_runs=1)
    with pytest.raises(NotAllowed):
        server.imports.begin(b"", "a.keras", by=Person(None, no_id="Allow cookies."))
    server.imports.begin(PRETRAINED.read_bytes(), "a.keras", by=_SOMEBODY).result(120)
    with pytest.raises(ImportRefused, match="keeps at most 1 runs"):
        server.imports.begin(PRETRAINED.read_bytes(), "a.keras", by=_SOMEBODY)
    assert not [*received.iterdir()]
