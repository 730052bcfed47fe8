"""The pages as scripts: what they show when empty, full, failed or given nonsense."""

import os
import re
from concurrent.futures import BrokenExecutor, Executor, Future
from functools import partial
from pathlib import Path

import pytest
import streamlit as st
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Selectbox

from core import server
from core.drawing import DrawingStore
from core.engine import TrainingEngine
from core.evaluation import Robustness, RobustnessPoint
from core.hyperparameters import FIELDS, LESSONS, PRESET_NOTES, PRESETS, Hyperparameters
from core.runs import DataRecord, Run, RunRecord, RunStore, cache
from pages.components import model_choice, resources
from pages.components.formats import as_text
from tests.helpers import STROKES, draw
from tests.records import epoch_record, results_record, step_record

APP = str(Path(__file__).resolve().parents[1] / "frame.py")
SETTINGS = Hyperparameters(architecture="mlp", epochs=2)
DATA = DataRecord(name="ten images", fingerprint="abc", num_train=8, num_val=1, num_test=1)
RESULTS = results_record(
    best_epoch=2, val_accuracy=0.97, test_loss=0.2, test_accuracy=0.9512, seconds=12.0
)


class IdleExecutor(Executor):
    """Takes runs and never trains one, so that what a page shows is what the test wrote."""

    def __init__(self):
        self.futures = []

    def submit(self, *_args, **_kwargs):
        self.futures.append(Future())
        return self.futures[-1]

    def shutdown(self, **_kwargs):
        for future in self.futures:
            future.set_exception(BrokenExecutor())


