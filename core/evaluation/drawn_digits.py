"""Measure how well a model reads drawings that are not MNIST's. Knows nothing of training.

As in the app, a drawing goes through `preprocess_drawing` and then to the classifier.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image

from core.classifier import Classifier
from core.drawing import (
    SIZE,
    DrawingStore,
    DrawnImages,
    LabelledDrawing,
    collect_drawings,
    preprocess_drawing,
)

LOAD_DIGITS_NAME = (
    "1,797 digits by 43 people in Turkey, 8 x 8 pixels enlarged (scikit-learn load_digits)"
)
_SCALE = 20  # 8 x 8 pixels become 160 x 160


@dataclass(frozen=True)
class DrawnDigitAccuracy:
    """How well a model reads a set of drawings.

    Attributes:
        name: what to call the set.
        count: drawings in it.
        accuracy: share read correctly, in [0, 1].
    """

    name: str
    count: int
    accuracy: float


def drawn_digit_accuracy(classifier: Classifier) -> DrawnDigitAccuracy:
    """Measure a model on scikit-learn's `load_digits`, written by people in another country.

    Alpaydin and Kaynak 1998, "Optical recognition of handwritten digits", UCI repository.
    """
    images, labels = _load_digits()
    correct = classifier.predict_batch(images).argmax(axis=1) == labels
    return DrawnDigitAccuracy(LOAD_DIGITS_NAME, len(labels), float(correct.mean()))


def labelled_drawing_accuracy(
    classifier: Classifier, drawn: DrawnImages
) -> DrawnDigitAccuracy | None:
    """Measure a model on what `read_labelled_drawings` gives; None where that is nothing."""
    if len(drawn.labels) == 0:
        return None
    return DrawnDigitAccuracy("your drawings", len(drawn.labels), accuracy(classifier, drawn))


def accuracy(classifier: Classifier, drawn: DrawnImages, *, naive: bool = False) -> float:
    """Return the share of drawings, at least one, that are read correctly, in [0, 1].

    `naive` gives the model the drawings merely shrunk and not normalised.
    """
    images = drawn.shrunk if naive else drawn.normalised
    return float((classifier.predict_batch(images).argmax(axis=1) == drawn.labels).mean())


def read_labelled_drawings(store: DrawingStore, drawings: Sequence[LabelledDrawing]) -> DrawnImages:
    """Read a user's drawings; those whose picture is damaged or missing are left out."""

    def readable() -> Iterator[tuple[np.ndarray, int]]:
        for drawing in drawings:
            try:
                yield store.picture(drawing), drawing.label
            except OSError:
                continue

    return collect_drawings(readable())


@cache
def _load_digits() -> tuple[np.ndarray, np.ndarray]:
    from sklearn.datasets import load_digits  # takes a second to import

    pixels, labels = load_digits(return_X_y=True)
    images, side = [], (8 + 2) * _SCALE
    for small in pixels.reshape(-1, 8, 8).astype(np.float32) / 16:
        # A frame of paper, as around a drawing; these digits fill their 8 x 8 pixels.
        framed = Image.fromarray(np.pad(small, 1))
        large = framed.resize((side, side), Image.Resampling.BICUBIC)
        image = preprocess_drawing(np.clip(np.asarray(large), 0, 1) * 255)
        images.append(np.zeros((SIZE, SIZE), np.float32) if image is None else image)
    return np.array(images), labels
