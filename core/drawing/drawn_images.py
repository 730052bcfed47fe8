"""Turn many drawings into arrays that a network reads. Knows nothing of networks."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from core.drawing.preprocessing import SIZE, naive_shrink, preprocess_drawing


@dataclass(frozen=True, eq=False)
class DrawnImages:
    """Drawings as a network reads them.

    Attributes:
        normalised: float32 array of shape `(n, 28, 28)` in [0, 1], made by `preprocess_drawing`.
        shrunk: the same drawings by `naive_shrink`.
        labels: int array of shape `(n,)`, 0 to 9; -1 for a drawing that is not a digit.
    """

    normalised: np.ndarray
    shrunk: np.ndarray
    labels: np.ndarray


def collect_drawings(canvases: Iterable[tuple[np.ndarray, int]]) -> DrawnImages:
    """Preprocess drawings, each with its label, as the app would; one without ink is all paper."""
    normalised, shrunk, labels = [], [], []
    for canvas, label in canvases:
        image = preprocess_drawing(canvas)
        normalised.append(np.zeros((SIZE, SIZE), np.float32) if image is None else image)
        shrunk.append(naive_shrink(canvas))
        labels.append(label)
    return DrawnImages(
        np.array(normalised, np.float32).reshape(-1, SIZE, SIZE),
        np.array(shrunk, np.float32).reshape(-1, SIZE, SIZE),
        np.array(labels, int),
    )
