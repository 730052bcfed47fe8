"""How a run stands, for every status, request, worker and result."""

from itertools import product

import pytest

from core.hyperparameters import Hyperparameters
from core.runs import RunRecord, changes_by_itself, read_state
from core.runs.record import Control
from core.runs.state import describe_state
from tests.records import results_record

_RESULTS = results_record()
_MEASURED = results_record(drawn_accuracy=0.9)
_STATUSES = (
    *("queued", "running", "paused", "stopped", "completed", "failed", "interrupted"),
    "unreadable",
)


def _record(status, **changes):
    own = {"hyperparameters": Hyperparameters(), "device": "CPU", **changes}
    return RunRecord(id="a", name="a", created="2026-01-01T00:00:00Z", status=status, **own)


def _state(status, *, stop=False, pause=False, busy=False, kept=False, position=None, **changes):
    return describe_state(
        _record(status, **changes),
        Control(stop=stop, pause=pause),
        is_busy=busy,
        has_checkpoint=kept,
        position=position,
    )


_LOADS = "starting: the training process loads TensorFlow and the images"
_DRAWN = "measuring it on drawn digits"
_KEPT = "the best weights so far are kept"


@pytest.mark.parametrize(
    ("status", "given", "detail", "activity"),
    [
        ("queued", {"position": 2}, "number 2 in line", ""),
        ("queued", {}, "", _LOADS),
        ("queued", {"busy": True}, "", _LOADS),
        (
            "queued",
            {"busy": True, "results": _RESULTS},
            "",
            "continues as soon as what it has reached is measured",
        ),
        ("running", {"busy": True}, "on CPU", ""),
        ("running", {"busy": True, "pause": True}, "", "pausing"),
        ("running", {"busy": True, "pause": True, "stop": True}, "", "stopping"),
        ("paused", {"busy": True, "pause": True}, "can be resumed at once", ""),
        ("paused", {"pause": True}, "kept on disk; others train meanwhile", ""),
        ("paused", {"busy": True, "stop": True}, "", "stopping"),
        ("stopped", {"stop": True}, "while it waited", ""),
        ("stopped", {"busy": True, "stop": True}, "", "measuring what it reached"),
        ("stopped", {"busy": True, "results": _RESULTS}, _KEPT, _DRAWN),
        ("stopped", {"busy": True, "results": _MEASURED}, _KEPT, ""),
        ("stopped", {"results": _RESULTS}, _KEPT, ""),
        ("completed", {"results": _RESULTS}, "", ""),
        ("completed", {"results": _RESULTS, "busy": True}, "", _DRAWN),
        ("completed", {"results": _MEASURED, "busy": True}, "", ""),
        (
            "completed",
            {"results": _RESULTS, "stopped_early_at": 3, "busy": True},
            "early, after epoch 3: validation no longer improved",
            _DRAWN,
        ),
        ("failed", {}, "", ""),
        ("interrupted", {}, "", ""),
        ("unreadable", {}, "", ""),
    ],
)
def test_each_state_says_what_it_is_and_what_happens(status, given, detail, activity):
    state = _state(status, **given)
    assert (state.status, state.detail, state.activity) == (status, detail, activity)


def test_what_may_be_asked_of_a_run_in_every_combination():
    for status, results in product(_STATUSES, (None, _RESULTS)):
        for stop, pause, busy, kept in product((False, True), repeat=4):
            state = _state(status, stop=stop, pause=pause, busy=busy, kept=kept, results=results)
            under_way = status in ("queued", "running", "paused")
            ended_early = status in ("stopped", "failed", "interrupted")
            continues = ended_early and kept and (results is not None or not busy)
            assert state.can_pause == (status == "running" and not stop and not pause)
            assert state.can_resume == (status == "paused" or continues)
            assert state.can_stop == (under_way and not stop)
            assert state.can_change_learning_rate == (under_way or continues)
            assert state.can_add_epochs == (status == "completed" and kept)
            assert state.changes_by_itself == (under_way or busy)
            asked = stop or pause or status in ("queued", "paused")
            assert state.awaits_reply == (state.changes_by_itself and asked)


_OFFERS = ("can_pause", "can_resume", "can_stop", "can_change_learning_rate", "can_add_epochs")


@pytest.mark.parametrize(
    ("status", "without_checkpoint", "with_checkpoint"),
    [
        ("queued", "stop change_learning_rate", "stop change_learning_rate"),
        ("running", "pause stop change_learning_rate", "pause stop change_learning_rate"),
        ("paused", "resume stop change_learning_rate", "resume stop change_learning_rate"),
        ("stopped", "", "resume change_learning_rate"),
        ("completed", "", "add_epochs"),
        ("failed", "", "resume change_learning_rate"),
        ("interrupted", "", "resume change_learning_rate"),
        ("unreadable", "", ""),
    ],
)
def test_what_each_status_offers(status, without_checkpoint, with_checkpoint):
    for kept, expected in ((False, without_checkpoint), (True, with_checkpoint)):
        for results in (None, _RESULTS, _MEASURED):
            state = _state(
                status,
                kept=kept,
                busy=status == "running",
                results=results,
                **({"hyperparameters": None} if status == "unreadable" else {}),
            )
            offers = [name for name in _OFFERS if getattr(state, name)]
            assert offers == [f"can_{offer}" for offer in expected.split()]


@pytest.mark.parametrize(
    ("kept", "said", "not_said"),
    [(True, "it can be resumed", "anew"), (False, "trained anew", "resume")],
)
def test_an_interrupted_run_promises_what_it_can_keep(store, kept, said, not_said):
    run = store.create(Hyperparameters())
    run.update(status="running")
    if kept:
        run.checkpoint_path.parent.mkdir()
        run.checkpoint_path.touch()
    record = run.read()
    assert record.status == "interrupted"
    assert said in record.error and not_said not in record.error
    assert read_state(run, record).can_resume == kept


def test_a_run_without_settings_has_no_learning_rate_to_change():
    assert not _state("unreadable").can_change_learning_rate
    record = _record("running").model_copy(update={"hyperparameters": None})
    state = describe_state(record, Control(), is_busy=True, has_checkpoint=True)
    assert not state.can_change_learning_rate


def test_a_run_s_files_give_its_state(store):
    run = store.create(Hyperparameters())
    state = read_state(run, run.read(), position=1)
    assert (state.position, state.can_stop, state.changes_by_itself) == (1, True, True)
    run.update(status="running")
    with run.locked_for_training():
        run.request_pause()
        assert read_state(run, run.read()).activity == "pausing"
    run.update(status="completed", results=_RESULTS)
    with run.locked_for_training():
        assert read_state(run, run.read()).activity == _DRAWN
        assert changes_by_itself(run, run.read())
    assert not changes_by_itself(run, run.read())
