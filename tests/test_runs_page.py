"""The Runs page: what its table says, what several runs have in common, and names that are text."""
# The fixture `store` is the one of the other pages' tests.
# ruff: noqa: F811

import json
import shutil
from concurrent.futures import Future

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.classifier import Classifier
from core.exchange import FORMATS
from core.hyperparameters import Hyperparameters
from core.loading import Loader
from core.runs import Predictions
from core.settings import PRETRAINED
from pages.components.formats import as_text
from tests.test_pages import (
    APP,
    DATA,
    RESULTS,
    completed,
    finish_loading,
    open_page,
    seen,
    store,  # noqa: F401
    texts,
)

TYPED = "![](http://a.b/x.png) :red[x] $x$ **b** <b>c</b> [l](http://a.b)"[:60]


def open_runs(*ticked) -> AppTest:
    """Open the Runs page with these runs ticked."""
    app = AppTest.from_file(APP, default_timeout=30)
    app.session_state["ticked_runs"] = [run.id for run in ticked]
    app.run()
    app.switch_page("pages/runs.py").run()
    assert not app.exception
    return app


def everything(app: AppTest) -> list[str]:
    """Return all Markdown of the page: what it says, its labels, and what its tables hold."""
    found = []
    for element in app.main:
        if element.type == "json":  # shown as it is
            continue
        for attribute in ("value", "label", "help"):
            if isinstance(text := getattr(element, attribute, None), str):
                found.append(text)
    for table in app.table:
        found += [*map(str, table.value.columns), *map(str, table.value.to_numpy().ravel())]
    return found


def test_the_table_begins_with_what_is_asked_for_first(store):
    completed(store, "Mine", num_parameters=101770)
    completed(store, "Theirs", owner="another")
    table = open_page("runs").dataframe[0].value
    first = ["Name", "Test accuracy", "Status", "Data", "Architecture", "Parameters", "Time"]
    assert list(table.columns)[:9] == [*first, "Created", "Drawn digits"]
    assert table["Architecture"].tolist() == ["Multilayer perceptron"] * 2


def test_a_learning_rate_changed_under_way_is_shown_as_it_is(store):
    completed(store, "As planned")
    changed = completed(store, "Changed")
    changed.request_learning_rate(0.0002)
    table = open_page("runs").dataframe[0].value.set_index("Name")
    assert table["Learning rate"]["Changed"] == "0.0002 (changed)"
    assert table["Learning rate"]["As planned"] == "0.003"


def test_several_runs_are_compared_by_what_they_reached_and_where_they_differ(store):
    first = completed(store, "A", num_parameters=101770)
    second = store.create(Hyperparameters(architecture="lstm", epochs=2, batch_size=64), "B")
    results = RESULTS.model_copy(update={"test_accuracy": 0.97})
    second.update(status="completed", data=DATA, results=results)
    table = open_runs(first, second).table[0].value.set_index("")
    assert list(table.columns) == ["A", "B"]
    rows = {title: [seen(text) for text in table.loc[title]] for title in table.index}
    assert rows["Test accuracy"] == ["95.12%", "97.00%"]
    assert rows["Parameters"] == ["101,770", "–"]
    assert rows["Architecture"] == ["Multilayer perceptron", "LSTM"]
    assert rows["Hidden layers"] == ["128", "–"]
    assert rows["Batch size"] == ["128", "64"]
    # What is the same says nothing.
    assert "Epochs" not in rows and "Optimizer" not in rows


def test_several_runs_offer_what_makes_sense_for_several(store):
    runs = [completed(store, name) for name in ("A", "B")]
    app = open_runs(*runs)
    keys = {button.key for button in app.button}
    assert "delete_runs" in keys
    assert not {"rename_run", "use_settings", "open_run"} & keys
    assert app.button(key="delete_runs").label == "Delete 2 runs"
    keys = {button.key for button in open_runs(runs[0]).button}
    assert {"rename_run", "use_settings", "open_run", "delete_runs"} <= keys


def test_a_deletion_says_how_many_and_which(store):
    runs = [completed(store, "Same"), completed(store, "Same"), completed(store, TYPED)]
    app = open_runs(*runs)
    app.button(key="delete_runs").click().run()
    (asked,) = [element.value for element in app.markdown if element.value.startswith("- ")]
    lines = asked.splitlines()
    assert f"- {as_text(TYPED)}" in lines
    assert len(set(lines)) == 3
    assert "**3 runs**" in texts(app)
    assert app.button(key="cancel_delete")
    assert len(store.list()) == 3


def test_runs_whose_settings_are_unknown_can_be_ticked_with_others(store):
    known = completed(store, "Known")
    damaged = completed(store, "Damaged")
    (damaged.directory / "run.json").write_text("{")
    app = open_runs(known, damaged)
    assert app.button(key="delete_runs").label == "Delete 2 runs"


@pytest.mark.parametrize("where", ["draw", "train", "runs", "evaluate"])
def test_what_somebody_typed_is_text_on_every_page(store, where):
    data = DATA.model_copy(update={"name": f"{TYPED}.npz"})
    run = completed(store, TYPED, data=data, error=f"It failed: {TYPED}", status="failed")
    run.model_path.write_bytes(b"no model")
    app = open_runs(run) if where == "runs" else open_page(where, run=run.id)
    finish_loading(app)
    if where == "runs":
        app.button(key="delete_runs").click().run()
    assert [text for text in everything(app) if "![](http" in text or ":red[" in text] == []
    if where in ("train", "runs"):
        assert TYPED in texts(app)


