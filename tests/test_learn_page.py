"""The Learn page: what it shows follows what is moved, and its links fill the form on Train."""
# The fixture `store` is the one of the other pages' tests.
# ruff: noqa: F811

import subprocess
import sys

import pytest

from core.hyperparameters import PRESETS
from core.teaching import BLOCKS, FITS, STATIONS, TERMS, WORKED_NETWORK
from tests.test_pages import SETTINGS, open_page, store, texts  # noqa: F401

# What each block puts into the form, as it opens.
_FILLS = {
    "worked_network": {"architecture": "mlp", "hidden_units": "4"},
    "activations": {"activation": "relu"},
    "losses": {"loss": "mean_squared_error"},
    "softmax": {"label_smoothing": 0.1},
    "descent": {"optimizer": "sgd", "momentum": 0.0, "learning_rate": 0.05},
    "learning_rate": {"learning_rate": 0.05},
    "convolution": {"architecture": "convnet", "kernel_size": 3},
    "pooling": {"architecture": "convnet", "downsampling": "max_pooling"},
    "dropout": {"dropout": 0.3},
    "attention": {"architecture": "vit", "patch_size": 7},
    "lstm": {"architecture": "lstm"},
}


def _open(part, **query):
    return open_page("learn", part=part, **query)


def _loss(app):
    (metric,) = app.metric
    return float(metric.value)


def _formulas(app):
    return "\n".join(element.value for element in app.markdown)


def test_steps_lower_the_loss_until_it_fits_and_can_be_taken_back(store):
    app = _open("network")
    first = _loss(app)
    app.button(key="training_step").click().run()
    one = _loss(app)
    assert one < first
    app.button(key="ten_steps").click().run()
    assert _loss(app) < one
    app.button(key="until_it_fits").click().run()
    assert _loss(app) < FITS
    assert "It fits" in texts(app)
    app.button(key="step_back").click().run()
    assert _loss(app) >= FITS
    app.button(key="start_again").click().run()
    assert _loss(app) == first
    assert app.button(key="step_back").disabled


def test_every_number_follows_an_input_a_weight_the_answer_and_the_learning_rate(store):
    app = _open("network")
    seen = {_formulas(app)}
    app.slider(key="worked_x1").set_value(-0.5).run()
    seen.add(_formulas(app))
    app.selectbox(key="worked_number").set_value("w1: x1 to h1").run()
    app.slider(key="worked_value").set_value(-2.0).run()
    assert "<td>−2.000</td>" in _formulas(app)
    seen.add(_formulas(app))
    app.button(key="step_back").click().run()
    assert app.slider(key="worked_value").value == 0.5
    app.segmented_control(key="worked_right").set_value("y2").run()
    seen.add(_formulas(app))
    app.segmented_control(key="worked_part").set_value("Backward: the gradients").run()
    seen.add(_formulas(app))
    app.select_slider(key="worked_rate").set_value(1.0).run()
    seen.add(_formulas(app))
    assert len(seen) == 6
    assert not app.exception


def test_a_learning_rate_of_zero_changes_nothing(store):
    app = _open("network")
    app.select_slider(key="worked_rate").set_value(0.0).run()
    first = _loss(app)
    for key in ("training_step", "ten_steps", "until_it_fits"):
        app.button(key=key).click().run()
        assert _loss(app) == first


def test_the_article_s_formulas_stand_beside_finite_differences(store):
    app = _open("network")
    app.segmented_control(key="worked_part").set_value("Where the article is wrong").run()
    said = texts(app)
    assert said.count("✗ Off by up to") == 3
    assert said.count("✓ As measured") == 4
    assert "There is no such product" in said
    assert "shapes do not fit" in said


def test_every_block_is_opened_by_its_address_and_fills_the_form(store):
    assert list(_FILLS) == list(BLOCKS)
    for name, settings in _FILLS.items():
        if name == WORKED_NETWORK:
            app = _open("network")
        else:
            app = _open("blocks", block=name)
            assert BLOCKS[name].question in texts(app)
            assert app.query_params["block"] in (name, [name])
        app.button(key=f"try_{name}").click().run()
        assert not app.exception
        assert {field: app.session_state[f"setting_{field}"] for field in settings} == settings
        assert app.button(key="start_training")


def test_a_block_changes_its_settings_in_the_form_and_leaves_the_others(store):
    app = open_page("train", **SETTINGS.model_copy(update={"epochs": 7}).to_query())
    app.switch_page("pages/learn.py").run()
    app.session_state["learn_tab"], app.session_state["learn_block"] = "Building blocks", "losses"
    app.run()
    app.button(key="try_losses").click().run()
    assert app.session_state["setting_loss"] == "mean_squared_error"
    assert app.session_state["setting_epochs"] == 7


def test_what_a_browser_sends_of_its_own_is_as_good_as_no_choice(store):
    app = open_page("draw")
    for key, value in {
        "learn_tab": "nonsense",
        "learn_block": "nonsense",
        "worked_number": "nonsense",
        "worked_rate": float("nan"),
        "worked_x1": "nonsense",
        "stations_found": [],
        "answer_drawn": "nonsense",
    }.items():
        app.session_state[key] = value
    app.switch_page("pages/learn.py").run()
    assert not app.exception
    for tab in ("Building blocks", "Lesson"):
        app.session_state["learn_tab"] = tab
        app.run()
        assert not app.exception
    for part in ("nonsense", "blocks"):
        assert not _open(part, block="nonsense").exception


def test_a_station_is_found_by_its_answer_alone_and_another_gets_a_hint(store):
    app = _open("lesson")
    assert app.get("progress")[0].proto.text == "0 of 6 stations found."
    for count, (name, station) in enumerate(STATIONS.items(), 1):
        wrong = next(choice for choice in station.choices if choice != station.answer)
        assert app.button(key=f"check_{name}").disabled
        app.radio(key=f"answer_{name}").set_value(wrong).run()
        app.button(key=f"check_{name}").click().run()
        assert station.hint in texts(app)
        app.radio(key=f"answer_{name}").set_value(station.answer).run()
        assert station.hint not in texts(app)
        app.button(key=f"check_{name}").click().run()
        assert app.get("progress")[0].proto.text.startswith(f"{count} of 6 stations found.")
    app.button(key="forget_progress").click().run()
    assert app.get("progress")[0].proto.text == "0 of 6 stations found."


@pytest.mark.parametrize("name", [name for name in STATIONS if STATIONS[name].preset])
def test_a_station_fills_the_form(store, name):
    app = _open("lesson")
    app.button(key=f"fill_{name}").click().run()
    preset = PRESETS[STATIONS[name].preset]
    assert app.session_state["setting_learning_rate"] == preset.learning_rate
    assert app.session_state["setting_epochs"] == preset.epochs


def test_the_glossary_has_every_term(store):
    said = texts(_open("glossary"))
    assert all(name in said and term.meaning in said for name, term in TERMS.items())


def test_every_setting_on_train_names_what_explains_it(store):
    app = open_page("train")
    assert "(learn?part=blocks&block=dropout)" in app.number_input(key="setting_dropout").help
    assert "(learn?part=network)" in app.number_input(key="setting_epochs").help
    assert "(learn?part=glossary)" in app.number_input(key="setting_rotation").help


def test_the_page_itself_loads_no_tensorflow():
    code = "import core.teaching, core.charts, sys; print('tensorflow' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout == "False\n"
