"""The page Evaluate as a script: a model judged, models side by side, labelled drawings."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from core.classifier import load_calibration, save_calibration
from core.data import image_fingerprints, load_embedded
from core.drawing import DrawingStore
from core.settings import PRETRAINED
from pages.components.formats import as_text
from tests.helpers import STROKES, draw
from tests.judged import judged_run
from tests.test_pages import (
    completed,
    drawings,  # noqa: F401 - a fixture
    finish_loading,
    open_page,
    seen,
    store,  # noqa: F401 - a fixture
    texts,
)


def _models(app):
    """Return the table of all models."""
    return next(table.value for table in app.dataframe if "Model" in table.value)


def test_evaluate_without_drawings_sends_to_draw_and_measures_the_shipped_model(store):  # noqa: F811
    app = open_page("evaluate")
    assert "Draw a digit and say which one it was" in texts(app)
    assert not app.checkbox
    finish_loading(app)
    table = _models(app)
    assert list(table["Model"]) == ["Shipped model"]
    assert table["Drawn digits"][0] > 90
    assert "scikit-learn load_digits" in texts(app)


def test_evaluate_measures_every_kept_model_and_explains_a_damaged_one(store, drawings):  # noqa: F811
    shutil.copy(PRETRAINED, completed(store, "Good").model_path)
    completed(store, "Damaged").model_path.write_bytes(b"no model")
    completed(store, "Without a model")
    app = open_page("evaluate")
    finish_loading(app)
    table = _models(app).set_index("Model")
    assert list(table.index) == ["Shipped model", "Damaged", "Good"]
    assert table["Your drawings (2)"]["Good"] == table["Your drawings (2)"]["Shipped model"] == 100
    assert table["Drawn digits"].isna().tolist() == [False, True, False]
    assert table["Test data"]["Good"] == "ten images"
    assert len(app.error) == 1
    assert seen(app.error[0].value).startswith("Damaged: model.keras is not a usable model")
    assert "cannot be compared" in texts(app)


def test_evaluate_shows_each_drawing_and_marks_the_misread(store, drawings, tmp_path):  # noqa: F811
    app = open_page("evaluate")
    assert [box.label for box in app.checkbox] == ["**4**", "**7**"]
    said = texts(app)
    assert "**1** was misread" in said
    assert ":gray[read as 4]" in said and "close: read as 1]" in said
    assert str(tmp_path / "drawings") in said and "sent nowhere. They are used to test" in said


def test_evaluate_shows_who_drew_a_drawing_as_it_was_typed(store, drawings):  # noqa: F811
    drawings.set_writer(drawings.list()[:1], "**Ada** :red[x]")
    app = open_page("evaluate")
    (said,) = (markdown.value for markdown in app.markdown if ":gray[by " in markdown.value)
    assert as_text("**Ada** :red[x]") in said
    assert app.button(key="set_writer").disabled


def test_a_drawing_whose_picture_is_damaged_is_shown_and_can_be_deleted(store, drawings):  # noqa: F811
    next(drawings.root.glob("7/*.png")).write_bytes(b"no picture")
    app = open_page("evaluate")
    assert "Its picture is damaged." in texts(app)
    finish_loading(app)
    assert _models(app)["Your drawings (2)"][0] == 100
    app.checkbox[1].check().run()
    assert not app.button(key="delete_drawings").disabled


def test_drawings_are_deleted_only_after_confirmation(store, drawings):  # noqa: F811
    app = open_page("evaluate")
    assert app.button(key="delete_drawings").disabled
    app.button(key="delete_all_drawings").click().run()
    assert "removes **2 drawings**" in texts(app)
    assert len(drawings.list()) == 2
    assert app.button(key="confirm_delete")


def test_many_drawings_are_shown_a_part_at_a_time(store, drawings):  # noqa: F811
    for _ in range(60):
        drawings.add(draw(STROKES[1], side=40), label=1)
    app = open_page("evaluate")
    assert len(app.checkbox) == 48
    next(button for button in app.button if button.label == "Show more").click().run()
    assert len(app.checkbox) == 62


def test_evaluate_shows_the_newest_models_and_all_on_demand(store):  # noqa: F811
    for number in range(14):
        completed(store, str(number)).model_path.write_bytes(b"no model")
    app = open_page("evaluate")
    assert list(_models(app)["Model"][:2]) == ["Shipped model", "13"]
    assert len(_models(app)) == 12
    app.toggle(key="all_models").set_value(True).run()
    assert len(_models(app)) == 15


def _judge(app, run):
    """Choose a model, and wait until it is judged."""
    app.selectbox(key="judged_model").set_value(run.id).run()
    finish_loading(app)


def test_a_run_is_judged_with_its_interval_and_each_digit(store):  # noqa: F811
    run = judged_run(store)
    app = open_page("evaluate")
    _judge(app, run)
    said = texts(app)
    assert "#### 99.40%" in said
    assert "95% confidence 98.70% to 99.72%" in said
    assert "5,000 embedded MNIST images: 1,000 test images" in said
    table = next(table.value for table in app.dataframe if "Recall" in table.value)
    assert table["Images"].sum() == 1000
    assert table["Recall"][4] == pytest.approx(94)
    assert table["Precision"][9] == pytest.approx(100 * 100 / 106)
    assert "6 images, the most confident mistakes first" in said


def test_images_are_filtered_by_what_they_are_and_were_read_as(store):  # noqa: F811
    run = judged_run(store)
    app = open_page("evaluate")
    _judge(app, run)
    app.selectbox(key="read_as").set_value("9").run()
    assert "6 images" in texts(app)
    app.selectbox(key="true_digit").set_value("4").run()
    assert app.selectbox(key="shown_images").value == "All"
    assert "6 images" in texts(app)
    app.selectbox(key="read_as").set_value("4").run()
    assert "94 images" in texts(app)
    app.slider[0].set_range(0, 90).run()
    assert "There is no such image" in texts(app)
    app.slider[0].set_range(0, 100).run()
    app.button(key="more_mistakes").click().run()
    assert not app.exception


def test_nonsense_from_a_browser_is_as_good_as_no_choice(store):  # noqa: F811
    judged_run(store)
    app = open_page("draw")
    for key in ("judged_model", "judged_on", "compared_model", "true_digit", "read_as"):
        app.session_state[key] = "../../etc/passwd"
    app.session_state["chosen_image"] = 10**9
    app.switch_page("pages/evaluate.py").run()
    finish_loading(app)
    assert app.selectbox(key="judged_model").value == "shipped"
    assert app.selectbox(key="true_digit").value == "any"
    assert "#### 9" in texts(app)


def test_what_a_run_saw_is_left_out_and_the_page_says_so(store):  # noqa: F811
    run, test = judged_run(store), load_embedded().x_test
    run.write_seen_images(np.sort(image_fingerprints(test[:3])))
    app = open_page("evaluate")
    _judge(app, run)
    assert "3 of these images are left out: this model saw them in training" in texts(app)
    run = judged_run(store, "Memorised")
    run.write_seen_images(np.sort(image_fingerprints(test)))
    app.run()
    _judge(app, run)
    assert "This model was trained on these images" in texts(app)
    assert "All models" in texts(app)


def test_a_writer_who_is_read_worse_than_others_is_named(store, tmp_path):  # noqa: F811
    own = DrawingStore(tmp_path / "drawings")
    for number in range(12):
        own.add(draw(STROKES[7]), label=7, writer="Ada")
        own.add(draw(STROKES[7]), label=7 if number < 2 else 1, writer="*Ben*")
    app = open_page("evaluate")
    app.selectbox(key="judged_on").set_value("drawings").run()
    finish_loading(app)
    assert "It reads *Ben* worse than the others, by more than chance explains" in texts(app)


def test_a_threshold_is_chosen_on_validation_images_only(store):  # noqa: F811
    run = judged_run(store)
    app = open_page("evaluate")
    _judge(app, run)
    assert "Of the 400 validation images it answers 100.00%" in texts(app)
    app.select_slider(key="refused_share").set_value(0.01).run()
    app.button(key="use_threshold").click().run()
    assert load_calibration(run.model_path).threshold == pytest.approx(0.9, rel=1e-5)
    # What was chosen for one run is nothing that another must have.
    other = judged_run(store, "Other")
    save_calibration(replace(load_calibration(other.model_path), threshold=0.95), other.model_path)
    finish_loading(app)
    _judge(app, other)
    app.select_slider(key="refused_share").set_value(0.0125).run()
    _judge(app, run)
    assert not app.exception
    (run.directory / "validation_predictions.npz").unlink()
    finish_loading(app)
    assert "This run kept no answers to those" in texts(app)
