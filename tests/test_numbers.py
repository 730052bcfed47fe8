"""The digits of a number are found from left to right, and two that touch are not read as one."""

import numpy as np
import pytest

from core.classifier import Classifier, number_text, read_number
from core.pretraining.rendering import draw_strokes, fit_strokes, ink_to_canvas
from core.settings import PRETRAINED

DIGITS = {
    0: [[(50, 0), (15, 20), (5, 55), (30, 95), (60, 95), (80, 50), (70, 12), (50, 0)]],
    1: [[(40, 0), (40, 100)]],
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
