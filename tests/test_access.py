"""Who may do what: every operation, asked for by its owner, a teacher and strangers."""

import ast
import json
from dataclasses import replace
from pathlib import Path

import pytest

from core.access import PROGRAM, NotAllowed, Person
from core.audit import AuditLog
from core.classifier import (
    Calibration,
    calibration_path,
    choose_threshold,
    load_calibration,
    model_fingerprint,
    save_calibration,
)
from core.drawing import DrawingArchive, DrawingLimits
from core.hyperparameters import Hyperparameters
from core.runs import Run, RunStore
from tests.helpers import STROKES, draw
from tests.records import results_record

OWNER = Person("aaaaaaaaaaaa")
STRANGER = Person("bbbbbbbbbbbb")
WITHOUT_COOKIE = Person(None, no_id="Allow cookies.")
TEACHER = Person("cccccccccccc", is_in_charge=True)
SETTINGS = Hyperparameters(architecture="mlp", epochs=2)

# Each with the status that a run has to have before somebody can ask for it.
OPERATIONS = {
    "stop": ("running", lambda store, run, by: run.request_stop(by=by)),
    "cancel": ("queued", lambda store, run, by: run.request_stop(by=by)),
    "pause": ("running", lambda store, run, by: run.request_pause(by=by)),
    "resume": ("paused", lambda store, run, by: run.request_resume(by=by)),
    "continue": ("stopped", lambda store, run, by: run.request_resume(by=by)),
    "more epochs": ("completed", lambda store, run, by: run.request_more_epochs(2, by=by)),
    "learning rate": ("running", lambda store, run, by: run.request_learning_rate(0.01, by=by)),
    "rename": ("completed", lambda store, run, by: run.rename("Another name", by=by)),
    "threshold": ("completed", lambda store, run, by: choose_threshold(run, 0.9, by=by)),
    "delete": ("completed", lambda store, run, by: store.delete(run.id, by=by)),
}


def _files(run):
    return {path.name: path.read_bytes() for path in run.directory.glob("*.json")}


def _with_calibration(run):
    """Give a run a calibrated model, as training does."""
    run.model_path.write_bytes(b"weights")
    fingerprint = model_fingerprint(run.model_path)
    save_calibration(Calibration(1.5, 0.6, fingerprint), run.model_path)


@pytest.fixture
def owned(store):
    """Return a run of `OWNER` in a status."""

    def create(status):
        run = store.create(SETTINGS, "Mine", by=OWNER)
        _with_calibration(run)
        run.update(status=status)
        return run

    return create


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("by", [STRANGER, WITHOUT_COOKIE], ids=["stranger", "without cookie"])
def test_a_stranger_is_refused_and_nothing_is_changed(store, owned, operation, by):
    status, act = OPERATIONS[operation]
    run = owned(status)
    before = _files(run)
    with pytest.raises(NotAllowed, match="Only the person who started this run, or a teacher"):
        act(store, run, by)
    assert _files(run) == before


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("by", [OWNER, TEACHER, PROGRAM], ids=["owner", "teacher", "program"])
def test_its_owner_and_a_teacher_may_do_everything(store, owned, operation, by):
    status, act = OPERATIONS[operation]
    run = owned(status)
    before = _files(run)
    act(store, run, by)
    assert _files(run) != before


def test_a_run_without_an_owner_is_a_teacher_s_alone(store):
    run = store.create(SETTINGS)
    assert run.read().owner is None
    for by in (OWNER, WITHOUT_COOKIE):
        with pytest.raises(NotAllowed):
            store.delete(run.id, by=by)
    store.delete(run.id, by=TEACHER)
    assert not store.list()


def test_a_run_belongs_to_whoever_creates_it(store):
    assert store.create(SETTINGS, by=OWNER).read().owner == OWNER.id
    with pytest.raises(NotAllowed, match=r"Allow cookies\."):
        store.create(SETTINGS, by=WITHOUT_COOKIE)
    assert len(store.list()) == 1


def test_epochs_are_added_within_the_limit_only(owned):
    run = owned("completed")
    for epochs in (0, -1, 4, 10**400):
        with pytest.raises(ValueError, match="more epochs"):
            run.request_more_epochs(epochs, most=3, by=OWNER)
    assert run.read().status == "completed"


@pytest.mark.parametrize("threshold", [-0.1, 1.1, float("nan"), float("inf")])
def test_a_threshold_is_a_share(owned, threshold):
    run = owned("completed")
    with pytest.raises(ValueError, match="expected a threshold from 0 to 1, not"):
        choose_threshold(run, threshold, by=OWNER)
    assert load_calibration(run.model_path).threshold == 0.6


def test_a_threshold_is_chosen_anew_and_the_temperature_stays(owned):
    run = owned("stopped")
    before = load_calibration(run.model_path)
    for threshold in (0, 0.25, 1):
        choose_threshold(run, threshold, by=OWNER)
        assert load_calibration(run.model_path) == replace(before, threshold=threshold)


@pytest.mark.parametrize("status", ["queued", "running", "paused"])
def test_no_threshold_is_chosen_while_a_run_is_under_way(owned, status):
    run = owned(status)
    with run.locked_for_training(), pytest.raises(ValueError, match=r"^Mine is under way; .*\.$"):
        choose_threshold(run, 0.9, by=OWNER)
    assert load_calibration(run.model_path).threshold == 0.6


