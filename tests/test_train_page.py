"""The Train page: what it says before a start, of those that wait, and of a run in each status."""
# The fixture `store` is the one of the other pages' tests.
# ruff: noqa: F811

import errno
import re
from functools import partial
from types import SimpleNamespace

import pytest

from core import server
from core.engine import TrainingEngine
from core.hyperparameters import Hyperparameters
from core.server import close_server
from pages.components.train import waiting_runs
from tests.helpers import wait_until
from tests.record_curves import load
from tests.test_pages import (
    SETTINGS,
    IdleExecutor,
    completed,
    finish_loading,
    open_page,
    seen,
    store,  # noqa: F401
    texts,
)

_QUERY = SETTINGS.to_query()


def progress(app):
    """The text of the progress bar."""
    (bar,) = app.get("progress")
    return bar.proto.text


def test_how_long_a_run_takes_is_said_beside_start_and_how_sure_that_is(store):
    app = open_page("train", **_QUERY)
    finish_loading(app)
    assert "Roughly 5 s, not yet timed on this machine" in texts(app)
    completed(store)
    assert "About 5 s on this machine" in texts(app.run())
    app.selectbox(key="setting_architecture").set_value("convnet").run()
    assert re.search("Roughly .+ on this machine", texts(app))


def test_what_cannot_have_its_effect_is_said_before_the_start(store):
    app = open_page(
        "train",
        learning_rate_schedule="reduce_on_plateau",
        plateau_patience="5",
        early_stopping_patience="3",
        epochs="30",
    )
    assert "Training would stop early before the learning rate has fallen" in texts(app)
    assert not app.button(key="start_training").disabled


def test_what_a_note_advises_before_the_start_is_applied_to_the_form(store):
    settings = {"learning_rate_schedule": "cosine", "warmup_epochs": "3", "epochs": "2"}
    app = open_page("train", **settings)
    assert "The warm-up takes the whole run" in texts(app)
    assert "(learn?part=blocks&block=learning_rate)" in texts(app)
    app.button(key="apply_warm_up_only").click().run()
    assert app.number_input(key="setting_warmup_epochs").value == 1.0
    assert "The warm-up takes the whole run" not in texts(app)


def test_what_the_coach_advises_of_a_run_is_applied_to_the_form(store):
    record, metrics = load("sgd_rate_1")
    run = completed(store, hyperparameters=record.hyperparameters)
    for entry in metrics.records:
        run.append_metrics(entry)
    app = open_page("train", run=run.id)
    assert "ReLU neurons" in texts(app)
    app.button(key="apply_dead_neurons").click().run()
    assert not app.exception
    assert app.number_input(key="setting_learning_rate").value == 0.1
    assert app.session_state["setting_optimizer"] == "sgd"


def test_settings_that_are_invalid_are_named_beside_start(store):
    app = open_page("train", architecture="mlp")
    app.text_input(key="setting_hidden_units").set_value("many").run()
    assert app.button(key="start_training").disabled
    beside = [caption.value for caption in app.caption if "Hidden layers" in caption.value]
    assert len(beside) == 1


def test_who_has_enough_runs_waiting_is_told_beside_start(store, monkeypatch):
    monkeypatch.setenv("DIGIT_LAB_MAX_WAITING", "1")
    close_server()
    app = open_page("train", **_QUERY)
    app.button(key="start_training").click().run()
    assert app.button(key="start_training").disabled
    assert "as many as one person may have here" in app.error[0].value


def test_a_folder_that_cannot_be_written_to_is_named_beside_start(store):
    store.root.write_text("a file where a folder belongs")
    app = open_page("train", **_QUERY)
    app.button(key="start_training").click().run()
    assert not app.exception
    assert "cannot be written to" in app.error[0].value


@pytest.mark.parametrize(
    ("status", "has_begun", "expected"),
    [
        ("queued", False, "None of 2 epochs so far"),
        ("queued", True, "Epoch 2 of 2"),
        ("stopped", False, "None of 2 epochs so far"),
        ("failed", False, "None of 2 epochs so far"),
        ("completed", True, "Epoch 2 of 2"),
        ("interrupted", True, "Epoch 2 of 2"),
    ],
)
def test_no_status_says_more_epochs_than_there_were(store, status, has_begun, expected):
    run = completed(store) if has_begun else store.create(SETTINGS)
    run.update(status=status, results=None)
    assert progress(open_page("train", run=run.id)) == expected


def test_the_header_says_whose_settings_are_where(store):
    run = store.create(Hyperparameters(architecture="mlp", hidden_units=(40,)))
    run.update(status="stopped")
    app = open_page("train", run=run.id)
    assert app.subheader[0].value == "New run"
    assert "The form for a new run holds other settings: Architecture" in texts(app)
    app.button(key="use_run_settings").click().run()
    assert app.text_input(key="setting_hidden_units").value == "40"
    assert "The form for a new run holds the same settings." in texts(app)
    assert not [button for button in app.button if button.key == "use_run_settings"]


@pytest.mark.parametrize(
    ("seconds", "before_is_finished", "expected"),
    [
        (None, False, "starts when the runs before it have ended"),
        (240.0, False, "starts in about 4 min"),
        (31.0, False, "starts in about 30 s"),
        (0.0, False, "starts next"),
        (0.0, True, "starts when the run before it has been measured"),
    ],
)
def test_a_start_that_is_near_is_no_number_of_seconds(
    store, monkeypatch, seconds, before_is_finished, expected
):
    before, waiting = store.create(SETTINGS), store.create(SETTINGS)
    before.update(status="completed" if before_is_finished else "running")
    engine = SimpleNamespace(current=before.id, problem=None)
    monkeypatch.setattr(waiting_runs, "run_store", lambda: store)
    monkeypatch.setattr(waiting_runs, "training_engine", lambda: engine)
    monkeypatch.setattr(waiting_runs, "estimate_starts", lambda *_, **__: {waiting.id: seconds})
    assert waiting_runs.expected_start(waiting) == expected


def test_the_run_beside_the_list_has_one_estimate_of_its_start(store):
    for name in ("first", "second", "third"):
        shown = store.create(SETTINGS, name)
    app = open_page("train", run=shown.id)
    (line,) = [text.value for text in app.markdown if "third" in text.value]
    assert line.endswith("shown below")
    assert "in line, starts" in texts(app)


def test_what_keeps_training_from_starting_is_said_until_it_can_start(store, monkeypatch):
    results = [BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")] * 2
    idle = IdleExecutor()

    def start():
        if results:
            raise results.pop()
        return idle

    monkeypatch.setattr("core.engine._FIRST_PAUSE", 0.5)
    monkeypatch.setattr(server, "TrainingEngine", partial(TrainingEngine, start_executor=start))
    app = open_page("train", **_QUERY)
    wait_until(lambda: server.current_server().engine.problem)
    app.button(key="start_training").click().run()
    (error,) = app.error
    assert "Training cannot start: its process cannot be started (Resource" in seen(error.value)
    assert "number 1 in line, starts when training can start again" in texts(app)
    wait_until(lambda: server.current_server().engine.current)
    idle.futures.pop(0).set_result(None)  # TensorFlow is loaded
    assert not app.run().error
    assert "training process loads TensorFlow" in texts(app)
