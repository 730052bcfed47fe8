"""The sets of labelled images that a model is judged on. Knows no model.

As in the app, a drawing goes through `preprocess_drawing` and then to the classifier.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from PIL import Image

from core.data import Dataset, as_bytes, set_fingerprint
from core.drawing import SIZE, DrawingStore, LabelledDrawing, preprocess_drawing

LOAD_DIGITS_NAME = (
    "1,797 digits by 43 people in Turkey, 8 x 8 pixels enlarged (scikit-learn load_digits)"
)
_SCALE = 20  # 8 x 8 pixels become 160 x 160


@dataclass(frozen=True, eq=False)
class ImageSet:
    """Images of digits whose labels are known.

    Attributes:
        name: what to call them beside a figure.
        images: array of shape `(n, 28, 28)`, ink bright: uint8, or float32 in [0, 1].
        labels: uint8 array of shape `(n,)`.
        dataset: the fingerprint of the dataset of which they are the test part; otherwise empty.
        writers: for each image who wrote it, empty where nobody said; none where nobody knows.
    """

    name: str
    images: np.ndarray
    labels: np.ndarray
    dataset: str = ""
    writers: tuple[str, ...] = ()

    @cached_property
    def fingerprint(self) -> str:
        """Return what `core.data.set_fingerprint` says of images and labels."""
        return set_fingerprint(self.images, self.labels)

    def only(self, chosen: np.ndarray) -> "ImageSet":
        """Return those images for which `chosen`, a bool array of shape `(n,)`, is true."""
        if chosen.all():
            return self
        return ImageSet(
            self.name,
            self.images[chosen],
            self.labels[chosen],
            self.dataset,
            tuple(w for w, is_chosen in zip(self.writers, chosen, strict=False) if is_chosen),
        )


def collect_test_images(dataset: Dataset) -> ImageSet:
    """Return the test part of a dataset."""
    pixels = as_bytes(dataset.x_test)  # which a classifier divides by 255 again
    name = f"{dataset.name}: {len(pixels):,} test images"
    return ImageSet(name, pixels, dataset.y_test, dataset.fingerprint)


@cache
def collect_load_digits() -> ImageSet:
    """Return scikit-learn's `load_digits`, written by people in another country than MNIST's.

    Alpaydin and Kaynak 1998, "Optical recognition of handwritten digits", UCI repository.
    """
    from sklearn.datasets import load_digits  # takes a second to import

    pixels, labels = load_digits(return_X_y=True)
    images, side = [], (8 + 2) * _SCALE
    for small in pixels.reshape(-1, 8, 8).astype(np.float32) / 16:
        # A frame of paper, as around a drawing; these digits fill their 8 x 8 pixels.
        framed = Image.fromarray(np.pad(small, 1))
        large = framed.resize((side, side), Image.Resampling.BICUBIC)
        images.append(_normalised(np.clip(np.asarray(large), 0, 1) * 255))
    return ImageSet(LOAD_DIGITS_NAME, np.array(images), labels.astype(np.uint8))


def collect_drawings_of(store: DrawingStore, drawings: Sequence[LabelledDrawing]) -> ImageSet:
    """Return a user's labelled drawings; those whose picture is damaged or missing are left out."""
    images, labels, writers = [], [], []
    for drawing in drawings:
        try:
            images.append(_normalised(store.picture(drawing)))
        except OSError:
            continue
        labels.append(drawing.label)
        writers.append(drawing.writer)
    return ImageSet(
        f"your drawings ({len(labels):,})",
        np.array(images, np.float32).reshape(-1, SIZE, SIZE),
        np.array(labels, np.uint8),
        writers=tuple(writers),
    )


def _normalised(drawing: np.ndarray) -> np.ndarray:
    """Return a drawing as a network gets it; one without ink is all paper."""
    image = preprocess_drawing(drawing)
    return np.zeros((SIZE, SIZE), np.float32) if image is None else image
