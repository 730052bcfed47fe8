"""Searches on the pages: started on Train, shown on Runs, and never somebody else's to stop."""
# The fixture `store` is the one of the other pages' tests.
# ruff: noqa: F811

import pytest

from core.access import Person
from core.hyperparameters import Hyperparameters
from core.search import Dimension
from core.server import current_server
from tests.helpers import wait_until
from tests.records import epoch_record, results_record
from tests.test_pages import DATA, open_page, store, texts  # noqa: F401

_RATES = Dimension(field="learning_rate", low=1e-4, high=0.1, log=True)
_BASE = Hyperparameters(architecture="mlp", epochs=2)


def _open_searches():
    app = open_page("runs")
    app.session_state["runs_tab"] = "Searches"
    app.run()
    assert not app.exception
    return app


def _open_train():
    """Open Train with the form of a search unfolded."""
    app = open_page("train", architecture="mlp")
    app.session_state["several_runs"] = True
    app.run()
    assert not app.exception
    return app


def _search(**values):
    own = {"name": "Mine", "method": "tpe", "space": (_RATES,), "num_runs": 20}
    return current_server().searches.create(_BASE, **own | values)


def _trial(store, search, rate, accuracy, **settings):
    run = store.create(
        _BASE.model_copy(update={"learning_rate": rate, **settings}),
        f"rate {rate:g}",
        search=search.id,
    )
    run.append_metrics(epoch_record(1, val_accuracy=accuracy))
    results = results_record(
        val_accuracy=accuracy, test_accuracy=accuracy, drawn_accuracy=0.5, drawn_count=2
    )
    run.update(status="completed", data=DATA, results=results)
    return run


def test_without_a_search_the_page_says_how_to_start_one(store):
    assert "There is no search yet" in texts(_open_searches())


def test_seeds_are_started_on_train_and_shown_on_runs(store):
    app = _open_train()
    app.number_input(key="num_seeds").set_value(4).run()
    app.button(key="start_seeds").click().run()
    assert not app.exception
    (search,) = current_server().searches.list()
    record = search.read()
    assert (record.method, record.num_runs, record.space) == ("seeds", 4, ())
    assert record.hyperparameters.architecture == "mlp"
    assert "0 of 4 runs have ended" in app.get("progress")[0].proto.text
    made = wait_until(lambda: [r for r in store.list() if r.read().search == search.id])
    assert made[0].read().hyperparameters == record.hyperparameters


def test_a_search_is_started_with_what_was_chosen(store):
    app = _open_train()
    app.multiselect(key="search_fields").set_value(["learning_rate", "activation"]).run()
    app.number_input(key="search_learning_rate_to").set_value(0.5).run()
    app.multiselect(key="search_activation").set_value(["relu", "gelu"]).run()
    app.number_input(key="search_runs").set_value(7).run()
    app.number_input(key="search_minutes").set_value(0).run()
    app.selectbox(key="search_method").set_value("random").run()
    app.button(key="start_search").click().run()
    assert not app.exception
    record = current_server().searches.list()[0].read()
    rate, activation = record.space
    assert (rate.low, rate.high, rate.log) == (1e-4, 0.5, True)
    assert activation.choices == ("relu", "gelu")
    assert (record.num_runs, record.minutes, record.method, record.prunes) == (
        7,
        None,
        "random",
        True,
    )


def test_bounds_that_make_no_sense_are_said_and_start_nothing(store):
    app = _open_train()
    app.number_input(key="search_dropout_to").set_value(0.0).run()
    assert "Dropout: the lower bound must be below the upper one" in texts(app)
    assert app.button(key="start_search").disabled
    app.multiselect(key="search_fields").set_value([]).run()
    assert app.button(key="start_search").disabled
    app.multiselect(key="search_fields").set_value(["hidden_units"]).run()
    app.text_input(key="search_hidden_units").set_value("128; many").run()
    assert "Hidden layers: " in texts(app)
    assert app.button(key="start_search").disabled
    app.text_input(key="search_hidden_units").set_value("128; 64, 32").run()
    assert not app.button(key="start_search").disabled


def test_results_name_the_best_and_what_decides(store):
    search = _search(num_runs=6)
    for number, rate in enumerate((1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2)):
        _trial(store, search, rate, 0.9 + 0.01 * number)
    app = _open_searches()
    said = texts(app)
    assert "Best so far: 95.00% on validation images" in said
    assert "learning rate 0.03" in said
    assert "How much each setting decides" in said
    app.button(key="show_trials").click().run()
    assert app.session_state["runs_tab"] == "Table"
    assert len(app.session_state["ticked_runs"]) == 6


def test_seeds_have_mean_and_spread(store):
    search = _search(method="seeds", space=(), num_runs=3)
    for seed, accuracy in enumerate((0.95, 0.96, 0.97)):
        _trial(store, search, 0.003, accuracy, seed=seed)
    assert "Test accuracy 96.00% ± 1.00%" in texts(_open_searches())


def test_a_search_is_stopped_and_asks_before_it_is_deleted(store):
    search = _search()
    run = _trial(store, search, 0.01, 0.9)
    app = _open_searches()
    app.button(key="stop_search").click().run()
    wait_until(lambda: search.read().status == "stopped")
    app.run()
    app.button(key="delete_search").click().run()
    assert "Its runs stay" in texts(app)
    assert current_server().searches.list() and run.read().status == "completed"


def test_what_the_run_of_a_search_does_is_said(store):
    search = _search()
    run = store.create(_BASE, "Mine, run 1", search=search.id)
    with run.locked_for_training():  # as its worker holds it
        run.update(status="running")
        run.append_metrics(epoch_record(1, val_accuracy=0.5))
        assert "Mine, run 1 is in epoch 2 of 2." in texts(_open_searches())
    for gives_way, said in (
        (True, "Mine, run 1 has made room for runs of people, and continues after them."),
        (False, "Mine, run 1 is paused: the search goes on when it is resumed, or stopped."),
    ):
        run.update(status="running")
        run.request_pause(gives_way=gives_way)
        run.update(status="paused")
        store.create(_BASE, "somebody's")  # which waits, so that it goes on giving way
        assert said in texts(_open_searches())


def test_somebody_else_s_search_can_be_looked_at_only(store, monkeypatch):
    monkeypatch.setenv("DIGIT_LAB_SHARED", "true")
    _search(by=Person("another"))
    app = _open_searches()
    keys = {button.key for button in app.button}
    assert not {"stop_search", "delete_search"} & keys


def test_nonsense_from_a_browser_is_as_good_as_no_choice(store):
    _search()
    app = open_page("runs")
    for key in ("runs_tab", "search", "scatter_x", "scatter_data", "scatter_group"):
        app.session_state[key] = "nonsense"
    app.run()
    assert not app.exception
    for tab in ("Scatter", "Searches"):
        app.session_state["runs_tab"] = tab
        app.run()
        assert not app.exception


@pytest.mark.parametrize("key", ["search_fields", "search_method"])
def test_nonsense_on_train_starts_nothing(store, key):
    app = open_page("draw")
    app.session_state[key] = ["nonsense"] if key == "search_fields" else "nonsense"
    app.session_state["several_runs"] = True
    app.switch_page("pages/train.py").run()
    assert not app.exception
