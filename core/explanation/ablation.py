"""Which parts of a layer matter for which digit: each of them is switched off alone.

As in Meyes et al. 2019, "Ablation studies in artificial neural networks" (arXiv 1901.08644).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.special

from core.classifier import Calibration, Classifier
from core.evaluation import ImageSet
from core.explanation.interventions import sample
from core.explanation.network import NotExplained
from core.explanation.switchable import Switchable
from core.explanation.switchboard import switchboard_of

_NUM_IMAGES = 300
_MOST_PARTS = 512  # of a layer: what follows it is computed as often


@dataclass(frozen=True, eq=False)
class Ablation:
    """What each digit loses without each part of a layer; n parts, the first 512 at most.

    Attributes:
        layer: whose parts they are.
        fall: by how much the probability of the right digit falls on average over its images,
            float array `(n, 10)` in [-1, 1]; below zero where they are read better without the
            part. Zero for a digit without images.
        correct: how many images of each digit are read correctly without the part, int `(n, 10)`.
        correct_before: the same with all parts, int `(10,)`.
        num_images: images of each digit, int `(10,)`.
    """

    layer: Switchable
    fall: np.ndarray
    correct: np.ndarray
    correct_before: np.ndarray
    num_images: np.ndarray


def ablation_map(
    classifier: Classifier, note: Callable[[float], None], images: ImageSet, number: int
) -> Ablation:
    """Switch off each part of a layer alone, and read some 300 images each time.

    Args:
        classifier: stays as it is.
        note: is called with the share that is done.
        images: of which the first of each digit are taken, in proportion.
        number: of the layer among `switchable_layers`, from 0.

    Raises:
        NotExplained: there is no such layer, or there are no images.
    """
    board = switchboard_of(classifier)
    if not 0 <= number < len(board.layers):
        raise NotExplained("This network does not have that layer.")
    layer = board.layers[number]
    pixels, labels = sample(images, _NUM_IMAGES)
    sure, correct_before = _by_digit(board.logits(pixels), labels, classifier.calibration)
    parts = min(layer.count, _MOST_PARTS)
    fall, correct = np.zeros((parts, 10)), np.zeros((parts, 10), int)
    for part, logits in zip(range(parts), board.without_each(pixels, number), strict=False):
        sure_without, correct[part] = _by_digit(logits, labels, classifier.calibration)
        fall[part] = sure - sure_without
        note((part + 1) / parts)
    return Ablation(layer, fall, correct, correct_before, np.bincount(labels, minlength=10))


def _by_digit(
    logits: np.ndarray, labels: np.ndarray, calibration: Calibration
) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean probability of the right digit, and how often it is the answer, `(10,)`."""
    probabilities = calibration.apply(scipy.special.softmax(logits, axis=-1))
    right = probabilities[np.arange(len(labels)), labels]
    counts = np.maximum(1, np.bincount(labels, minlength=10))
    sure = np.bincount(labels, weights=right, minlength=10) / counts
    is_correct = logits.argmax(axis=1) == labels
    return sure, np.bincount(labels[is_correct], minlength=10)
