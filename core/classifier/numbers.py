"""Find the digits of a number written on a wide canvas, and read each.

Ink that hangs together is one part; parts above each other are one digit, as the bar of a 5 is.
What is too wide for a digit is cut at its thinnest place where both halves can be read, and is
otherwise not sure: two touching digits are never read silently as one. Reads one line from left to
right; knows no signs, no decimal point, and no second line.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import scipy

from core.classifier.classifier import Classifier, Prediction
from core.drawing import find_ink, normalise_ink, reduction, remove_specks

# Two parts belong to one digit where they overlap sideways by this share of the narrower one.
_OVERLAP_OF_ONE_DIGIT = 0.6
# Where they overlap by less, but at least by this, reading them together and apart decides.
_OVERLAP_TO_TRY = 0.1
# A part lower than this share of the highest is no digit of its own: a bar, a foot, a hook.
_LOWEST_DIGIT = 0.45
# Hardly any digit is wider than it is high: wider ones are cut where both halves can be read, and
# beyond a limit are never one digit; a line, wider still, is not cut into small ones. Two digits
# that touch are not narrower than the last.
_WIDEST_DIGIT = 1.25
_IMPOSSIBLY_WIDE = 1.8
_WIDEST_TO_CUT = 5.0
_NARROWEST_PAIR = 0.6
_LOWEST_HALF = 0.6


@dataclass(frozen=True)
class Box:
    """A place on the canvas, in its pixels; `right` and `bottom` lie just outside."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, eq=False)
class _Part:
    """Some of the ink, with everything else taken away."""

    ink: np.ndarray  # of the whole canvas
    rows: slice
    columns: slice

    @property
    def width(self) -> int:
        return self.columns.stop - self.columns.start

    @property
    def height(self) -> int:
        return self.rows.stop - self.rows.start


def read_number(rgba: np.ndarray | None, classifier: Classifier) -> list[tuple[Box, Prediction]]:
    """Read a number.

    Args:
        rgba: a drawing, as for `core.drawing.preprocess_drawing`.
        classifier: reads the single digits.

    Returns:
        The place and the answer for each digit, from left to right. Empty where there is no ink.
        An answer that is not sure may be no digit, or several that touch.

    Raises:
        ValueError: the array is not a drawing.
    """
    if rgba is None or np.size(rgba) == 0:
        return []
    ink = find_ink(rgba)
    if not ink.any():
        return []
    factor = reduction(np.shape(rgba)[0], np.shape(rgba)[1])
    found: list[tuple[_Part, Prediction]] = []
    for part in _group(_parts(remove_specks(ink)), classifier):
        found += _read_or_cut(part, classifier)
    found.sort(key=lambda pair: pair[0].columns.start + pair[0].columns.stop)
    return [(_box(part, factor, np.shape(rgba)), prediction) for part, prediction in found]


def number_text(read: Sequence[tuple[Box, Prediction]]) -> str:
    """Return the digits as a person reads them, a question mark where one is not sure."""
    return "".join(str(answer.digit) if answer.is_sure else "?" for _, answer in read)


def _parts(ink: np.ndarray) -> list[_Part]:
    """Return what hangs together, from left to right; gaps of a pixel or two are closed."""
    gap = max(1, round(min(ink.shape) / 100))
    near = scipy.ndimage.binary_dilation(ink > 0.3, iterations=gap, structure=np.ones((3, 3), bool))
    labels, _ = scipy.ndimage.label(near)
    labels[ink == 0] = 0
    parts = []
    for index, box in enumerate(scipy.ndimage.find_objects(labels), start=1):
        if box is not None:
            parts.append(_Part(np.where(labels == index, ink, 0), *box))
    return sorted(parts, key=lambda part: part.columns.start + part.columns.stop)


def _group(parts: list[_Part], classifier: Classifier) -> list[_Part]:
    """Put together the parts that make one digit."""
    merged = True
    while merged:
        merged = False
        tallest = max((part.height for part in parts), default=0)
        for (at, one), (_, other) in pairwise(enumerate(parts)):
            if _is_one_digit(one, other, tallest, classifier):
                parts = sorted(
                    [*parts[:at], _join(one, other), *parts[at + 2 :]],
                    key=lambda part: part.columns.start + part.columns.stop,
                )
                merged = True
                break
    return parts


def _is_one_digit(one: _Part, other: _Part, tallest: int, classifier: Classifier) -> bool:
    shared = min(one.columns.stop, other.columns.stop) - max(one.columns.start, other.columns.start)
    overlap = shared / min(one.width, other.width)
    small = min(one.height, other.height) < _LOWEST_DIGIT * tallest
    joined = _join(one, other)
    if joined.width > _WIDEST_DIGIT * joined.height:
        return False
    if overlap >= _OVERLAP_OF_ONE_DIGIT and small:
        return True
    if overlap >= _OVERLAP_TO_TRY or (small and shared > -0.15 * tallest):
        together = _read(joined, classifier)
        apart = min(_read(part, classifier).confidence for part in (one, other))
        return together.is_sure and (small or together.confidence > apart)
    return False


def _read_or_cut(part: _Part, classifier: Classifier) -> list[tuple[_Part, Prediction]]:
    """Read a part as one digit, or as several where it has to be cut."""
    whole = _read(part, classifier)
    if part.width < _NARROWEST_PAIR * part.height:
        return [(part, whole)]
    if whole.is_sure and part.width <= _WIDEST_DIGIT * part.height:
        return [(part, whole)]
    if part.width > _WIDEST_TO_CUT * part.height:
        return [(part, replace(whole, is_sure=False))]
    halves = _cut(part)
    # The long foot of a 2 is no digit, however it is read: a digit is as high as its neighbour.
    if len(halves) == 2 and all(half.height >= _LOWEST_HALF * part.height for half in halves):
        read = [pair for half in halves for pair in _read_or_cut(half, classifier)]
        if all(answer.is_sure for _, answer in read):
            return read
    possible = part.width <= _IMPOSSIBLY_WIDE * part.height
    return [(part, replace(whole, is_sure=whole.is_sure and possible))]


def _cut(part: _Part) -> list[_Part]:
    """Cut in two at the column with the least ink, away from the sides."""
    margin = max(1, round(0.2 * part.width))
    first, last = part.columns.start + margin, part.columns.stop - margin
    columns = part.ink[:, first : max(last, first + 1)].sum(axis=0)
    # Among equally thin places the one nearest the middle.
    distance = np.abs(np.arange(len(columns)) - (len(columns) - 1) / 2) / len(columns)
    at = first + int(np.argmin(columns + distance))
    left, right = part.ink.copy(), part.ink.copy()
    left[:, at:], right[:, :at] = 0, 0
    return [_Part(half, *_extent(half)) for half in (left, right) if half.any()]


def _read(part: _Part, classifier: Classifier) -> Prediction:
    passed = normalise_ink(part.ink[part.rows, part.columns])
    if passed:
        return classifier.predict(passed[-1].image)
    # A dot: whatever the network says of an empty image, it is not sure.
    return replace(classifier.predict(np.zeros((28, 28), np.float32)), is_sure=False)


def _join(one: _Part, other: _Part) -> _Part:
    ink = np.maximum(one.ink, other.ink)
    return _Part(ink, *_extent(ink))


def _extent(ink: np.ndarray) -> tuple[slice, slice]:
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _box(part: _Part, factor: int, shape: tuple[int, ...]) -> Box:
    return Box(
        left=part.columns.start * factor,
        top=part.rows.start * factor,
        right=min(part.columns.stop * factor, shape[1]),
        bottom=min(part.rows.stop * factor, shape[0]),
    )
