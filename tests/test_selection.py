"""Images are found by how a model answered, and the most telling ones come first."""

import numpy as np

from core.classifier import Calibration
from core.evaluation import select_images

# Of five images: right and sure, wrong and half sure, right and unsure, wrong and sure, right.
_LABELS = np.array([4, 4, 4, 4, 7])
_ANSWERS = np.array([4, 9, 4, 9, 7])
_CONFIDENCE = np.array([0.99, 0.6, 0.4, 0.95, 0.7])


def _probabilities():
    probabilities = np.repeat((1 - _CONFIDENCE)[:, None] / 9, 10, axis=1)
    probabilities[np.arange(5), _ANSWERS] = _CONFIDENCE
    return probabilities


def _find(**wanted):
    calibration = Calibration(threshold=0.65)
    return select_images(_probabilities(), _LABELS, calibration, **wanted).tolist()


def test_the_most_confident_mistakes_come_first():
    assert _find() == [3, 1]


def test_after_the_mistakes_comes_what_is_right_the_least_confident_first():
    assert _find(shown="all") == [3, 1, 2, 4, 0]


def test_a_cell_of_the_confusion_matrix_has_its_images():
    assert _find(shown="all", label=4, answer=9) == [3, 1]
    assert _find(shown="all", label=4, answer=4) == [2, 0]
    assert _find(shown="all", label=7, answer=9) == []


def test_confidence_is_a_filter_and_so_is_the_threshold():
    assert _find(confidence=(0.9, 1.0)) == [3]
    assert _find(shown="not sure") == [1, 2]