def test_a_threshold_waits_for_results_and_not_for_drawn_digits(owned):
    run = owned("stopped")
    with run.locked_for_training():
        with pytest.raises(ValueError, match="under way"):
            choose_threshold(run, 0.9, by=OWNER)
        run.update(results=results_record())
        choose_threshold(run, 0.9, by=OWNER)
    assert load_calibration(run.model_path).threshold == 0.9


def test_no_threshold_is_chosen_for_a_model_without_a_calibration_of_its_own(owned):
    run = owned("completed")
    run.model_path.write_bytes(b"other weights")
    before = _files(run)
    with pytest.raises(ValueError, match=r"^The model of Mine has no calibration\.$"):
        choose_threshold(run, 0.9, by=OWNER)
    assert _files(run) == before
    calibration_path(run.model_path).unlink()
    with pytest.raises(ValueError, match="has no calibration"):
        choose_threshold(run, 0.9, by=OWNER)


def test_what_changes_or_ends_a_run_is_in_the_audit_log_and_refusals_are_not(tmp_path):
    store = RunStore(tmp_path / "runs", audit=AuditLog(tmp_path / "audit.jsonl"))
    run = store.create(SETTINGS, by=OWNER)
    _with_calibration(run)
    for act in (
        run.request_stop,
        lambda by: choose_threshold(run, 0.9, by=by),
        lambda by: store.delete(run.id, by=by),
    ):
        with pytest.raises(NotAllowed):
            act(by=STRANGER)
    with pytest.raises(ValueError, match="under way"):
        choose_threshold(run, 0.9, by=OWNER)
    run.request_stop(by=TEACHER)
    choose_threshold(run, 0.9, by=OWNER)
    store.delete(run.id, by=OWNER)
    lines = [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text().splitlines()]
    assert [(line["action"], line["by"], line["run"]) for line in lines] == [
        ("stop", TEACHER.id, run.id),
        ("set threshold", OWNER.id, run.id),
        ("delete run", OWNER.id, run.id),
    ]


# Drawings: nobody gets another's, so nobody can look at, export or delete them.


@pytest.fixture
def archive(tmp_path):
    return DrawingArchive(tmp_path / "drawings", is_shared=True)


@pytest.mark.parametrize("other", [STRANGER, TEACHER], ids=["stranger", "teacher"])
def test_drawings_are_seen_exported_and_deleted_by_their_owner_alone(archive, other):
    kept = archive.of(OWNER).add(draw(STROKES[7]), label=7)
    theirs = archive.of(other)
    assert theirs.list() == []
    assert b".png" not in theirs.export()
    theirs.delete([kept])
    theirs.delete_all()
    with pytest.raises(OSError, match="no such file"):
        theirs.picture(kept)
    assert archive.of(OWNER).list() == [kept]


def test_without_a_cookie_no_drawing_is_kept_on_a_shared_server(archive):
    for person in (WITHOUT_COOKIE, Person("../../etc"), Person("")):
        with pytest.raises(NotAllowed):
            archive.of(person)


def test_on_a_server_of_one_user_all_drawings_are_theirs(tmp_path):
    archive = DrawingArchive(tmp_path, is_shared=False)
    kept = archive.of(OWNER).add(draw(STROKES[7]), label=7)
    assert archive.of(WITHOUT_COOKIE).list() == [kept]


def test_drawings_are_limited_for_each_person_and_for_all_together(tmp_path):
    from core.drawing import TooManyDrawings

    limits = DrawingLimits(per_person=2, in_all=3)
    archive = DrawingArchive(tmp_path, is_shared=True, limits=limits)
    small = draw(STROKES[1], side=32)
    own = archive.of(OWNER)
    kept = [own.add(small, label=1) for _ in range(2)]
    with pytest.raises(TooManyDrawings, match="At most 2 drawings"):
        own.add(small, label=1)
    archive.of(STRANGER).add(small, label=1)
    with pytest.raises(TooManyDrawings, match="at most 3 drawings"):
        archive.of(STRANGER).add(small, label=1)
    own.delete(kept)
    own.add(small, label=1)


def test_drawings_go_after_as_many_days_as_the_owner_of_the_server_says(tmp_path, monkeypatch):
    from datetime import UTC, datetime, timedelta

    from core.drawing import labelled_drawings

    archive = DrawingArchive(tmp_path, is_shared=True, limits=DrawingLimits(days=7))
    own = archive.of(OWNER)
    old = own.add(draw(STROKES[1], side=32), label=1)
    later = datetime.now(UTC) + timedelta(days=7, minutes=1)

    class Later(datetime):
        @classmethod
        def now(cls, tz=None):
            return later

    monkeypatch.setattr(labelled_drawings, "datetime", Later)
    new = own.add(draw(STROKES[1], side=32), label=1)
    assert own.list() == [new]
    assert archive.delete_expired() == 1
    monkeypatch.undo()
    assert own.list() == [new] != [old]
    assert own.count() == 1


def test_pages_always_name_the_person_who_asks():
    asked = {
        "rename",
        "create",
        "choose_threshold",
        *(name for name in dir(Run) if name.startswith("request_")),
    }
    asked -= {"request_release"}
    nameless, found = [], 0
    for path in (Path(__file__).parents[1] / "pages").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            # Called, or handed to what calls it later.
            if isinstance(node, ast.Call):
                parts = (node.func, *node.args[:1])
                names = {getattr(part, "attr", getattr(part, "id", "")) for part in parts}
                is_delete = "delete" in names and "run_store" in ast.unparse(node)
                if names & asked or is_delete:
                    found += 1
                    if "by" not in {keyword.arg for keyword in node.keywords}:
                        nameless.append(f"{path.name}: {ast.unparse(node)}")
    assert found >= 8
    assert not nameless
