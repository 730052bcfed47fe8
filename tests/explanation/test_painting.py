"""Strokes over an image: dark ones are ink, white ones paper; and the nearest other image."""

import numpy as np
import pytest

from core.explanation import nearest_image, paint_over

IMAGE = np.full((28, 28), 0.5, np.float32)
WHITE, BLACK = (255, 255, 255, 255), (0, 0, 0, 255)


def strokes(color, rows=slice(0, 140), side=280):
    painted = np.zeros((side, side, 4), np.uint8)
    painted[rows] = color
    return painted


def test_nothing_painted_changes_nothing():
    assert np.allclose(paint_over(IMAGE, strokes((0, 0, 0, 0))), IMAGE)


@pytest.mark.parametrize(("color", "ink"), [(WHITE, 0), (BLACK, 1)])
def test_white_erases_and_black_adds_ink(color, ink):
    painted = paint_over(IMAGE, strokes(color))
    assert np.allclose(painted[:14], ink)
    assert np.allclose(painted[14:], 0.5)


def test_half_a_pixel_counts_half():
    painted = paint_over(IMAGE, strokes(WHITE, rows=slice(0, 5)))
    assert np.allclose(painted[0], 0.25)


def test_a_sharper_screen_gives_the_same():
    sharp = strokes(WHITE, rows=slice(0, 280), side=560)
    assert np.allclose(paint_over(IMAGE, sharp), paint_over(IMAGE, strokes(WHITE)))


@pytest.mark.parametrize("shape", [(280, 270, 4), (281, 281, 4), (280, 280, 3), (0, 0, 4)])
def test_strokes_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match="expected strokes"):
        paint_over(IMAGE, np.zeros(shape, np.uint8))


def test_the_nearest_image_is_never_the_same_one():
    others = np.stack([IMAGE, IMAGE + 0.3, IMAGE + 0.1])
    assert np.array_equal(nearest_image(IMAGE, others), others[2])
    assert nearest_image(IMAGE, others[:1]) is None
    assert nearest_image(IMAGE, others[:0]) is None


def test_images_may_be_bytes():
    found = nearest_image(IMAGE, np.stack([IMAGE * 510, IMAGE * 200]).astype(np.uint8))
    assert found.dtype == np.float32
    assert np.allclose(found, 100 / 255)
