"""The page Evaluate as a script: a model judged, models side by side, labelled drawings."""

import shutil

from core.settings import PRETRAINED
from pages.components.formats import as_text
from tests.helpers import STROKES, draw
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
