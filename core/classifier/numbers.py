"""Read a number written on a wide canvas: decide with the classifier which parts are its digits.

Parts above each other are one digit, as the bar of a 5 is. What is too wide for a digit is cut
where both halves can be read, and is otherwise not sure: two touching digits are never read as
one without a question mark. Reads one line from left to right; knows no signs, no decimal point,
and no second line.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from core.classifier.classifier import Classifier, Prediction
from core.drawing.ink import find_ink, reduction
from core.drawing.parts import Box, Part, cut, find_parts, join, middle
from core.drawing.preprocessing import normalise_ink
from core.drawing.specks import remove_specks

# Two parts belong to one digit where they overlap sideways by this share of the narrower one.
_OVERLAP_OF_ONE_DIGIT = 0.6
# Where they overlap by less, but at least by this, reading them together and apart decides.
_OVERLAP_TO_TRY = 0.1
# A part lower than this share of the highest is not a digit of its own: a bar, a foot, a hook.
_LOWEST_DIGIT = 0.45
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
    parts = _group(find_parts(remove_specks(ink)), classifier)
    found = [pair for part in parts for pair in _read_or_cut(part, classifier)]
    found.sort(key=lambda pair: middle(pair[0]))
    factor = reduction(height, width)
    return [(part.box(factor, (height, width)), prediction) for part, prediction in found]


def number_text(read: Sequence[tuple[Box, Prediction]]) -> str:
    """Return the digits as text, with a question mark where one is not sure."""
    return "".join(str(answer.digit) if answer.is_sure else "?" for _, answer in read)


def _group(parts: list[Part], classifier: Classifier) -> list[Part]:
    """Join neighbours that make one digit, until none do."""
    while True:
        tallest = max((part.height for part in parts), default=0)
        for at, (one, other) in enumerate(pairwise(parts)):
            if _is_one_digit(one, other, tallest, classifier):
                parts = sorted([*parts[:at], join(one, other), *parts[at + 2 :]], key=middle)
                break
        else:
            return parts


def _is_one_digit(one: Part, other: Part, tallest: int, classifier: Classifier) -> bool:
    shared = min(one.columns.stop, other.columns.stop) - max(one.columns.start, other.columns.start)
    overlap = shared / min(one.width, other.width)
    small = min(one.height, other.height) < _LOWEST_DIGIT * tallest
    joined = join(one, other)
    if joined.width > _WIDEST_DIGIT * joined.height:
        return False
    if overlap >= _OVERLAP_OF_ONE_DIGIT and small:
        return True
    if overlap >= _OVERLAP_TO_TRY or (small and shared > -0.15 * tallest):
        together = _read(joined, classifier)
        apart = min(_read(part, classifier).confidence for part in (one, other))
        return together.is_sure and (small or together.confidence > apart)
    return False


def _read_or_cut(part: Part, classifier: Classifier) -> list[tuple[Part, Prediction]]:
    """Read a part as one digit, or as several where it has to be cut."""
    whole = _read(part, classifier)
    width = part.width / part.height
    if width < _NARROWEST_PAIR or (whole.is_sure and width <= _WIDEST_DIGIT):
        return [(part, whole)]
    if width > _WIDEST_TO_CUT:
        return [(part, replace(whole, is_sure=False))]
    halves = cut(part)
    # The long foot of a 2 is not a digit, however it is read: a digit is as high as its neighbour.
    if len(halves) == 2 and all(half.height >= _LOWEST_HALF * part.height for half in halves):
        read = [pair for half in halves for pair in _read_or_cut(half, classifier)]
        if all(answer.is_sure for _, answer in read):
            return read
    return [(part, replace(whole, is_sure=whole.is_sure and width <= _IMPOSSIBLY_WIDE))]


def _read(part: Part, classifier: Classifier) -> Prediction:
    if passed := normalise_ink(part.ink):
        return classifier.predict(passed[-1].image)
    # A dot: whatever the network says of an empty image, it is not sure.
    return replace(classifier.predict(np.zeros((28, 28), np.float32)), is_sure=False)
