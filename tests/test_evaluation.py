"""A model's accuracy on drawings is what a user of the Draw page would have seen."""

import numpy as np
import pytest

from core.classifier import Classifier
from core.drawing import DrawingStore
from core.evaluation import drawn_digit_accuracy, labelled_drawing_accuracy, read_labelled_drawings
from core.evaluation.drawn_digits import LOAD_DIGITS_NAME
from core.settings import PRETRAINED
from tests.helpers import STROKES, draw


@pytest.fixture(scope="module")
def classifier():
    return Classifier.load(PRETRAINED)


@pytest.fixture
def drawings(tmp_path):
    return DrawingStore(tmp_path / "drawings")


def _measure(classifier, drawings):
    return labelled_drawing_accuracy(classifier, read_labelled_drawings(drawings, drawings.list()))


def test_digits_of_another_country_are_counted_and_named(classifier):
    measured = drawn_digit_accuracy(classifier)
    assert (measured.name, measured.count) == (LOAD_DIGITS_NAME, 1797)
    assert measured.accuracy > 0.93


def test_a_user_s_drawings_are_measured_against_what_the_user_said(classifier, drawings):
    for label in (0, 1, 2, 3, 4, 7):
        drawings.add(draw(STROKES[label]), label=label)
    measured = _measure(classifier, drawings)
    assert (measured.name, measured.count, measured.accuracy) == ("your drawings", 6, 1.0)
    drawings.add(draw(STROKES[7]), label=3)
    drawings.add(draw(STROKES[0]), label=5)
    assert _measure(classifier, drawings).accuracy == 6 / 8


def test_drawings_are_read_as_the_app_reads_them_wherever_they_stand(classifier, drawings):
    drawings.add(draw(STROKES[4], corner=(0.02, 0.6), size=0.3, width=0.02), label=4)
    drawings.add(255 - draw(STROKES[4]) + np.array([0, 0, 0, 255], np.uint8), label=4)
    assert _measure(classifier, drawings).accuracy == 1.0
    drawn = read_labelled_drawings(drawings, drawings.list())
    assert drawn.normalised.shape == drawn.shrunk.shape == (2, 28, 28)


def test_a_damaged_drawing_is_left_out_and_without_any_there_is_no_accuracy(classifier, drawings):
    assert _measure(classifier, drawings) is None
    kept = drawings.add(draw(STROKES[2]), label=2)
    drawings.add(draw(STROKES[3]), label=3)
    (drawings.root / "2" / f"{kept.id}.png").write_bytes(b"no picture")
    assert _measure(classifier, drawings).count == 1


def test_a_blank_drawing_counts_as_one(classifier, drawings):
    drawings.add(np.full((320, 320, 4), 255, np.uint8), label=3)
    assert _measure(classifier, drawings).count == 1
