"""How far maps can be trusted: the checks tell a map that is right from one that is not."""

import numpy as np
import pytest

from core.data import load_embedded
from core.explanation import (
    RANDOM_ORDER,
    Attribution,
    attribute,
    completeness,
    deletion_and_insertion,
    randomised,
)
from tests.explanation.planted import RULE, rule_network, scribble


@pytest.fixture(scope="module")
def image():
    return load_embedded().x_test[3]


def test_the_sum_and_what_it_should_be_are_known_for_a_linear_network():
    classifier, image = rule_network(strength=2.0), scribble()
    values = attribute(classifier, "integrated_gradients", image, 3)
    found = completeness(classifier, values, image, 3)
    assert found.difference == pytest.approx(2.0 * 0.9 * 16, rel=1e-4)
    assert found.total == pytest.approx(found.difference, rel=1e-4)


def test_a_right_map_loses_and_finds_the_answer_sooner_than_chance_and_a_wrong_one_later():
    image = scribble()
    right = np.zeros((28, 28), np.float32)
    right[RULE] = 1
    maps = (("right", Attribution(right, 0.0)), ("wrong", Attribution(-right, 0.0)))
    curves = deletion_and_insertion(rule_network(), image, maps, 3)

    assert list(curves) == ["right", "wrong", RANDOM_ORDER]
    for curve in curves.values():
        # All ink removed is paper, which this network finds to be any digit.
        assert curve.deleted[-1] == pytest.approx(0.1, abs=1e-3)
        assert curve.inserted[0] == pytest.approx(0.1, abs=1e-3)
        assert curve.deleted[0] == curve.inserted[-1] > 0.99
    deletion = [curves[name].deletion for name in ("right", RANDOM_ORDER, "wrong")]
    insertion = [curves[name].insertion for name in ("right", RANDOM_ORDER, "wrong")]
    assert deletion == sorted(deletion)
    assert insertion == sorted(insertion, reverse=True)
    assert deletion[0] + 0.1 < deletion[1] < deletion[2] - 0.1


def test_between_two_digits_the_score_is_their_share(shipped, image):
    found = (("map", attribute(shipped, "integrated_gradients", image, 0, 6)),)
    curves = deletion_and_insertion(shipped, image, found, 0, 6)
    zero, six = shipped.predict_batch(image[None])[0][[0, 6]]
    assert curves["map"].deleted[0] == pytest.approx(zero / (zero + six), rel=1e-4)


@pytest.mark.parametrize("method", ["integrated_gradients", "gradient", "occlusion", "grad_cam"])
def test_with_random_weights_the_map_changes_and_the_network_does_not(shipped, image, method):
    weights = [weight.copy() for weight in shipped.model.get_weights()]
    digit = shipped.predict(image).digit
    found = attribute(shipped, method, image, digit)
    values, other = found.values, randomised(shipped, method, found, image, digit)

    assert not np.allclose(values, other.values, atol=0.05 * np.abs(values).max())
    assert other.correlation is None or other.correlation < 0.9
    for before, after in zip(weights, shipped.model.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)


def test_a_map_that_is_the_same_all_over_has_no_correlation():
    classifier = rule_network(strength=0.0)
    found = attribute(classifier, "gradient", scribble(), 3)
    assert randomised(classifier, "gradient", found, scribble(), 3).correlation is None
