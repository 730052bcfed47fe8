"""Read a number written on a wide canvas: decide with the classifier which parts are its digits.

Parts above each other are one digit, as the bar of a 5 is. What is too wide for a digit is cut
where both halves can be read, and is otherwise not sure: two touching digits are never read as
one without a question mark. A mark that is not a digit keeps its place and is not sure: one much
lower than its neighbours, such as a point or a comma, and a horizontal line, such as a minus.
Reads one line from left to right; knows no signs, no decimal point, and no second line.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median_high

import numpy as np

from core.classifier.classifier import Classifier, Prediction
from core.drawing.ink import find_ink, reduction
from core.drawing.parts import Box, Part, cut, find_parts, is_line, join, middle
from core.drawing.preprocessing import normalise_ink
from core.drawing.specks import remove_specks

# Two parts belong to one digit where they overlap sideways by this share of the narrower one.
_OVERLAP_OF_ONE_DIGIT = 0.6
# Where they overlap by less, but at least by this, reading them together and apart decides.
_OVERLAP_TO_TRY = 0.1
# A part lower than this share of a digit's usual height is not a digit: a bar, a foot, a point.
_LOWEST_DIGIT = 0.45
# What is lower than this share of the highest part does not count for what is usual.
_LOWEST_COUNTED = 0.3
# A small part belongs to the digit beside it where it is as near as the bar of a 5, and as high up;
# in a digit's lower part, what is this small is a point or a comma. All are shares of its height.
_NEAREST_GAP = 0.15
_LOWEST_BAR = 0.4
_HIGHEST_POINT = 0.6
_LARGEST_POINT = 0.35
# A stray speck is dropped, but not at the foot of a digit, where it is a point. Smaller is noise.
_SMALLEST_POINT = 0.03
_BESIDE_FOOT = 0.25
# Widths as shares of the height. Hardly any digit is wider than it is high: wider ones are cut
# where both halves can be read, and beyond a limit are never one digit; a line, wider still, is
# not cut into small ones. Two digits that touch are not narrower than the last.
_WIDEST_DIGIT = 1.25
_IMPOSSIBLY_WIDE = 1.8
_WIDEST_TO_CUT = 5.0
_NARROWEST_PAIR = 0.6
_LOWEST_HALF = 0.6


def read_number(rgba: np.ndarray | None, classifier: Classifier) -> list[tuple[Box, Prediction]]:
    """Read a number from a drawing, as for `preprocess_drawing`.

    Returns:
        The place and the answer for each digit, from left to right. Empty where there is no ink.
        An answer that is not sure may not be a digit, or be several that touch.

    Raises:
        ValueError: the array is not a drawing.
    """
    if rgba is None or np.size(rgba) == 0 or not (ink := find_ink(rgba)).any():
        return []
    height, width = np.shape(rgba)[:2]
    cleaned = remove_specks(ink)
    parts = _group(find_parts(cleaned), classifier)
    lowest = _lowest_digit(parts)
    parts += _points(find_parts(np.where(cleaned == 0, ink, 0)), parts, lowest=lowest)
    found = [pair for part in parts for pair in _read_or_cut(part, classifier, lowest=lowest)]
    found.sort(key=lambda pair: middle(pair[0]))
    factor = reduction(height, width)
    return [(part.box(factor, (height, width)), prediction) for part, prediction in found]


def number_text(read: Sequence[tuple[Box, Prediction]]) -> str:
    """Return the digits as text, with a question mark where one is not sure."""
    return "".join(str(answer.digit) if answer.is_sure else "?" for _, answer in read)


def _points(specks: Sequence[Part], parts: Sequence[Part], *, lowest: float) -> list[Part]:
    """Return the specks at the foot of a digit, right of it: they are points, and not dropped."""
    digits = [part for part in parts if part.height >= lowest]

    def is_point(speck: Part) -> bool:
        before = [digit for digit in digits if middle(digit) < middle(speck)]
        if not before:
            return False
        height, foot = before[-1].height, before[-1].rows.stop
        distance = abs((speck.rows.start + speck.rows.stop) / 2 - foot)
        is_ink = max(speck.width, speck.height) >= _SMALLEST_POINT * height
        return is_ink and distance <= _BESIDE_FOOT * height

    return [speck for speck in specks if is_point(speck)]


def _lowest_digit(parts: Sequence[Part]) -> float:
    """Return how high a part has to be, at least, in order to be a digit beside the others."""
    tallest = max((part.height for part in parts), default=0)
    counted = [part.height for part in parts if part.height >= _LOWEST_COUNTED * tallest]
    return _LOWEST_DIGIT * median_high(counted) if counted else 0.0


def _group(parts: list[Part], classifier: Classifier) -> list[Part]:
    """Join neighbours that make one digit, until none do."""
    while True:
        lowest = _lowest_digit(parts)
        for at, (one, other) in enumerate(pairwise(parts)):
            if _is_one_digit(one, other, lowest, classifier):
                parts = sorted([*parts[:at], join(one, other), *parts[at + 2 :]], key=middle)
                break
        else:
            return parts


def _is_one_digit(one: Part, other: Part, lowest: float, classifier: Classifier) -> bool:
    shared = min(one.columns.stop, other.columns.stop) - max(one.columns.start, other.columns.start)
    overlap = shared / min(one.width, other.width)
    low, high = sorted((one, other), key=lambda part: part.height)
    is_small = low.height < lowest
    joined = join(one, other)
    if joined.width > _WIDEST_DIGIT * joined.height:
        return False
    if is_small and _is_mark(low, high, is_beside=shared <= 0):
        return False
    if overlap >= _OVERLAP_OF_ONE_DIGIT and is_small:
        return True
    is_near = shared > -_NEAREST_GAP * high.height
    if overlap >= _OVERLAP_TO_TRY or (is_small and is_near):
        together = _read(joined, classifier)
        apart = min(_read(part, classifier).confidence for part in (one, other))
        return together.is_sure and (is_small or together.confidence > apart)
    return False


def _is_mark(low: Part, digit: Part, *, is_beside: bool) -> bool:
    """Tell whether a low part near a digit is a mark of its own, such as a point or a dash."""
    top, height = digit.rows.start, digit.height
    is_up = low.rows.stop <= top + _LOWEST_BAR * height
    is_down = (low.rows.start + low.rows.stop) / 2 >= top + _HIGHEST_POINT * height
    is_point = is_down and max(low.width, low.height) <= _LARGEST_POINT * height
    return is_point or (is_beside and not is_up)


def _read_or_cut(
    part: Part, classifier: Classifier, *, lowest: float
) -> list[tuple[Part, Prediction]]:
    """Read a part as one digit, or as several where it has to be cut.

    Not sure where it is lower than `lowest`, or a line that lies.
    """
    whole = _read(part, classifier)
    if part.height < lowest or is_line(part):
        return [(part, replace(whole, is_sure=False))]
    width = part.width / part.height
    if width < _NARROWEST_PAIR or (whole.is_sure and width <= _WIDEST_DIGIT):
        return [(part, whole)]
    if width > _WIDEST_TO_CUT:
        return [(part, replace(whole, is_sure=False))]
    halves = cut(part)
    # The long foot of a 2 is not a digit, however it is read: a digit is as high as its neighbour.
    if len(halves) == 2 and all(half.height >= _LOWEST_HALF * part.height for half in halves):
        read = [pair for half in halves for pair in _read_or_cut(half, classifier, lowest=lowest)]
        if all(answer.is_sure for _, answer in read):
            return read
    return [(part, replace(whole, is_sure=whole.is_sure and width <= _IMPOSSIBLY_WIDE))]


def _read(part: Part, classifier: Classifier) -> Prediction:
    if passed := normalise_ink(part.ink):
        return classifier.predict(passed[-1].image)
    # A dot: whatever the network says of an empty image, it is not sure.
    return replace(classifier.predict(np.zeros((28, 28), np.float32)), is_sure=False)
