"""The pages of a shared server, as owners of runs, strangers and a teacher see them."""

import pytest

from core import server as server_module
from core.identity import Identity
from core.server import close_server, current_server
from tests.judged import judged_run
from tests.test_pages import (
    completed,
    finish_loading,
    open_page,
    seen,
    store,  # noqa: F401 - a fixture
    texts,
)

ALICE, BOB = "aaaaaaaaaaaa", "bbbbbbbbbbbb"
_KEY = "correct horse battery"
_CONTROLS = {"stop_training", "pause_training", "resume_training", "change_learning_rate"}


@pytest.fixture
def shared(store, monkeypatch):  # noqa: F811
    """A shared server; returns what makes the next page that of a person, None without a cookie."""
    monkeypatch.setenv("DIGIT_LAB_SHARED", "true")
    monkeypatch.setenv("DIGIT_LAB_TEACHER_KEY", _KEY)
    close_server()

    def enter(person):
        monkeypatch.setattr(Identity, "browser", lambda self, cookie: person)

    enter(ALICE)
    return enter


def _buttons(app):
    return {button.key for button in app.button}


def test_a_newcomer_s_train_page_shows_no_stranger_s_run(shared, store):  # noqa: F811
    run = completed(store, "Theirs", owner=ALICE)
    run.update(status="paused")
    shared(BOB)
    app = open_page("train")
    assert "Theirs" not in texts(app)
    assert "You have trained nothing here yet" in texts(app)
    assert not _buttons(app) & _CONTROLS


@pytest.mark.parametrize("status", ["queued", "paused", "running"])
def test_a_stranger_sees_whose_run_it_is_and_no_control(shared, store, status):  # noqa: F811
    run = store.create(completed(store).read().hyperparameters, "Theirs", owner=ALICE)
    run.update(status=status)
    with run.locked_for_training():
        shared(BOB)
        app = open_page("train", run=run.id)
        assert f"Trained by person {ALICE}" in texts(app)
        assert f"Only person {ALICE} or a teacher can steer this run." in texts(app)
        assert not _buttons(app) & _CONTROLS
        assert f"cancel_{run.id}" not in _buttons(app)
        shared(ALICE)
        app = open_page("train", run=run.id)
        assert "Trained by you" in texts(app)
        assert _buttons(app) & _CONTROLS


def test_a_stranger_may_take_over_settings_and_neither_rename_nor_delete(
    shared,
    store,  # noqa: F811
):
    completed(store, "Theirs", owner=ALICE)
    shared(BOB)
    app = open_page("runs")
    assert "use_settings" in _buttons(app)
    assert not _buttons(app) & {"rename_run", "delete_runs"}
    assert app.dataframe[0].value["Owner"].tolist() == [f"person {ALICE}"]
    shared(ALICE)
    assert _buttons(open_page("runs")) >= {"rename_run", "delete_runs", "use_settings"}


def test_of_several_runs_only_one_s_own_are_deleted(shared, store):  # noqa: F811
    mine, theirs = completed(store, "Mine", owner=BOB), completed(store, "Theirs", owner=ALICE)
    shared(BOB)
    app = open_page("train")
    app.session_state["ticked_runs"] = [mine.id, theirs.id]
    app.run()
    app.switch_page("pages/runs.py").run()
    button = app.button(key="delete_runs")
    assert button.label == "Delete 1 run of yours"
    button.click().run()
    assert "**one run**" in texts(app)
    assert "- Mine" in texts(app)


def test_without_a_cookie_one_may_look_and_is_told_why_one_may_not_start(shared, store):  # noqa: F811
    run = completed(store, "Theirs", owner=ALICE)
    shared(None)
    app = open_page("train", run=run.id)
    assert app.button(key="start_training").disabled
    assert "Your browser keeps no cookie" in seen(app.error[0].value)
    assert "Theirs" in texts(app)
    assert "Your browser keeps no cookie" in texts(open_page("evaluate"))
    assert not open_page("draw").exception
    app = open_page("account")
    assert app.button(key="delete_own_data").disabled


def test_a_start_that_a_page_would_not_offer_is_refused_in_core(shared, store):  # noqa: F811
    app = open_page("train", architecture="mlp")
    shared(None)  # the cookie is gone while the page is open
    app.button(key="start_training").click().run()
    assert not store.list()
    assert "Your browser keeps no cookie" in seen(app.error[0].value)


def test_a_run_that_is_started_belongs_to_whoever_started_it(shared, store):  # noqa: F811
    open_page("train", architecture="mlp").button(key="start_training").click().run()
    assert [run.read().owner for run in store.list()] == [ALICE]


def test_who_types_the_key_is_a_teacher_who_sees_and_may_delete_all(shared, store):  # noqa: F811
    completed(store, "Theirs", owner=ALICE)
    store.create(completed(store).read().hyperparameters, "Waits", owner=ALICE)
    shared(BOB)
    app = open_page("account")
    assert "#### This server" not in texts(app)
    app.text_input[0].set_value("wrong key")
    app.button[-1].click().run()
    assert "That is not the key" in texts(app)
    app.text_input[0].set_value(_KEY)
    app.button[-1].click().run()
    assert "#### This server" in texts(app)
    assert app.dataframe[0].value["Run"].tolist() == ["Waits"]
    assert app.dataframe[0].value["Owner"].tolist() == [f"person {ALICE}"]
    assert _buttons(open_page("runs")) >= {"rename_run", "delete_runs"}
    app = open_page("account")
    app.button(key="dismiss_teacher").click().run()
    assert "#### This server" not in texts(app)
    assert not _buttons(open_page("runs")) & {"rename_run", "delete_runs"}


def test_a_person_deletes_all_that_is_theirs_after_a_confirmation(shared, store):  # noqa: F811
    completed(store, "Mine", owner=ALICE)
    completed(store, "Theirs", owner=BOB)
    app = open_page("account")
    assert "1 run and 0 labelled drawings" in texts(app)
    app.button(key="delete_own_data").click().run()
    assert len(store.list()) == 2
    assert "removes **1 run and 0 labelled drawings**" in texts(app)
    assert app.button(key="confirm_delete")


def test_a_server_of_one_user_asks_for_no_identity_and_shows_everything(store):  # noqa: F811
    completed(store, "Another browser's", owner=BOB)
    app = open_page("account")
    assert "1 run and 0 labelled drawings" in texts(app)
    assert "person" not in texts(app)
    assert _buttons(open_page("runs")) >= {"rename_run", "delete_runs"}


def test_emptying_streamlit_s_caches_leaves_the_server_as_it_is(store):  # noqa: F811
    import streamlit as st

    open_page("train")
    server = current_server()
    engine = server.engine
    st.cache_resource.clear()
    st.cache_data.clear()
    open_page("train")
    assert server_module.current_server() is server
    assert server.engine is engine
    assert engine._thread.is_alive()


def test_only_the_owner_of_a_run_chooses_its_threshold(shared, store):  # noqa: F811
    run = judged_run(store, owner=ALICE)
    for person, may in ((BOB, False), (ALICE, True)):
        shared(person)
        app = open_page("evaluate")
        app.selectbox(key="judged_model").set_value(run.id).run()
        finish_loading(app)
        assert ("use_threshold" in _buttons(app)) == may
        assert ("only they, or a teacher, can choose its threshold" in texts(app)) != may
