"""Measure the shipped model, or another, on drawings by many pens. Knows nothing of training."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from core.classifier import Classifier, expected_calibration_error, read_number
from core.data import PenDigit
from core.drawing import DrawnImages, collect_drawings
from core.evaluation import accuracy_by_writer
from core.pretraining.drawings import (
    draw_non_digits,
    draw_with_mouse,
    draw_with_pens,
    write_number,
)

_NUM_NON_DIGITS = 2000
_NUM_NUMBERS = 500
_PICTURES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp"}


def measure_drawings(
    classifier: Classifier, digits: Sequence[PenDigit], *, seed: int = 2026
) -> dict[str, Any]:
    """Measure a model on digits that people wrote with a pen.

    Args:
        classifier: the model, with its calibration.
        digits: of people whom the model never trained on.
        seed: decides on sizes, places and pens.

    Returns:
        What `card.json` and the benchmark print; shares are in [0, 1]. Digits drawn with each pen:
        `num_drawn_digits`. Of them read right, as the app reads them and merely shrunk to 28 x 28:
        `pen_accuracy` (`draw_with_pens`) and `pen_accuracy_naive`, `mouse_accuracy`
        (`draw_with_mouse`) and `mouse_accuracy_naive`. Of both, about which the model is not sure:
        `share_digits_refused`; and their expected calibration error: `drawn_calibration_error`.
        Numbers of 2 to 6 digits, and those with all digits right: `num_numbers`,
        `number_accuracy`. Drawings that are not a digit, and those about which the model is not
        sure: `num_non_digits`, `share_non_digits_refused`. `accuracy_by_writer` counts for each
        writer, the worst first, the digits drawn with pens and those of them read right: each
        written digit once, since a second drawing of it, with a mouse, tells little more.
    """
    pens, mouse = draw_with_pens(digits, seed), draw_with_mouse(digits, seed + 1)
    non_digits = draw_non_digits(digits, _NUM_NON_DIGITS, seed + 2)
    images = np.concatenate([pens.normalised, mouse.normalised])
    labels = np.concatenate([pens.labels, mouse.labels])
    correct = classifier.predict_batch(pens.normalised).argmax(axis=1) == pens.labels
    by_writer = accuracy_by_writer(correct, [digit.writer for digit in digits])
    return {
        "num_drawn_digits": len(digits),
        "pen_accuracy": accuracy(classifier, pens),
        "pen_accuracy_naive": accuracy(classifier, pens, naive=True),
        "mouse_accuracy": accuracy(classifier, mouse),
        "mouse_accuracy_naive": accuracy(classifier, mouse, naive=True),
        "num_numbers": _NUM_NUMBERS,
        "number_accuracy": _number_accuracy(classifier, digits, _NUM_NUMBERS, seed + 3),
        "share_digits_refused": share_refused(classifier, images),
        "num_non_digits": _NUM_NON_DIGITS,
        "share_non_digits_refused": share_refused(classifier, non_digits.normalised),
        "drawn_calibration_error": expected_calibration_error(
            classifier.predict_batch(images), labels
        ),
        "accuracy_by_writer": [
            {"writer": own.writer, "count": own.count, "correct": own.correct} for own in by_writer
        ],
    }


def accuracy(classifier: Classifier, drawn: DrawnImages, *, naive: bool = False) -> float:
    """Return the share of drawings, at least one, that are read correctly, in [0, 1].

    `naive` gives the model the drawings merely shrunk and not normalised.
    """
    images = drawn.shrunk if naive else drawn.normalised
    return float((classifier.predict_batch(images).argmax(axis=1) == drawn.labels).mean())


def share_refused(classifier: Classifier, images: np.ndarray) -> float:
    """Return the share of images, shape `(n, 28, 28)`, about which the model is not sure."""
    sure = classifier.calibration.is_sure(classifier.predict_batch(images))
    return float(1 - sure.mean())


def _number_accuracy(
    classifier: Classifier, digits: Sequence[PenDigit], count: int, seed: int
) -> float:
    """Return the share of numbers, 2 to 6 digits of one writer, whose digits are all right."""
    rng = np.random.default_rng(seed)
    ordered = sorted(digits, key=lambda digit: digit.writer)
    writers = [list(own) for _, own in groupby(ordered, key=lambda digit: digit.writer)]
    right = 0
    for _ in range(count):
        own = writers[rng.integers(len(writers))]
        chosen = [own[index] for index in rng.integers(0, len(own), int(rng.integers(2, 7)))]
        answers = read_number(write_number(chosen, rng), classifier)
        right += [answer.digit for _, answer in answers] == [digit.label for digit in chosen]
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
