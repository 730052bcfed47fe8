"""A morph: one drawing becomes another, and somewhere on the way the answer turns."""

from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy.optimize import linear_sum_assignment

from core.classifier import Classifier
from core.explanation.network import NotExplained

_NUM_IMAGES = 21
_NUM_POINTS = 400  # of ink, that move
_ENLARGED = 3  # times, to place them between pixels
_PEN = 0.8  # standard deviation of the ink around a point, in pixels
_LEAST_INK = 0.4


@dataclass(frozen=True, eq=False)
class Morph:
    """Images from one drawing to another, and how the classifier reads them.

    Attributes:
        images: float32 of shape `(21, 28, 28)` in [0, 1], ink 1; the first and the last are the two
            drawings themselves.
        probabilities: of the answers to them, shape `(21, 10)`.
        turns: indices of the images that are read as another digit than the one before.
    """

    images: np.ndarray
    probabilities: np.ndarray
    turns: tuple[int, ...]


def morph(classifier: Classifier, start: np.ndarray, end: np.ndarray) -> Morph:
    """Turn one image `(28, 28)`, floats in [0, 1] with ink 1, into another in 20 equal steps.

    Raises:
        NotExplained: one of them has no ink.
    """
    images = morph_images(start, end)
    probabilities = classifier.predict_batch(images)
    digits = probabilities.argmax(axis=1)
    turns = tuple(int(i) for i in np.flatnonzero(digits[1:] != digits[:-1]) + 1)
    return Morph(images, probabilities, turns)


def morph_images(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Move the ink of one image to where it is in another, on the whole as little as possible.

    McCann 1997, "A convexity principle for interacting gases": displacement interpolation, here of
    400 points. Blended pixels would show both drawings at once, and neither would move.

    Returns:
        float32 array of shape `(21, 28, 28)` in [0, 1], ink 1.
    """
    begin, finish = _points(start), _points(end)
    distances = ((begin[:, None] - finish[None]) ** 2).sum(axis=-1)
    order, partner = linear_sum_assignment(distances)
    begin, finish = begin[order], finish[partner]
    shares = np.linspace(0, 1, _NUM_IMAGES)
    moved = [_ink((1 - share) * begin + share * finish) for share in shares]
    levels = [
        np.median(ink[image > 0.5 * image.max()])
        for ink, image in ((moved[0], start), (moved[-1], end))
    ]
    levels = np.interp(shares, [0, 1], levels)
    inked = np.stack([_tone(ink / level) for ink, level in zip(moved, levels, strict=True)])
    # What the points do not show of the two drawings fades, so that both ends are exact.
    share = shares[:, None, None]
    rest = (1 - share) * (start - inked[0]) + share * (end - inked[-1])
    images = np.clip(inked + rest, 0, 1).astype(np.float32)
    images[0], images[-1] = start, end
    return images


def _points(image: np.ndarray) -> np.ndarray:
    """Return 400 points of an image's ink, rows and columns in pixels, shape `(400, 2)`."""
    side = _ENLARGED * len(image)
    picture = Image.fromarray(image.astype(np.float32))
    fine = np.asarray(picture.resize((side, side), Image.Resampling.BILINEAR))
    inked = np.argwhere(fine > _LEAST_INK * fine.max())
    if not len(inked):
        raise NotExplained("A morph needs two drawings, and one of these has no ink.")
    chosen = np.linspace(0, len(inked) - 1, _NUM_POINTS).round().astype(int)
    return (inked[chosen] - (_ENLARGED - 1) / 2) / _ENLARGED


def _ink(points: np.ndarray) -> np.ndarray:
    """Return how much ink such points leave on each pixel, shape `(28, 28)`."""
    pixels = np.arange(28)
    rows, columns = np.exp(-(((pixels - points.T[..., None]) / _PEN) ** 2) / 2)
    return rows.T @ columns


def _tone(ink: np.ndarray) -> np.ndarray:
    """Give a stroke, at which `ink` is about 1, the edges that a pen's has."""
    return np.clip(1.6 * ink - 0.3, 0, 1)
