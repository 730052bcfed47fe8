"""What people did is written down, one line each, by their pseudonym."""

import json
import logging
import stat
from datetime import datetime

from core import audit
from core.access import Person
from core.audit import AuditLog

_SOMEBODY = Person("aaaaaaaaaaaa")


def _lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_each_line_says_when_what_who_and_which_run(tmp_path):
    path = tmp_path / "runs" / "audit.jsonl"
    AuditLog(path).record("delete run", by=_SOMEBODY, run="20261125-1")
    AuditLog(path).record("export", by=_SOMEBODY)
    first, second = _lines(path)
    assert datetime.fromisoformat(first.pop("time")).tzinfo is not None
    assert first == {"action": "delete run", "by": _SOMEBODY.id, "run": "20261125-1"}
    assert second["run"] is None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_same_login_is_written_down_once(tmp_path, monkeypatch):
    monkeypatch.setattr(audit, "_MAX_KEYS", 2)
    log = AuditLog(tmp_path / "audit.jsonl")
    for key in ("a", "a", "b", "a", "c", "b"):
        log.record_once(key, "login", by=_SOMEBODY)
    # After a and b came c, for which a was forgotten.
    assert len(_lines(log.path)) == 3


def test_a_log_that_has_grown_is_set_aside(tmp_path, monkeypatch):
    monkeypatch.setattr(audit, "_MAX_BYTES", 200)
    log = AuditLog(tmp_path / "audit.jsonl")
    for _ in range(20):
        log.record("stop", by=_SOMEBODY)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["audit.1.jsonl", "audit.jsonl"]
    assert all(path.stat().st_size < 400 for path in tmp_path.iterdir())


def test_what_cannot_be_written_is_in_the_server_s_own_log(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    with caplog.at_level(logging.WARNING):
        AuditLog(tmp_path / "file" / "audit.jsonl").record("stop", by=_SOMEBODY, run="1")
    assert "cannot be written" in caplog.text
    assert '"action": "stop"' in caplog.text
