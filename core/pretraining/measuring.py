"""Measure the shipped model, or another, on drawings by many pens. Knows nothing of training."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from core.classifier import Classifier, expected_calibration_error, read_number
from core.data import PenDigit
from core.drawing import DrawnImages, collect_drawings
from core.evaluation import accuracy
from core.pretraining.drawn_digits import (
    draw_no_digits,
    draw_with_mouse,
    draw_with_pens,
    write_numeral,
)

_NUM_NO_DIGITS = 2000
_NUM_NUMERALS = 500
_PICTURES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp"}


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
        read = read_number(write_numeral(chosen, rng), classifier)
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
