"""Find images by how a model answered to them, the most telling ones first."""

from typing import Literal

import numpy as np

from core.classifier import Calibration

Shown = Literal["misread", "not sure", "all"]


def select_images(
    probabilities: np.ndarray,
    labels: np.ndarray,
    calibration: Calibration,
    *,
    shown: Shown = "misread",
    label: int | None = None,
    answer: int | None = None,
    confidence: tuple[float, float] = (0.0, 1.0),
) -> np.ndarray:
    """Return the indices of the images that fit, int array of shape `(k,)`.

    Mistakes come first, the most confident one at the head; then what was read correctly, the
    least confident at the head.

    Args:
        probabilities: calibrated answers, shape `(n, 10)`.
        labels: the true digits, shape `(n,)`.
        calibration: decides what the model is not sure about.
        shown: only what was misread, only what it is not sure about, or all.
        label: only images of this digit.
        answer: only images read as this digit.
        confidence: lowest and highest probability of the answer, both in [0, 1].
    """
    answers, certainty = probabilities.argmax(axis=1), probabilities.max(axis=1)
    is_wrong = answers != labels
    fits = (certainty >= confidence[0]) & (certainty <= confidence[1])
    if label is not None:
        fits &= labels == label
    if answer is not None:
        fits &= answers == answer
    if shown == "misread":
        fits &= is_wrong
    elif shown == "not sure":
        fits &= ~calibration.is_sure(probabilities)
    found = np.flatnonzero(fits)
    order = np.lexsort((np.where(is_wrong, -certainty, certainty)[found], ~is_wrong[found]))
    return found[order]
