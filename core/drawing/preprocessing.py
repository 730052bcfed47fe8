"""Turn a drawing into a 28 x 28 image, made as MNIST's own images were made.

LeCun, Bottou, Bengio and Haffner 1998 ("Gradient-based learning applied to document recognition",
section III.A): scale the digit to fit 20 x 20 pixels with its aspect ratio kept and with
anti-aliasing, then place its centre of mass in the middle of 28 x 28. MNIST's writers all had pens
of much the same width; a drawing may not, so the width of its lines is corrected first. A network
trained on MNIST reads drawings well only when they are made alike. Knows nothing of canvases or
networks.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import scipy
from PIL import Image

from core.drawing.ink import find_ink
from core.drawing.pen_width import BOX, even_pen_width
from core.drawing.resizing import crop_to_ink, resize
from core.drawing.specks import is_dot, remove_specks

SIZE = 28
# MNIST's centres of mass lie here, counted from the middle of the first pixel: measured, their mean
# is 13.99 and 14.00 with all of them within half a pixel, which whole-pixel placing leaves.
_CENTER = 14.0


@dataclass(frozen=True)
class Stage:
    """One step on the way from a drawing to what a network reads.

    Attributes:
        name: what to call the step, two or three words.
        sentence: what happened in it and why.
        image: float32 array of shape `(height, width)` in [0, 1], ink 1: the result of the step.
    """

    name: str
    sentence: str
    image: np.ndarray


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


def preprocess_drawing(rgba: np.ndarray | None) -> np.ndarray | None:
    """Turn a drawing into the image that a network trained on MNIST expects.

    Args:
        rgba: array of shape `(height, width, 4)` of numbers 0 to 255, as a canvas gives it, or
            of shape `(height, width, 3)` or `(height, width)`. Ink may be dark on light or light
            on dark, in any colour. None, or nothing in it, is a drawing not yet begun.

    Returns:
        float32 array of shape `(28, 28)` in [0, 1], ink 1; None where there is no ink or only a
        dot.

    Raises:
        ValueError: the array has another shape.
    """
    passed = stages(rgba)
    return passed[-1].image if passed else None


def stages(rgba: np.ndarray | None) -> list[Stage]:
    """Return all steps of `preprocess_drawing`, the last with its result; none where it is None."""
    if rgba is None or np.size(rgba) == 0:
        return []
    return normalise_ink(find_ink(rgba))


def normalise_ink(found: np.ndarray) -> list[Stage]:
    """Take the steps of `stages` that follow `find_ink`, whose result this is."""
    if not found.any():
        return []
    cleaned = remove_specks(crop_to_ink(found))
    if not cleaned.any() or is_dot(cleaned):
        return []
    cropped = crop_to_ink(cleaned)
    evened = even_pen_width(cropped)
    fitted = _fit_into_box(crop_to_ink(evened))
    return [
        Stage("Ink", "What differs from the paper is ink, whatever the colours.", found),
        Stage("Without specks", "Stray dots go: they would push the digit aside.", cleaned),
        Stage("Cropped", "Where and how large it was drawn no longer matters.", cropped),
        Stage("Pen width", "Lines thinner or thicker than MNIST's are brought near them.", evened),
        Stage("20 x 20 box", "The longer side becomes 20 pixels, as in MNIST.", fitted),
        Stage(
            "Centred", "The centre of mass comes to the middle of 28 x 28.", _centre_by_mass(fitted)
        ),
    ]


def naive_shrink(rgba: np.ndarray | None) -> np.ndarray:
    """Shrink the whole drawing to 28 x 28 and do nothing else, as most demonstrations do.

    Takes and returns what `preprocess_drawing` does, but all paper where there is no ink.
    """
    if rgba is None or np.size(rgba) == 0:
        return np.zeros((SIZE, SIZE), np.float32)
    return resize(find_ink(rgba), SIZE, SIZE, Image.Resampling.BOX)


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


def _fit_into_box(ink: np.ndarray) -> np.ndarray:
    scale = BOX / max(ink.shape)
    height, width = (max(1, round(side * scale)) for side in ink.shape)
    return resize(ink, width, height)


def _centre_by_mass(ink: np.ndarray) -> np.ndarray:
    """Place the ink in 28 x 28 with its centre of mass in the middle, and none of it cut off."""
    mass = scipy.ndimage.center_of_mass(ink) if ink.any() else np.subtract(ink.shape, 1) / 2
    top, left = (
        int(np.clip(round(_CENTER - middle), 0, SIZE - side))
        for middle, side in zip(mass, ink.shape, strict=True)
    )
    image = np.zeros((SIZE, SIZE), np.float32)
    image[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return image
