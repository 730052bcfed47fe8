"""The Explain page as a script: what it shows of an answer, and of addresses that are nonsense."""

import numpy as np

from core.data import load_embedded
from core.drawing import image_to_text
from models.mlp import mlp
from tests.test_pages import (
    completed,
    open_page,
    store,  # noqa: F401 - a fixture
    texts,
)


def _shown(app):
    return texts(app).replace("*", "")


def _query(app):
    """Return the address, of which AppTest gives what the page wrote in another form."""
    return {k: v if isinstance(v, str) else v[0] for k, v in app.query_params.items()}


def test_the_answer_comes_first_and_then_the_ink_that_decided(store):  # noqa: F811
    app = open_page("explain", on="test", image="5")
    label = int(load_embedded().y_test[4])
    assert f"Image 5 (5,000 embedded MNIST images: 1,000 test images): {label}" in _shown(app)
    assert "Orange counts for it, blue against it." in _shown(app)
    assert f"Why {label}?" in _shown(app)
    assert "Both should be the same." in _shown(app)
    assert _query(app) == {"on": "test", "image": "5"}
    # Two digits are contrasted, and another image begins anew.
    other = (label + 1) % 10
    app.selectbox(key="explained_against").select(str(other)).run()
    assert f"Why {label} and not {other}?" in _shown(app)
    app.number_input(key="explained_image").set_value(6).run()
    assert f"Why {load_embedded().y_test[5]}?" in _shown(app)
    app.button(key="another_image").click().run()
    assert app.number_input(key="explained_image").value != 6
    assert not app.exception


def test_a_drawing_in_the_address_is_explained(store):  # noqa: F811
    text = image_to_text(load_embedded().x_test[7])
    app = open_page("explain", on="drawing", drawing=text)
    assert "Your drawing: " in _shown(app)
    assert _query(app) == {"on": "drawing", "drawing": text}


def test_a_network_without_convolutions_says_why_it_has_no_grad_cam(store):  # noqa: F811
    run = completed(store, "Dense only")
    mlp(hidden_units=(16,)).save(run.model_path)
    app = open_page("explain", on="test", run=run.id)
    assert "Grad-CAM needs convolutions, and this network has none." in _shown(app)
    assert "How much the logit falls" in _shown(app)
    assert _query(app)["run"] == run.id


def test_an_address_that_is_nonsense_breaks_nothing(store):  # noqa: F811
    app = open_page("explain", on="drawing", drawing="AAAA")
    assert "Draw a digit first" in _shown(app)
    for query in (
        {"image": "99999999999", "on": "test"},
        {"image": "-1", "on": "test", "run": "../../etc"},
        {"on": "elsewhere"},
    ):
        app = open_page("explain", **query)
        assert "Image 1 (" in _shown(app)


def test_a_damaged_model_gets_a_sentence(store):  # noqa: F811
    run = completed(store, "Broken")
    run.model_path.write_bytes(np.random.default_rng(0).bytes(1000))
    app = open_page("explain", on="test", run=run.id)
    assert "is not a usable model" in _shown(app)


def test_nonsense_from_a_browser_is_as_good_as_no_choice(store):  # noqa: F811
    app = open_page("draw")
    for key in ("explained_model", "explained_images", "explained_digit", "explained_against"):
        app.session_state[key] = "../../etc/passwd"
    app.session_state["explained_image"] = 10**9
    app.switch_page("pages/explain.py").run()
    assert not app.exception
    assert app.selectbox(key="explained_model").value == "shipped"
    assert app.selectbox(key="explained_against").value == "any other"
