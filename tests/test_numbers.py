"""The digits of a number are found from left to right, and two that touch are not read as one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.classifier import Classifier, number_text, read_number
from core.pretraining.rendering import draw_strokes, fit_strokes, ink_to_canvas
from core.settings import PRETRAINED

DIGITS = {
    0: [[(50, 0), (15, 20), (5, 55), (30, 95), (60, 95), (80, 50), (70, 12), (50, 0)]],
    1: [[(40, 0), (40, 100)]],
    3: [[(10, 8), (40, 0), (62, 20), (30, 45), (66, 70), (40, 98), (5, 90)]],
    2: [[(10, 25), (25, 5), (55, 3), (70, 25), (50, 55), (5, 98), (80, 98)]],
    4: [[(35, 0), (5, 60), (75, 60)], [(60, 30), (60, 100)]],
    5: [[(15, 5), (12, 45), (50, 40), (70, 65), (50, 95), (5, 92)], [(25, 2), (75, 0)]],
    7: [[(5, 0), (75, 0), (35, 100)], [(30, 52), (70, 50)]],
}


@pytest.fixture(scope="module")
def classifier():
    return Classifier.load(PRETRAINED)


def write(digits, *, gap=45, height=100, pen=8, scale=1):
    strokes, left = [], 40.0
    for digit in digits:
        own = [np.array(stroke, float) for stroke in DIGITS[digit]]
        width = np.ptp(np.concatenate(own)[:, 0])
        strokes += fit_strokes(own, side=height, center=(left + width / 2, 100))
        left += width + gap
    strokes = [stroke * scale for stroke in strokes]
    width = round((left + 20) * scale)
    return ink_to_canvas(draw_strokes(strokes, width=width, height=200 * scale, pen_width=pen))


# Digits of two strokes, narrow ones, and one that closes; the same one twice.
@pytest.mark.parametrize("digits", [[5, 2, 1, 0, 7], [1, 1, 1], [7, 4, 2], [5, 5]])
def test_every_digit_of_a_number_is_read(classifier, digits):
    read = read_number(write(digits), classifier)
    assert number_text(read) == "".join(map(str, digits))


def test_boxes_hold_the_ink_in_pixels_of_the_canvas(classifier):
    canvas = write([2, 1, 0], scale=4, pen=20)
    assert canvas.shape[1] > 1000
    boxes = [box for box, _ in read_number(canvas, classifier)]
    assert [box.left for box in boxes] == sorted(box.left for box in boxes)
    covered = np.zeros(canvas.shape[:2], bool)
    for box in boxes:
        assert 0 <= box.left < box.right <= canvas.shape[1]
        assert 0 <= box.top < box.bottom <= canvas.shape[0]
        covered[box.top : box.bottom, box.left : box.right] = True
    assert covered[canvas[..., 0] < 128].all()


@pytest.mark.parametrize("digits", [[0, 0], [5, 4, 0]])
def test_touching_digits_are_not_read_as_one_that_is_sure(classifier, digits):
    read = read_number(write(digits, gap=-4), classifier)
    sure = [answer for _, answer in read if answer.is_sure]
    assert len(read) > 1 or not sure


def test_a_canvas_without_ink_has_no_digits(classifier):
    for canvas in (None, np.zeros((10, 20, 4), np.uint8), np.full((1, 900, 3), 255, np.uint8)):
        assert read_number(canvas, classifier) == []


@pytest.mark.parametrize(
    "ink", [np.s_[95:105, 50:850, :3], np.s_[100, 100, :3]], ids=["line", "pixel"]
)
def test_a_long_line_and_a_single_pixel_are_not_sure(classifier, ink):
    canvas = np.full((200, 900, 4), 255, np.uint8)
    canvas[ink] = 0
    assert not any(answer.is_sure for _, answer in read_number(canvas, classifier))


# What is no digit, in the place where a hand writes it: y is 100 at the foot of the digits.
MARKS = {
    "click": [[(0, 100)]],
    "short stroke": [[(0, 96), (5, 103)]],
    "blob": [[(0, 90), (12, 90), (12, 101), (0, 101), (1, 94), (10, 94), (10, 98), (3, 97)]],
    "comma": [[(8, 88), (0, 116)]],
    "long comma": [[(10, 88), (8, 100), (0, 118)]],
    "minus": [[(0, 52), (20, 50), (45, 54), (70, 49)]],
    "short minus": [[(0, 50), (28, 51)]],
    "slanted minus": [[(0, 62), (60, 45)]],
}


def write_with_marks(signs, *, gap=40, pen=8, scale=1.0, heights=()):
    """Write digits, by their number, and marks, by their name, each digit with its own height."""
    strokes, left = [], 40.0
    for place, sign in enumerate(signs):
        own = [np.array(s, float) for s in (MARKS[sign] if sign in MARKS else DIGITS[sign])]
        if sign not in MARKS and heights:
            own = [s * (1, heights[place] / 100) + np.array([0, 100 - heights[place]]) for s in own]
        low = np.concatenate(own).min(axis=0)[0]
        strokes += [s + np.array([left - low, 60]) for s in own]
        left += np.ptp(np.concatenate(own)[:, 0]) + gap
    strokes = [stroke * scale for stroke in strokes]
    size = {"width": round((left + 40) * scale), "height": round(240 * scale)}
    return ink_to_canvas(draw_strokes(strokes, **size, pen_width=pen * scale))


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize(("pen", "scale"), [(5, 1), (8, 1), (14, 1), (8, 0.6), (8, 2.5)])
def test_a_point_a_comma_and_a_minus_are_question_marks_and_no_digits(classifier, mark, pen, scale):
    # A minus stands before a number, a point within it; 7 leans over what follows it.
    is_sign = mark.endswith("minus")
    for signs in ([mark, 3, 1, 4], [mark, 7]) if is_sign else ([3, mark, 1, 4], [7, mark, 5]):
        canvas = write_with_marks(signs, pen=pen, scale=scale)
        expected = "".join("?" if sign in MARKS else str(sign) for sign in signs)
        assert number_text(read_number(canvas, classifier)) == expected


@pytest.mark.parametrize("mark", ["minus", "short minus", "slanted minus"])
def test_a_minus_alone_is_not_cut_into_digits(classifier, mark):
    assert number_text(read_number(write_with_marks([mark]), classifier)) == "?"


@given(
    signs=st.lists(st.sampled_from([*DIGITS, *MARKS]), min_size=1, max_size=5),
    heights=st.lists(st.integers(35, 130), min_size=5, max_size=5),
    pen=st.integers(4, 16),
    gap=st.integers(4, 60),
)
@settings(max_examples=60)
def test_no_mark_much_lower_than_the_others_is_a_digit_that_is_sure(
    classifier, signs, heights, pen, gap
):
    canvas = write_with_marks(signs, heights=heights, pen=pen, gap=gap)
    read = read_number(canvas, classifier)
    usual = np.median([box.bottom - box.top for box, _ in read] or [0])
    low = [answer for box, answer in read if box.bottom - box.top < 0.44 * usual]
    assert not any(answer.is_sure for answer in low)


@pytest.mark.parametrize(
    ("signs", "heights"),
    [([7, 1, 4], (100, 60, 75)), ([1, 0, 0], (110, 60, 60)), ([2, 5, 3, 4], (70, 110, 90, 130))],
)
def test_digits_of_different_heights_are_all_read(classifier, signs, heights):
    canvas = write_with_marks(signs, heights=heights)
    assert number_text(read_number(canvas, classifier)) == "".join(map(str, signs))


def test_a_speck_that_follows_no_digit_at_its_foot_is_dropped(classifier):
    canvas = write_with_marks([3, 1])
    canvas[10:16, 60:66, :3] = 0
    assert number_text(read_number(canvas, classifier)) == "31"