def few_curves(_predict, _images, labels, *, on_progress):
    """Return curves as a model would have them that a rotation confuses."""
    on_progress(1.0)
    points = tuple(RobustnessPoint(level=d, correct=len(labels) // (1 + d)) for d in (0, 1))
    return Robustness(count=len(labels), curves={"rotation": points})


@pytest.fixture
def store(tmp_path, monkeypatch):
    """The folder of runs of the server under test."""
    monkeypatch.setenv("DIGIT_LAB_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("DIGIT_LAB_DRAWINGS", str(tmp_path / "drawings"))
    monkeypatch.setenv("DIGIT_LAB_DOWNLOAD", "false")
    monkeypatch.setattr("core.data.dataset.MNIST_CACHE", tmp_path / "no-cache.npz")
    monkeypatch.setattr("core.loading.MNIST_CACHE", tmp_path / "no-cache.npz")
    # No browser is there to paint first.
    monkeypatch.setattr("core.loading._SECONDS_FOR_FIRST_PAGE", 0.0)
    monkeypatch.setattr(
        server, "TrainingEngine", partial(TrainingEngine, start_executor=IdleExecutor)
    )
    # However slow the machine is, what has failed is shown as it is and not tried again.
    monkeypatch.setattr("core.background._SECONDS_BEFORE_RETRY", 600.0)
    # Curves take seconds of two cores, and tests/test_reports.py measures them.
    monkeypatch.setattr("core.reports.measure_robustness", few_curves)
    server.close_server()
    yield RunStore(tmp_path / "runs")
    server.close_server()


@pytest.fixture
def drawings(store, tmp_path):
    """The server's folder of labelled drawings: a 7 that was read as a 1, and a newer 4."""
    drawings = DrawingStore(tmp_path / "drawings")
    for label, answer in ((7, 1), (4, 4)):
        drawings.add(draw(STROKES[label]), label=label, answer=answer, strokes=STROKES[label])
    return drawings


def open_page(name: str, **query: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=30)
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    if name != "draw":
        app.switch_page(f"pages/{name}.py").run()
    assert not app.exception
    return app


def texts(app: AppTest) -> str:
    """Everything that the page says, typed text as it is seen."""
    parts = (app.subheader, app.markdown, app.caption, app.info, app.warning, app.error)
    return seen("\n".join(str(element.value) for elements in parts for element in elements))


def seen(markdown: str) -> str:
    """Markdown without what keeps typed text from being rendered."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", markdown).replace("\u2060", "")


def finish_loading(app: AppTest) -> None:
    """Wait for what the page loads behind it, and show it."""
    loader, reports = resources.loader(), resources.reports()
    measuring = (reports._images, reports._answering, reports._reporting, reports._accuracies)
    for thread in (loader._loading, *measuring):
        thread.submit(lambda: None).result(timeout=60)
    app.run()
    assert not app.exception


def completed(store: RunStore, name: str = "", **changes) -> Run:
    run = store.create(SETTINGS, name)
    for epoch in (1, 2):
        run.append_metrics(step_record(epoch, epoch=epoch - 0.5))
        run.append_metrics(epoch_record(epoch))
    run.update(**{"status": "completed", "data": DATA, "results": RESULTS, **changes})
    return run


def test_draw_opens_with_an_empty_canvas_and_no_answer(store):
    app = open_page("draw")
    assert app.metric[0].value == "–"
    assert app.button(key="clear_canvas").disabled
    assert app.button(key="undo_stroke").disabled


def test_draw_says_that_the_network_is_loading_and_then_what_to_do(store, monkeypatch):
    monkeypatch.setattr("core.loading._SECONDS_FOR_FIRST_PAGE", 60.0)
    app = open_page("draw")
    assert "The network is loading" in texts(app)
    resources.loader().begin()
    finish_loading(app)
    assert "Draw a digit from 0 to 9" in texts(app)


def test_draw_without_its_model_says_so_and_stays_up(store, monkeypatch, tmp_path):
    monkeypatch.setattr(model_choice, "PRETRAINED", tmp_path / "gone.keras")
    app = open_page("draw")
    finish_loading(app)
    assert "There is no model at" in seen(app.error[0].value)
    assert app.metric[0].value == "–"


def test_draw_offers_the_shipped_model_and_every_run_that_kept_one(store):
    kept = completed(store, "Kept")
    kept.model_path.write_bytes(b"any")
    completed(store, "Without a model")
    options = open_page("draw").selectbox(key="model").options
    assert options == [
        "Shipped model: 99.60% on MNIST, test",
        "Kept: 95.12% on ten images, test",
    ]


def test_a_damaged_model_of_a_run_is_explained_and_another_can_be_chosen(store):
    run = completed(store, "Damaged")
    run.model_path.write_bytes(b"not a model")
    app = open_page("draw")
    app.selectbox(key="model").set_value(run.id).run()
    finish_loading(app)
    assert "model.keras is not a usable model" in seen(app.error[0].value)
    app.selectbox(key="model").set_value("shipped").run()
    finish_loading(app)
    assert not app.error


def test_the_model_of_a_run_that_was_deleted_gives_way_to_the_shipped_one(store):
    run = completed(store)
    run.model_path.write_bytes(b"any")
    app = open_page("draw")
    app.selectbox(key="model").set_value(run.id).run()
    store.delete(run.id)
    app.run()
    finish_loading(app)
    assert app.selectbox(key="model").value == "shipped"
    assert not app.error


def test_train_says_that_nothing_was_trained_yet(store):
    app = open_page("train")
    assert "Nothing has been trained yet" in texts(app)
    assert not app.button(key="start_training").disabled


def test_train_tells_what_a_run_would_use_before_it_starts(store):
    app = open_page("train", architecture="mlp", batch_size="32", epochs="5")
    finish_loading(app)
    assert "**101,770** parameters" in texts(app)
    assert "**3,600** training images, **400** for validation, **1,000** for the final" in texts(
        app
    )
    assert "**565** steps" in texts(app)
    assert "5,000 embedded MNIST images" in texts(app)


def widget_keys(app: AppTest) -> set[str]:
    kinds = (app.selectbox, app.number_input, app.text_input, app.toggle)
    return {widget.key for kind in kinds for widget in kind}


def test_every_hyperparameter_that_applies_has_a_widget(store):
    shown: set[str] = set()
    for choices in (
        {"architecture": "mlp", "optimizer": "sgd", "loss": "mean_squared_error"},
        {"architecture": "convnet", "optimizer": "adamw", "learning_rate_schedule": "step"},
        {"architecture": "resnet", "learning_rate_schedule": "reduce_on_plateau"},
        {"architecture": "lstm"},
        {"architecture": "vit"},
    ):
        app = open_page("train", **choices)
        settings = Hyperparameters(**choices)
        expected = {f"setting_{name}" for name in FIELDS if settings.applies(name)}
        assert widget_keys(app) == expected
        shown |= expected
    assert shown == {f"setting_{name}" for name in FIELDS}


def folds(app: AppTest) -> list[str]:
    return [fold.label for fold in app.expander if not fold.label.startswith("Several runs")]


def test_what_a_beginner_does_not_need_is_in_a_fold_that_counts_changes(store):
    app = open_page("train", architecture="vit")
    assert [box.key for box in app.expander[0].selectbox] == ["setting_initial_weights"]
    # No fold where it would be empty, as under Computation.
    assert folds(app) == ["Advanced"] * 4
    app.selectbox(key="setting_initial_weights").set_value("he_normal").run()
    app.number_input(key="setting_gradient_clipping").set_value(1.0).run()
    app.number_input(key="setting_weight_averaging").set_value(0.9).run()
    assert folds(app) == [
        "Advanced (1 changed)",
        "Advanced (2 changed)",
        "Advanced",
        "Advanced",
    ]


def test_a_change_that_has_no_effect_is_not_counted(store):
    app = open_page("train", downsampling="strides", label_smoothing="0.1")
    assert folds(app)[:2] == ["Advanced (1 changed)"] * 2
    app.selectbox(key="setting_architecture").set_value("mlp").run()
    app.selectbox(key="setting_loss").set_value("mean_squared_error").run()
    # Only the loss itself is changed now.
    assert folds(app)[:2] == ["Advanced", "Advanced (1 changed)"]


def test_a_hidden_setting_keeps_its_value_until_it_matters_again(store):
    app = open_page("train", architecture="vit", embedding_size="48")
    app.selectbox(key="setting_architecture").set_value("mlp").run()
    assert "setting_embedding_size" not in widget_keys(app)
    app.selectbox(key="setting_architecture").set_value("vit").run()
    assert app.number_input(key="setting_embedding_size").value == 48


def test_settings_that_do_not_go_together_are_named_and_cannot_be_started(store):
    app = open_page("train", architecture="vit")
    app.number_input(key="setting_embedding_size").set_value(50).run()
    (error,) = app.error
    assert error.value == as_text(
        "Embedding size must be a multiple of attention heads, but received 50 and 4."
    )
    assert app.button(key="start_training").disabled
    app.number_input(key="setting_attention_heads").set_value(5).run()
    assert not app.button(key="start_training").disabled


def test_a_wrong_setting_that_is_hidden_cannot_stand_in_the_way(store):
    app = open_page("train", architecture="mlp")
    app.text_input(key="setting_hidden_units").set_value("many").run()
    assert app.button(key="start_training").disabled
    app.selectbox(key="setting_architecture").set_value("convnet").run()
    assert not app.error
    app.button(key="start_training").click().run()
    assert store.list()[0].read().hyperparameters == Hyperparameters()


def test_a_plan_that_waits_for_validation_says_so(store):
    app = open_page("train", plateau_patience="3")
    waits = "has not improved for 3 epochs in a row"
    assert waits not in texts(app)
    app.selectbox(key="setting_learning_rate_schedule").set_value("reduce_on_plateau").run()
    assert waits in texts(app)


def test_the_form_knows_the_bounds_and_explains_each_setting(store):
    app = open_page("train")
    epochs = app.number_input(key="setting_epochs")
    assert (epochs.min, epochs.max, epochs.value) == (1, 200, 3)
    assert epochs.help.startswith(FIELDS["epochs"].description)
    assert epochs.help.endswith("[Learn: One small network](learn?part=network)")


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_fills_the_whole_form_and_the_address(store, name):
    app = open_page("train", optimizer="sgd", momentum="0.5")
    kind, other = ("lesson", "preset") if name in LESSONS else ("preset", "lesson")
    app.button_group(key=kind).set_value(name).run()
    preset = PRESETS[name]
    assert app.button_group(key=other).value is None
    assert PRESET_NOTES[name] in texts(app)
    assert app.selectbox(key="setting_optimizer").value == preset.optimizer
    assert app.number_input(key="setting_learning_rate").value == preset.learning_rate
    assert app.query_params.get("momentum") == preset.to_query().get("momentum")
    app.button(key="start_training").click().run()
    assert store.list()[0].read().hyperparameters == preset


def test_settings_that_cannot_be_used_are_named_and_cannot_be_started(store):
    app = open_page("train", architecture="mlp")
    app.text_input(key="setting_hidden_units").set_value("128, many").run()
    assert "Hidden layers" in app.error[0].value
    assert app.button(key="start_training").disabled
    app.text_input(key="setting_hidden_units").set_value("64, 32").run()
    assert not app.error
    assert not app.button(key="start_training").disabled


def test_a_link_to_what_no_machine_could_train_builds_nothing_and_says_what_to_lower(
    store, monkeypatch
):
    def fail(*_args, **_kwargs):
        raise AssertionError("a weight was made")

    monkeypatch.setattr("keras.Variable.__init__", fail)
    app = open_page(
        "train", filters="1024,1024,1024,1024", kernel_size="7", convolutions_per_block="3"
    )
    finish_loading(app)
    (error,) = app.error
    assert "parameters" in error.value and "Choose fewer or smaller layers" in error.value
    assert app.button(key="start_training").disabled
    app.text_input(key="setting_filters").set_value("8").run()
    assert not app.error
    assert not app.button(key="start_training").disabled


def test_padding_that_leaves_no_pixel_is_refused_beside_a_start_that_cannot_be_pressed(store):
    app = open_page("train")
    app.button_group(key="preset").set_value("accurate").run()
    app.selectbox(key="setting_padding").set_value("valid").run()
    (error,) = app.error
    assert "has no pixel left of the image" in error.value
    assert "Choose fewer blocks" in error.value
    assert app.button(key="start_training").disabled


def test_a_link_with_nonsense_opens_with_defaults_and_names_what_was_refused(store):
    app = open_page("train", epochs="0", seed="tomorrow", batch_size="64")
    warnings = " ".join(warning.value for warning in app.warning)
    assert "Epochs" in warnings
    assert as_text("received 'tomorrow'") in warnings
    assert app.number_input(key="setting_epochs").value == 3
    assert app.number_input(key="setting_batch_size").value == 64


# What somebody may type, paste or send; none of it may end in an exception on the page.
_NONSENSE_TEXT = [
    "",
    "  ",
    "1e9",
    "-5",
    "x" * 10_000,
    "\u0663, \u0664",
    "8;8",
    "![](http://a.b/c.png)",
]
_NONSENSE_NUMBERS = [-1, 0, 2**31, 10**300, 1e-300]


def test_nothing_that_the_form_can_hold_raises_on_the_page(store):
    app = open_page("train", architecture="mlp")
    for text in _NONSENSE_TEXT:
        app.text_input(key="setting_hidden_units").set_value(text).run()
        assert not app.exception
        (error,) = app.error
        assert "separated by commas" in error.value
        assert len(error.value) < 300
        assert "![" not in error.value
        assert app.button(key="start_training").disabled
    app.text_input(key="setting_hidden_units").set_value("64").run()
    fields = [field.key for field in app.number_input if field.key]
    assert len(fields) > 15
    for value in _NONSENSE_NUMBERS:
        for key in fields:
            app.number_input(key=key).set_value(value)
        app.run()
        assert not app.exception
        assert not app.error
    for key, value in (("epochs", None), ("dropout", float("nan")), ("shift", float("inf"))):
        app.number_input(key=f"setting_{key}").set_value(value).run()
        assert not app.exception


def test_a_choice_that_the_form_does_not_offer_is_replaced_by_the_default(store, monkeypatch):
    app = open_page("train", architecture="mlp", optimizer="sgd")
    sent = property(lambda box: WidgetState(id=box.id, string_value="../../etc"))
    with monkeypatch.context() as patch:
        patch.setattr(Selectbox, "_widget_state", sent)
        app.run()
    assert not app.exception and not app.error
    assert app.selectbox(key="setting_architecture").value == "convnet"
    assert app.selectbox(key="setting_optimizer").value == "adam"
    assert not app.button(key="start_training").disabled


def test_start_puts_a_run_into_the_queue_and_says_so(store):
    app = open_page("train", architecture="mlp")
    app.button(key="start_training").click().run()
    assert "queued" in texts(app)
    assert [run.read().status for run in store.list()] == ["queued"]
    assert app.button(key="stop_training")


def test_a_waiting_run_shows_its_place_and_can_be_cancelled(store):
    first, second = store.create(SETTINGS, "first"), store.create(SETTINGS, "second")
    app = open_page("train", run=second.id)
    assert "number " in texts(app) and " in line" in texts(app)
    app.button(key="stop_training").click().run()
    assert second.read().status == "stopped"
    assert first.read().status == "queued"
    assert "stopped · while it waited" in texts(app)


def test_a_running_run_shows_its_progress(store):
    run = completed(store, status="running", results=None, device="CPU")
    with run.locked_for_training():
        app = open_page("train", run=run.id)
        assert "running · on CPU" in texts(app)
        assert app.button(key="stop_training")
    assert "running" not in texts(app.run())


def test_a_rerun_reads_only_what_is_new(store, monkeypatch):
    run = completed(store, results=None, status="stopped")
    app = open_page("train", run=run.id)
    for path in run.directory.iterdir():
        os.utime(path, (1e9, 1e9))
    app.run()
    parsed = []
    validate, parse = RunRecord.model_validate_json, cache.parse_record
    monkeypatch.setattr(
        RunRecord, "model_validate_json", lambda text: parsed.append("record") or validate(text)
    )
    monkeypatch.setattr(cache, "parse_record", lambda line: parsed.append(line) or parse(line))
    app.run()
    assert parsed == []
    run.append_metrics(step_record(3, epoch=2.5))
    run.update(name="Another name")
    os.utime(run.directory / "run.json", (1e9, 1e9))
    parsed.clear()
    assert "Another name" in texts(app.run())
    assert parsed.count("record") == 1
    assert sum(b"2.5" in line for line in parsed if line != "record") == 1
    assert len([line for line in parsed if line]) == 2


def test_a_finished_run_shows_what_it_reached_and_on_which_data(store):
    app = open_page("train", run=completed(store).id)
    said = texts(app)
    assert "completed" in said
    assert "95.12%" in said and "1 test images of ten images" in said


@pytest.mark.parametrize("where", ["train", "runs"])
@pytest.mark.parametrize("status", ["failed", "interrupted"])
def test_a_run_that_did_not_end_well_says_why(store, where, status):
    changes = {"failed": {"status": "failed", "error": "It ran out of luck."}}
    run = completed(store, results=None, **changes.get(status, {"status": "running"}))
    app = open_page(where, run=run.id)
    expected = "It ran out of luck." if status == "failed" else "process ended unexpectedly"
    assert expected in seen(app.error[0].value)


def test_a_run_says_how_it_reads_drawn_digits_and_whose_they_are(store):
    measured = RESULTS.model_copy(
        update={"drawn_accuracy": 0.8765, "drawn_count": 12, "drawn_name": "12 drawn digits"}
    )
    run = completed(store, results=measured)
    for page in ("train", "runs"):
        said = texts(open_page(page, run=run.id))
        assert "87.65%" in said and "12 drawn digits" in said
    assert open_page("runs").dataframe[0].value["Drawn digits"][0] == pytest.approx(87.65)


def test_a_finished_run_is_shown_while_its_drawn_digits_are_measured(store):
    run = completed(store)
    with run.locked_for_training():
        said = texts(open_page("train", run=run.id))
        assert "95.12%" in said
        assert "completed · :shimmer[measuring it on drawn digits]" in said
    assert "measuring" not in texts(open_page("train", run=run.id))


def test_a_preview_shows_what_augmentation_does_and_nothing_without_any(store):
    caption = "Top row: training images as they are"
    app = open_page("train")
    finish_loading(app)
    assert caption not in texts(app)
    app.number_input(key="setting_rotation").set_value(20.0).run()
    finish_loading(app)
    assert caption in texts(app)
    app.number_input(key="setting_rotation").set_value(0.0).run()
    assert caption not in texts(app)


def test_runs_says_that_there_are_none_yet(store):
    assert "There are no runs yet" in texts(open_page("runs"))


def test_runs_lists_each_run_with_its_figures(store):
    completed(store, "Good")
    store.create(SETTINGS, "Waiting")
    table = open_page("runs").dataframe[0].value
    assert list(table["Name"]) == ["Waiting", "Good"]
    assert list(table["Status"]) == ["queued", "completed"]
    assert table["Test accuracy"][1] == pytest.approx(95.12)
    assert table["Data"][1] == "ten images"


def test_damaged_and_foreign_directories_are_listed_with_their_reason(store):
    completed(store, "Good")
    broken = store.root / "z-broken"
    broken.mkdir()
    (broken / "run.json").write_text("{")
    app = open_page("runs")
    assert list(app.dataframe[0].value["Status"]) == ["unreadable", "completed"]
    assert "run.json is invalid" in seen(app.error[0].value)


def test_settings_in_run_json_out_of_bounds_are_explained(store):
    run = completed(store, "Edited")
    path = run.directory / "run.json"
    path.write_text(path.read_text().replace('"epochs": 2', '"epochs": 0'))
    app = open_page("runs")
    assert "Epochs: a whole number from 1 to 200; received 0" in seen(app.error[0].value)


def test_runs_on_different_data_are_not_compared(store):
    runs = [
        completed(store, "A"),
        completed(store, "B", data=DATA.model_copy(update={"fingerprint": "other"})),
    ]
    app = AppTest.from_file(APP, default_timeout=30)
    app.session_state["ticked_runs"] = [run.id for run in runs]
    app.run()
    app.switch_page("pages/runs.py").run()
    assert "cannot be compared" in app.warning[0].value


def test_a_run_is_deleted_only_after_confirmation(store):
    run = completed(store, "Precious")
    app = open_page("runs")
    app.button(key="delete_runs").click().run()
    assert "Precious" in texts(app)
    assert run.directory.exists()
    assert app.button(key="confirm_delete")


def test_the_settings_of_a_run_can_be_used_again(store):
    run = store.create(Hyperparameters(architecture="mlp", hidden_units=(99,)), "Again")
    run.update(status="stopped")
    app = open_page("runs")
    app.button(key="use_settings").click().run()
    assert not app.exception
    assert app.text_input(key="setting_hidden_units").value == "99"


def test_a_rerun_neither_clears_keras_nor_collects_all_garbage(store):
    import keras

    from core.loading import prepare_server_process

    prepare_server_process()
    before = keras.backend.clear_session
    marker = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    open_page("train").run()
    assert keras.backend.clear_session is before
    # A cleared session would start counting names from the beginning.
    assert keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).name != marker.name
    assert st.get_option("runner.postScriptGC") is False
    assert st.get_option("server.fileWatcherType") == "none"
