"""A morph begins and ends at its two drawings, and marks where the answer turns."""

import numpy as np
import pytest

from core.classifier import PRETRAINED, Classifier
from core.data import load_embedded
from core.explanation import NotExplained, morph
from core.explanation.morph import morph_images


@pytest.fixture(scope="module")
def drawings():
    data = load_embedded()
    return [data.x_test[data.y_test == digit][0] for digit in (4, 9, 1)]


@pytest.fixture(scope="module")
def found(drawings):
    return morph(Classifier.load(PRETRAINED), drawings[0], drawings[1])


def test_it_begins_and_ends_at_the_two_drawings(drawings, found):
    assert np.array_equal(found.images[0], drawings[0])
    assert np.array_equal(found.images[-1], drawings[1])
    assert found.images.min() >= 0
    assert found.images.max() <= 1


def test_the_answer_turns_where_it_says(found):
    digits = found.probabilities.argmax(axis=1)
    assert (digits[0], digits[-1]) == (4, 9)
    assert found.turns
    for turn in range(1, len(digits)):
        assert (digits[turn] != digits[turn - 1]) == (turn in found.turns)


def test_each_step_changes_less_than_the_whole_way(drawings, found):
    steps = np.abs(np.diff(found.images, axis=0)).sum(axis=(1, 2))
    assert steps.max() < np.abs(drawings[1] - drawings[0]).sum() / 3


def test_a_stroke_moves_instead_of_fading():
    start, end = np.zeros((2, 28, 28), np.float32)
    start[4:24, 4:7] = 1
    end[4:24, 20:23] = 1
    middle = morph_images(start, end)[10]
    columns = middle.sum(axis=0)
    assert columns.argmax() == 13
    assert middle.max() > 0.8
    assert columns[4:7].sum() + columns[20:23].sum() < 0.05 * columns.sum()


def test_a_drawing_without_ink_is_refused(drawings):
    with pytest.raises(NotExplained, match="no ink"):
        morph_images(drawings[0], np.zeros((28, 28), np.float32))
