"""Measure how well a model reads drawings that are not MNIST's. Knows nothing of training.

Everything here is measured as it happens in the app: a drawing goes through `preprocess_drawing`
and then to the classifier.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from core.calibration import expected_calibration_error
from core.classifier import Classifier
from core.drawing import SIZE, preprocess_drawing
from core.drawn_digits import (
    DrawnImages,
    collect_drawings,
    draw_no_digits,
    draw_with_mouse,
    draw_with_pens,
    write_numeral,
)
from core.labelled_drawings import DrawingStore, LabelledDrawing
from core.numerals import read_numeral
from core.strokes import PenDigit

LOAD_DIGITS_NAME = (
    "1,797 digits by 43 people in Turkey, 8 x 8 pixels enlarged (scikit-learn load_digits)"
)
_ENLARGED = 20  # times: 8 x 8 becomes 160 x 160
_NUM_NO_DIGITS = 2000
_NUM_NUMERALS = 500
_PICTURES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp"}


@dataclass(frozen=True)
class DrawnDigitAccuracy:
    """How well a model reads a set of drawings.

    Attributes:
        name: what the set is, in words.
        count: drawings in it.
        accuracy: share read right, in [0, 1].
    """

    name: str
    count: int
    accuracy: float


@dataclass(frozen=True)
class DrawingMeasures:
    """What `measure_drawings` finds; the fields are the keys in `card.json` and the benchmark.

    Attributes:
        num_drawn_digits: digits drawn with each pen.
        pen_accuracy: digits drawn with pens, see `draw_with_pens`.
        pen_accuracy_naive: the same drawings merely shrunk to 28 x 28.
        mouse_accuracy: thin lines on large canvases, see `draw_with_mouse`.
        mouse_accuracy_naive: the same drawings merely shrunk.
        num_numerals: numerals of 2 to 6 digits, see `write_numeral`.
        numeral_accuracy: numerals with all digits right.
        share_digits_refused: digits of both kinds about which the model is not sure.
        num_no_digits: drawings that are no digit, see `draw_no_digits`.
        share_no_digits_caught: those about which the model is not sure.
        drawn_calibration_error: expected calibration error on digits of both kinds.
    """

    num_drawn_digits: int
    pen_accuracy: float
    pen_accuracy_naive: float
    mouse_accuracy: float
    mouse_accuracy_naive: float
    num_numerals: int
    numeral_accuracy: float
    share_digits_refused: float
    num_no_digits: int
    share_no_digits_caught: float
    drawn_calibration_error: float


def drawn_digit_accuracy(classifier: Classifier) -> DrawnDigitAccuracy:
    """Measure a model on digits from another country, which come with scikit-learn."""
    images, labels = _load_digits()
    correct = classifier.predict_batch(images).argmax(axis=1) == labels
    return DrawnDigitAccuracy(LOAD_DIGITS_NAME, len(labels), float(correct.mean()))


def labelled_drawing_accuracy(
    classifier: Classifier, drawn: DrawnImages
) -> DrawnDigitAccuracy | None:
    """Measure a model on a user's drawings, as `read_labelled_drawings` gives them.

    Returns:
        None where there are no drawings.
    """
    if len(drawn.labels) == 0:
        return None
    return DrawnDigitAccuracy("your drawings", len(drawn.labels), accuracy(classifier, drawn))


def measure_drawings(
    classifier: Classifier, digits: Sequence[PenDigit], *, seed: int = 2026
) -> dict[str, Any]:
    """Measure a model on digits that people wrote with a pen.

    Args:
        classifier: the model, with its calibration.
        digits: of people whom the model never trained on.
        seed: decides on sizes, places and pens.

    Returns:
        The fields of `DrawingMeasures`.
    """
    pens, mouse = draw_with_pens(digits, seed), draw_with_mouse(digits, seed + 1)
    none = draw_no_digits(digits, _NUM_NO_DIGITS, seed + 2)
    images = np.concatenate([pens.normalised, mouse.normalised])
    labels = np.concatenate([pens.labels, mouse.labels])
    measures = DrawingMeasures(
        num_drawn_digits=len(digits),
        pen_accuracy=accuracy(classifier, pens),
        pen_accuracy_naive=accuracy(classifier, pens, naive=True),
        mouse_accuracy=accuracy(classifier, mouse),
        mouse_accuracy_naive=accuracy(classifier, mouse, naive=True),
        num_numerals=_NUM_NUMERALS,
        numeral_accuracy=numeral_accuracy(classifier, digits, _NUM_NUMERALS, seed + 3),
        share_digits_refused=refusals(classifier, images),
        num_no_digits=len(none.labels),
        share_no_digits_caught=refusals(classifier, none.normalised),
        drawn_calibration_error=expected_calibration_error(
            classifier.predict_batch(images), labels
        ),
    )
    return asdict(measures)


def accuracy(classifier: Classifier, drawn: DrawnImages, *, naive: bool = False) -> float:
    """Return the share of drawings that are read right, normalised or merely shrunk."""
    images = drawn.shrunk if naive else drawn.normalised
    return float((classifier.predict_batch(images).argmax(axis=1) == drawn.labels).mean())


def refusals(classifier: Classifier, images: np.ndarray) -> float:
    """Return the share of images, shape `(n, 28, 28)`, about which the model is not sure."""
    sure = classifier.calibration.is_sure(classifier.predict_batch(images))
    return float(1 - sure.mean())


def numeral_accuracy(
    classifier: Classifier, digits: Sequence[PenDigit], count: int, seed: int
) -> float:
    """Return the share of numerals, 2 to 6 digits of one writer, whose digits are all right."""
    rng = np.random.default_rng(seed)
    ordered = sorted(digits, key=lambda digit: digit.writer)
    writers = [list(own) for _, own in groupby(ordered, key=lambda digit: digit.writer)]
    right = 0
    for _ in range(count):
        own = writers[rng.integers(len(writers))]
        chosen = [own[index] for index in rng.integers(0, len(own), int(rng.integers(2, 7)))]
        read = read_numeral(write_numeral(chosen, rng), classifier)
        right += [answer.digit for _, answer in read] == [digit.label for digit in chosen]
    return right / count


def read_picture_folder(folder: Path) -> DrawnImages:
    """Read pictures of digits, of any size, from a folder with a subfolder for each label.

    Raises:
        ValueError: there are no pictures in subfolders called 0 to 9, or one cannot be read.
    """
    drawn = collect_drawings(_pictures(folder))
    if len(drawn.labels) == 0:
        raise ValueError(f"{folder} holds no pictures in folders called 0 to 9.")
    return drawn


def _pictures(folder: Path) -> Iterator[tuple[np.ndarray, int]]:
    for label in range(10):
        for path in sorted((folder / str(label)).glob("**/*")):
            if path.suffix.lower() not in _PICTURES:
                continue
            try:
                with Image.open(path) as picture:
                    rgba = np.asarray(picture.convert("RGBA"))
            except OSError as error:
                raise ValueError(f"{path} is not a readable picture ({error}).") from error
            yield rgba, label


def read_labelled_drawings(store: DrawingStore, drawings: Sequence[LabelledDrawing]) -> DrawnImages:
    """Read a user's drawings; those whose picture is damaged or gone are left out."""
    return collect_drawings(_readable(store, drawings))


def _readable(
    store: DrawingStore, drawings: Sequence[LabelledDrawing]
) -> Iterator[tuple[np.ndarray, int]]:
    for drawing in drawings:
        try:
            rgba = store.picture(drawing)
        except OSError:
            continue
        yield rgba, drawing.label


@cache
def _load_digits() -> tuple[np.ndarray, np.ndarray]:
    from sklearn.datasets import load_digits  # takes a second to import

    pixels, labels = load_digits(return_X_y=True)
    images = []
    for small in pixels.reshape(-1, 8, 8).astype(np.float32) / 16:
        side = 8 * _ENLARGED
        # A frame of paper, as around a drawing; these digits fill their 8 x 8 pixels.
        large = Image.fromarray(np.pad(small, 1)).resize(
            (side + 2 * _ENLARGED, side + 2 * _ENLARGED), Image.Resampling.BICUBIC
        )
        image = preprocess_drawing(np.clip(np.asarray(large), 0, 1) * 255)
        images.append(np.zeros((SIZE, SIZE), np.float32) if image is None else image)
    return np.array(images), labels
