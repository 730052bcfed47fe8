"""How well a model reads labelled images: accuracy, loss, each digit. Knows no figure or page.

SciPy's statistics and scikit-learn take a second to import, so they are imported where they are
used: pages import this module before they paint.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from core.classifier import Classifier

_DIGITS = list(range(10))
_PER_DIGIT = [(name, float) for name in ("precision", "recall", "f1")]


@dataclass(frozen=True, eq=False)
class Report:
    """How well a model reads a set of images.

    Attributes:
        count: images.
        accuracy: share read correctly, in [0, 1].
        interval: 95 % confidence interval of `accuracy`, see `wilson_interval`.
        loss: mean cross-entropy.
        confusion: int array of shape `(10, 10)`: how many images of the digit of the row were read
            as that of the column.
        per_digit: record array of shape `(10,)` with each digit's `precision` (of the images
            answered with it, the share that is it), `recall` (of its images, the share answered
            with it) and `f1` (the harmonic mean of both), in [0, 1] and by scikit-learn's
            definitions; 0 where that would divide by 0.
    """

    count: int
    accuracy: float
    interval: tuple[float, float]
    loss: float
    confusion: np.ndarray
    per_digit: "np.recarray[Any, Any]"


def evaluate(classifier: Classifier, images: np.ndarray, labels: np.ndarray) -> Report:
    """Measure a model on images, shape `(n, 28, 28)`, and their digits, shape `(n,)`; n > 0."""
    return make_report(classifier.predict_batch(images), labels)


def make_report(probabilities: np.ndarray, labels: np.ndarray) -> Report:
    """Return what these answers, shape `(n, 10)`, to images of these digits, `(n,)`, amount to.

    Raises:
        ValueError: there are no images.
    """
    from sklearn.metrics import confusion_matrix, log_loss, precision_recall_fscore_support

    if len(labels) == 0:
        raise ValueError("expected at least one image, received none")
    answers = probabilities.argmax(axis=1)
    correct = int((answers == labels).sum())
    # Rounding leaves sums that are not exactly 1, of which scikit-learn warns.
    exact = probabilities.astype(np.float64)
    exact /= exact.sum(axis=1, keepdims=True)
    *scores, _ = precision_recall_fscore_support(labels, answers, labels=_DIGITS, zero_division=0)
    return Report(
        count=len(labels),
        accuracy=correct / len(labels),
        interval=wilson_interval(correct, len(labels)),
        loss=float(log_loss(labels, exact, labels=_DIGITS)),
        confusion=confusion_matrix(labels, answers, labels=_DIGITS),
        per_digit=np.rec.fromarrays(np.array(scores, float), dtype=_PER_DIGIT),
    )


def interval_of_share(accuracy: float, count: int) -> tuple[float, float]:
    """Return `wilson_interval` of an accuracy, in [0, 1], that was measured on `count` images."""
    return wilson_interval(min(count, round(accuracy * count)), count)


@lru_cache(maxsize=10_000)  # SciPy takes a millisecond, and a page shows a hundred of them
def wilson_interval(correct: int, count: int) -> tuple[float, float]:
    """Return the 95 % confidence interval of a share, in [0, 1], of `count` > 0 images.

    Wilson 1927, "Probable inference, the law of succession, and statistical inference".
    """
    from scipy.stats import binomtest

    low, high = binomtest(correct, count).proportion_ci(0.95, method="wilson")
    return float(low), float(high)
