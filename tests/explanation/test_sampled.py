"""SHAP and LIME find the ink that decides, say how far they are, and where they are missing."""

import sys

import keras
import numpy as np
import pytest

from core.classifier import Classifier
from core.data import load_embedded
from core.explanation import NotExplained, lime_weights, network_of, shap_values

METHODS = [shap_values, lime_weights]
_DIGIT, _ROW, _COLUMN, _WEIGHT = 3, 9, 14, 4.0


@pytest.fixture(scope="module")
def planted():
    """A network for which one pixel speaks for a 3 and against an 8, and nothing else counts."""
    model = keras.Sequential(
        [keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(10, "softmax")]
    )
    kernel = np.zeros((784, 10), np.float32)
    kernel[_ROW * 28 + _COLUMN, [_DIGIT, 8]] = _WEIGHT, -_WEIGHT
    model.layers[-1].set_weights([kernel, np.zeros(10, np.float32)])
    return Classifier(model)


@pytest.fixture(scope="module")
def image():
    """A real digit with ink on that pixel."""
    images = load_embedded().x_test
    return next(image for image in images if image[_ROW, _COLUMN] > 0.9)


def _ignore(share):
    pass


@pytest.mark.parametrize("method", METHODS)
def test_the_one_pixel_that_decides_is_found(planted, image, method):
    found = method(planted, _ignore, image, _DIGIT)
    square = np.zeros((28, 28), bool)
    reach = 1 if method is shap_values else 4
    top, left = _ROW // reach * reach, _COLUMN // reach * reach
    square[top : top + reach, left : left + reach] = True
    assert np.all(found[square] > 0)
    assert found[square].sum() > 0.8 * abs(found).sum()
    against = method(planted, _ignore, image, 8)
    np.testing.assert_allclose(against, -found, atol=1e-4)
    difference = method(planted, _ignore, image, _DIGIT, 8)
    np.testing.assert_allclose(difference, 2 * found, atol=1e-4)


def test_a_weight_of_lime_is_what_the_ink_of_a_square_adds_to_the_logit(planted, image):
    found = lime_weights(planted, _ignore, image, _DIGIT)
    assert found.sum() == pytest.approx(_WEIGHT * image[_ROW, _COLUMN], rel=0.1)


def test_shap_values_add_up_to_how_far_the_logit_is_above_that_of_other_digits(planted, image):
    found = shap_values(planted, _ignore, image, _DIGIT)
    usual = load_embedded().x_train[:1000, _ROW, _COLUMN].mean()
    assert found.sum() == pytest.approx(_WEIGHT * (image[_ROW, _COLUMN] - usual), rel=0.25)


@pytest.mark.parametrize("method", METHODS)
def test_the_shipped_models_answer_is_explained_the_same_way_every_time(
    shipped, image, method, capfd
):
    digit = shipped.predict(image).digit
    before, answer = np.random.get_state()[1].tolist(), shipped.model(image[None]).numpy()
    shares = []
    first = method(shipped, shares.append, image, digit)
    np.testing.assert_array_equal(first, method(shipped, _ignore, image, digit))
    assert first.shape == (28, 28) and first.dtype == np.float32 and np.isfinite(first).all()
    assert first.sum() > 0
    assert shares == sorted(shares) and len(shares) >= 10 and shares[-1] == 1
    assert np.random.get_state()[1].tolist() == before
    np.testing.assert_array_equal(shipped.model(image[None]), answer)
    assert "it/s" not in "".join(capfd.readouterr())


@pytest.mark.parametrize("method", METHODS)
def test_blank_paper_and_paper_full_of_ink_have_maps(planted, method):
    for level in (0, 1):
        assert np.isfinite(method(planted, _ignore, np.full((28, 28), level, np.float32), 3)).all()


@pytest.mark.parametrize(
    ("method", "module", "package"),
    [(shap_values, "shap", "shap"), (lime_weights, "lime.lime_image", "lime")],
)
def test_where_a_package_is_missing_the_error_says_how_to_install_it(
    planted, image, monkeypatch, method, module, package
):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(NotExplained, match=rf"pip install {package}` and start the server again"):
        method(planted, _ignore, image, _DIGIT)


def test_a_model_of_a_score_gives_the_weighted_sum_of_the_logits(shipped, image):
    weights = np.linspace(-1, 1, 10, dtype=np.float32)
    network = network_of(shipped)
    score = network.score_model(weights)([image[None]]).numpy()
    np.testing.assert_allclose(score, network.logits(image[None]) @ weights[:, None], atol=1e-3)
