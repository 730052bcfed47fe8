"""A changed image is read otherwise when it is read again, and is changed no more than it says."""

import keras
import numpy as np
import pytest

from core.classifier import Classifier
from core.data import load_embedded
from core.explanation import change_answer, network_of
from core.explanation.counterfactual import fgsm, pgd
from models import ARCHITECTURES


@pytest.fixture(scope="module")
def images():
    return load_embedded().x_test[[0, 50, 400]]


@pytest.fixture(scope="module")
def changes(shipped, images):
    """What PGD finds for each image; slow enough to be done once."""
    return [change_answer(shipped, image, None, "pgd") for image in images]


def test_smallest_change_is_read_as_another_digit_when_it_is_read_again(shipped, images, changes):
    for image, found in zip(images, changes, strict=True):
        answer = shipped.predict(image).digit
        assert shipped.predict(found.images[found.smallest]).digit != answer


def test_one_percent_less_does_not_change_the_answer(changes):
    for found in changes:
        before = found.smallest - 1
        assert found.percent[found.smallest] - found.percent[before] == 1
        digits = found.probabilities[: found.smallest].argmax(axis=1)
        assert (digits == digits[0]).all()


@pytest.mark.parametrize("method", ["pgd", "fgsm"])
def test_no_pixel_changes_by_more_than_the_size_or_leaves_the_image(shipped, images, method):
    found = change_answer(shipped, images[0], 3, method)
    differences = np.abs(found.images - images[0]).max(axis=(1, 2))
    assert (differences <= found.percent / 100 + 1e-6).all()
    assert found.images.min() >= 0
    assert found.images.max() <= 1
    assert np.array_equal(found.images[0], images[0])
    assert (np.diff(found.percent) > 0).all()


def test_a_chosen_digit_is_what_it_is_read_as(shipped, images):
    found = change_answer(shipped, images[1], 3, "pgd")
    assert shipped.predict(found.images[found.smallest]).digit == 3


def test_one_step_changes_the_answer_of_an_easy_image(shipped, images):
    found = change_answer(shipped, images[0], None, "fgsm")
    assert shipped.predict(found.images[found.smallest]).digit != shipped.predict(images[0]).digit


def test_many_steps_find_a_smaller_change_than_one(shipped, images, changes):
    one = change_answer(shipped, images[0], None, "fgsm")
    assert changes[0].percent[changes[0].smallest] < one.percent[one.smallest]


def test_where_nothing_changes_the_answer_there_is_no_smallest_change(images):
    stubborn = _always(4)
    found = change_answer(stubborn, images[0], None, "fgsm")
    assert found.smallest is None
    assert (found.probabilities.argmax(axis=1) == 4).all()


def test_the_same_is_found_again(shipped, images, changes):
    again = change_answer(shipped, images[0], None, "pgd")
    assert np.array_equal(again.images, changes[0].images)


@pytest.mark.parametrize("architecture", ["mlp", "lstm"])
def test_every_architecture_gets_less_sure_of_its_answer(images, architecture):
    keras.utils.set_random_seed(1)
    network = network_of(Classifier(ARCHITECTURES[architecture]()))
    image = images[0]
    digit = int(network.logits(image[None])[0].argmax())
    size = np.array([0.1])
    changed = [perturb(network, image, digit, size, away=True)[0] for perturb in (fgsm, pgd)]
    before, *after = network.probabilities(np.stack([image, *changed]))[:, digit]
    assert max(after) < before


def test_odds_gradients_have_the_direction_of_the_cross_entropys(shipped, images):
    network = network_of(shipped)
    digit = shipped.predict(images[0]).digit
    odds = network.odds_gradients(images[:1], [digit])
    step = 1e-3
    moved = network.probabilities(images[:1] + step * np.sign(odds))[0, digit]
    assert np.abs(odds).max() > 0  # even where the network is sure
    assert moved >= network.probabilities(images[:1])[0, digit]


def test_odds_gradients_are_those_of_the_logits_of_two_classes(shipped, images):
    """Against central differences of the formula, for two digits at once."""
    network = network_of(shipped)

    def score(image):
        logits = network.logits(image[None])[0].astype(np.float64)
        least = -np.logaddexp(-logits[3], -logits[8])
        return least - np.log(np.exp(np.delete(logits, [3, 8])).sum())

    gradient = network.odds_gradients(images[:1], [3, 8])[0]
    row, column = np.unravel_index(np.abs(gradient).argmax(), gradient.shape)
    bump = np.zeros((28, 28), np.float32)
    bump[row, column] = 1e-3
    slope = (score(images[0] + bump) - score(images[0] - bump)) / 2e-3
    assert gradient[row, column] == pytest.approx(slope, rel=0.1)


def _always(digit):
    bias = keras.initializers.Constant(list(8.0 * np.eye(10)[digit]))
    layers = [
        keras.Input((28, 28)),
        keras.layers.Flatten(),
        keras.layers.Dense(
            10, activation="softmax", kernel_initializer="zeros", bias_initializer=bias
        ),
    ]
    return Classifier(keras.Sequential(layers))