def test_of_two_runs_with_one_name_the_chosen_one_answers(store):
    runs = [completed(store, "Same") for _ in range(3)]
    for run in runs:
        run.model_path.write_bytes(b"any")
    app = open_page("draw")
    box = app.selectbox(key="model")
    assert len(set(box.options)) == 4
    for run in runs:
        app.selectbox(key="model").set_value(run.id).run()
        assert app.selectbox(key="model").value == run.id
        assert app.session_state["model"] == run.id


@pytest.mark.parametrize("sent", ["../../etc/passwd", "", "Same", ".new-1", 7])
def test_a_model_that_nobody_offered_gives_way_to_the_shipped_one(store, monkeypatch, sent):
    completed(store, "Same").model_path.write_bytes(b"any")
    loaded = []
    monkeypatch.setattr(
        Loader, "classifier", lambda _self, path: loaded.append(path) or Future[Classifier]()
    )
    app = AppTest.from_file(APP, default_timeout=30)
    app.session_state["model"] = sent
    app.run()
    assert not app.exception
    assert app.selectbox(key="model").value == "shipped"
    assert set(loaded) == {PRETRAINED}


def _answered(store, name, num_right, *, fingerprint="abc", count=200):
    run = completed(store, name)
    labels = np.zeros(count, np.uint8)
    answers = np.where(np.arange(count) < num_right, 0, 1)
    run.write_test_predictions(
        Predictions(np.eye(10, dtype=np.float32)[answers], labels, "", fingerprint)
    )
    return run


def test_a_difference_that_is_more_than_chance_is_told_from_one_that_is_not(store):
    good, alike, bad = (_answered(store, f"run {n}", n) for n in (190, 188, 120))
    for ticked in ((good, bad), (bad, good)):
        said = texts(open_runs(*ticked)).replace("**", "")
        assert "run 190 is better than run 120, by more than chance (70 images only by the " in said
    said = texts(open_runs(good, alike)).replace("**", "")
    assert "the difference can be chance (2 images only by the former, 0 only" in said
    assert texts(open_runs(good, alike, bad)).count("only by the latter") == 3


def test_answers_to_different_images_are_not_compared(store):
    runs = [_answered(store, f, 100, fingerprint=f) for f in ("abc", "def")]
    assert "by the latter" not in texts(open_runs(*runs))


def test_a_note_and_a_favourite_are_kept_and_found(store):
    runs = [completed(store, f"run {n}") for n in range(6)]
    app = open_runs(runs[2])
    app.text_input(key=f"note_{runs[2].id}").set_value("a **bold** idea").run()
    app.toggle(key=f"favourite_{runs[2].id}").set_value(True).run()
    record = runs[2].read()
    assert (record.note, record.favourite) == ("a **bold** idea", True)
    for key, value in (("filter_name", "BOLD"), ("filter_favourites", True)):
        app = open_runs(runs[0])
        widget = app.text_input if key == "filter_name" else app.toggle
        widget(key=key).set_value(value).run()
        assert app.dataframe[0].value["Name"].tolist() == ["★ run 2"]


def test_filters_that_nothing_passes_say_so(store):
    for n in range(6):
        completed(store, f"run {n}")
    app = open_runs()
    app.text_input(key="filter_name").set_value("no such run").run()
    assert "No run passes these filters" in texts(app)


def test_a_click_on_a_point_opens_its_run(store):
    runs = [completed(store, f"run {n}") for n in range(3)]
    completed(store, "elsewhere", data=DATA.model_copy(update={"fingerprint": "other"}))
    app = open_runs()
    app.session_state["runs_tab"] = "Scatter"
    app.run()
    figure = json.loads(app.get("plotly_chart")[0].proto.spec)
    shown = [ids[0] for trace in figure["data"] for ids in trace["customdata"]]
    assert len(shown) == 1 or set(shown) == {run.id for run in runs}


def _open_exports(*ticked) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=30)
    app.session_state["ticked_runs"] = [run.id for run in ticked]
    app.session_state["export_fold"] = app.session_state["shipped_fold"] = True
    app.run()
    app.switch_page("pages/runs.py").run()
    assert not app.exception
    return app


def _keys(app: AppTest) -> set[str]:
    found = {element.key for kind in ("button", "download_button") for element in app.get(kind)}
    return {key for key in found if key and key.startswith(("take_", "prepare_", "download_"))}


_PREPARED = {f"prepare_{format}" for format in FORMATS}


def test_a_run_is_exported_as_what_there_is_of_it(store):
    whole = completed(store, "Whole")
    shutil.copy(PRETRAINED, whole.model_path)
    assert _keys(_open_exports(whole)) == {"take_run", "take_script", "take_metrics", *_PREPARED}
    waiting = store.create(Hyperparameters(), "Waiting")
    assert _keys(_open_exports(waiting)) == {"take_run"}
    stranger = completed(store, "From elsewhere", hyperparameters=None, data=None, results=None)
    shutil.copy(PRETRAINED, stranger.model_path)
    assert _keys(_open_exports(stranger)) == {"take_run", "take_metrics", *_PREPARED}
    assert _keys(_open_exports()) == _PREPARED, "the shipped model has no run"


def test_a_format_whose_packages_are_missing_says_how_to_get_them(store, monkeypatch):
    monkeypatch.setattr("core.exchange.formats.find_spec", lambda name: None)
    app = _open_exports()
    assert _keys(app) == _PREPARED - {"prepare_litert", "prepare_litert_int8", "prepare_onnx"}
    assert "lacks tf2onnx and onnxruntime" in texts(app)


def test_where_an_imported_run_comes_from_is_said(store):
    run = completed(store, "Mine", origin="Imported from <b>a</b>.keras.")
    app = open_runs(run)
    assert app.dataframe[0].value["Status"].tolist() == ["imported"]
    assert any(seen(text) == "Imported from <b>a</b>.keras." for text in everything(app))
