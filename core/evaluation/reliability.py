"""How far a model's confidence can be relied on. Knows no figure, page or network.

Reliability diagrams: Niculescu-Mizil and Caruana 2005, "Predicting good probabilities with
supervised learning". Accuracy against the share that is answered: Geifman and El-Yaniv 2017,
"Selective classification for deep neural networks".
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from core.classifier import Calibration
from core.evaluation.report import wilson_interval

_MOST_POINTS = 200


@dataclass(frozen=True)
class ReliabilityBin:
    """The images whose confidence, the largest probability, lies in one range.

    Attributes:
        low: where the range begins, in [0, 1].
        high: where it ends, not included but for 1.
        count: images, at least one.
        confidence: their mean confidence.
        accuracy: share of them read correctly.
        interval: 95 % confidence interval of `accuracy`.
    """

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float
    interval: tuple[float, float]


class Answered(NamedTuple):
    """What a threshold leaves.

    Attributes:
        share: of the images, those that get an answer, in [0, 1].
        accuracy: share of these that are read correctly; None where none gets an answer.
    """

    share: float
    accuracy: float | None


@dataclass(frozen=True, eq=False)
class AnsweredCurve:
    """What different thresholds leave: three arrays of shape `(k,)`, by ascending threshold.

    Attributes:
        threshold: from the lowest confidence, where all images are answered, to the highest.
        share: of the images, those whose confidence reaches the threshold, in (0, 1].
        accuracy: share of these that are read correctly.
    """

    threshold: np.ndarray
    share: np.ndarray
    accuracy: np.ndarray


def reliability(
    probabilities: np.ndarray, labels: np.ndarray, num_bins: int = 15
) -> tuple[ReliabilityBin, ...]:
    """Compare confidence and accuracy in bins of equal width; empty ones are left out.

    The bins are those of `core.classifier.expected_calibration_error`, which is the mean gap
    between confidence and accuracy here, each bin weighted by its count.

    Args:
        probabilities: shape `(n, 10)`.
        labels: true digits, shape `(n,)`.
        num_bins: over [0, 1].
    """
    confidence, correct = _confidence(probabilities, labels)
    bins = np.minimum((confidence * num_bins).astype(int), num_bins - 1)
    found = []
    for number in np.unique(bins).tolist():
        inside = bins == number
        count, num_correct = int(inside.sum()), int(correct[inside].sum())
        found.append(
            ReliabilityBin(
                low=number / num_bins,
                high=(number + 1) / num_bins,
                count=count,
                confidence=float(confidence[inside].mean(dtype=np.float64)),
                accuracy=num_correct / count,
                interval=wilson_interval(num_correct, count),
            )
        )
    return tuple(found)


def answered_curve(probabilities: np.ndarray, labels: np.ndarray) -> AnsweredCurve:
    """Return what every useful threshold leaves, or 200 of them where there are more.

    A threshold is a confidence that occurs: images of the same confidence are answered together or
    not at all. Where thresholds are left out, the low ones, which refuse few images and where most
    is won, are kept densest.

    Args:
        probabilities: shape `(n, 10)`.
        labels: true digits, shape `(n,)`.

    Raises:
        ValueError: there are no images.
    """
    if len(labels) == 0:
        raise ValueError("expected at least one image, received none")
    confidence, correct = _confidence(probabilities, labels)
    thresholds, first = np.unique(np.sort(confidence), return_index=True)
    kept = np.geomspace(1, len(thresholds), min(len(thresholds), _MOST_POINTS))
    kept = np.unique(kept.round().astype(int)) - 1
    first = first[kept]
    # Of the images in ascending order of confidence, how many from each on are correct.
    right = np.cumsum(correct[np.argsort(confidence)][::-1])[::-1]
    answered = len(labels) - first
    return AnsweredCurve(thresholds[kept], answered / len(labels), right[first] / answered)


def at_threshold(probabilities: np.ndarray, labels: np.ndarray, threshold: float) -> Answered:
    """Return what a threshold leaves, by the rule of `Calibration.is_sure`; arrays as above."""
    answered = Calibration(threshold=threshold).is_sure(probabilities)
    if not answered.any():
        return Answered(0.0, None)
    _, correct = _confidence(probabilities, labels)
    return Answered(float(answered.mean()), float(correct[answered].mean()))


def _confidence(probabilities: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the largest probability of each row, and whether that is the label's."""
    return probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
