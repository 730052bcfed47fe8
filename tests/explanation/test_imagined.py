"""What a network imagines for a digit is what it reads as that digit."""

import keras
import numpy as np
import pytest

from core.classifier import Classifier
from core.explanation import imagine, network_of
from models import ARCHITECTURES


@pytest.mark.parametrize("digit", [0, 3, 7])
def test_it_is_read_as_the_digit(shipped, digit):
    found = imagine(shipped, digit)
    first, *_, last = network_of(shipped).logits(found.images)[:, digit]
    assert last > first
    assert shipped.predict(found.images[-1]).digit == digit
    assert found.images.shape == (6, 28, 28)
    assert found.images.min() >= 0
    assert found.images.max() <= 1


def test_two_at_once_leave_the_others_no_chance(shipped):
    probabilities = imagine(shipped, 4, 9).probabilities[-1]
    assert set(np.argsort(probabilities)[-2:]) == {4, 9}
    assert probabilities[[4, 9]].sum() > 0.9


def test_the_same_digit_twice_is_one_digit(shipped):
    once, twice = imagine(shipped, 2), imagine(shipped, 2, 2)
    assert np.array_equal(once.images, twice.images)


@pytest.mark.parametrize("architecture", ["mlp", "lstm"])
def test_every_architecture_imagines(architecture):
    keras.utils.set_random_seed(1)
    classifier = Classifier(ARCHITECTURES[architecture]())
    found = imagine(classifier, 5)
    assert found.probabilities[-1, 5] > found.probabilities[0, 5]
