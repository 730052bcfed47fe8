"""A drawing becomes an image as MNIST's are, whatever pen, place, size and colours it has."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage

from core.drawing import preprocess_drawing
from tests.helpers import STROKES, draw

_digits = st.sampled_from(sorted(STROKES))
_widths = st.floats(0.02, 0.08)
_channels = st.integers(0, 255)
_colors = st.tuples(_channels, _channels, _channels, st.just(255))


def _alike(first, second):
    """Tell how alike two images are, 1 for the same; whole pixels may part them by one."""
    moves = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    return max(
        np.corrcoef(first.ravel(), np.roll(second, move, axis=(0, 1)).ravel())[0, 1]
        for move in moves
    )


def _check_form(image):
    assert image.shape == (28, 28)
    assert image.dtype == np.float32
    assert image.min() >= 0
    assert image.max() <= 1
    assert image.any()


@given(_digits, _widths, st.floats(0.2, 0.8), st.floats(0.05, 0.15), st.floats(0.05, 0.15))
def test_a_drawing_fills_20_pixels_around_its_centre_of_mass(digit, width, size, left, top):
    image = preprocess_drawing(draw(STROKES[digit], corner=(left, top), size=size, width=width))
    _check_form(image)
    rows, columns = np.nonzero(image > 0.02)
    sides = np.ptp(rows) + 1, np.ptp(columns) + 1
    assert 19 <= max(sides) <= 20
    # To the nearest pixel, as in MNIST's own images.
    np.testing.assert_allclose(ndimage.center_of_mass(image), 14, atol=0.51)


@given(_digits, _widths, st.integers(-35, 35), st.integers(-35, 35))
def test_a_moved_drawing_gives_the_same_image(digit, width, down, right):
    drawing = draw(STROKES[digit], width=width)
    moved = np.roll(drawing, (down, right), axis=(0, 1))
    np.testing.assert_array_equal(preprocess_drawing(moved), preprocess_drawing(drawing))


@given(_digits, st.floats(0.06, 0.14), st.floats(0.3, 0.8))
def test_a_scaled_drawing_gives_nearly_the_same_image(digit, width, size):
    large = preprocess_drawing(draw(STROKES[digit], width=width * 0.8, size=0.8, corner=(0.1, 0.1)))
    scaled = preprocess_drawing(draw(STROKES[digit], width=width * size, size=size))
    assert _alike(large, scaled) > 0.85


@given(_digits, st.integers(60, 1600))
def test_the_size_of_the_canvas_does_not_matter(digit, side):
    expected = preprocess_drawing(draw(STROKES[digit], width=0.08))
    assert _alike(expected, preprocess_drawing(draw(STROKES[digit], width=0.08, side=side))) > 0.9


@given(_digits, _colors, _colors)
def test_colours_do_not_matter_where_ink_can_be_told_from_paper(digit, ink, paper):
    image = preprocess_drawing(draw(STROKES[digit], ink=ink, paper=paper))
    contrast = np.abs(np.subtract(ink, paper)).max() / 255
    if contrast < 0.1:
        assert image is None
    else:
        expected = preprocess_drawing(draw(STROKES[digit]))
        np.testing.assert_allclose(image, expected, atol=0.02)


@given(_digits, _widths)
def test_light_ink_on_dark_paper_is_read_like_dark_ink_on_light(digit, width):
    # The upright stroke lies exactly half-way between two pixels.
    for strokes in (STROKES[digit], [[(0.5, 0.05), (0.5, 0.95)]]):
        drawing = draw(strokes, width=width)
        inverted = np.concatenate([255 - drawing[..., :3], drawing[..., 3:]], axis=2)
        expected = preprocess_drawing(drawing)
        np.testing.assert_allclose(preprocess_drawing(inverted), expected, atol=1e-5)


def test_ink_on_a_transparent_canvas_is_read_like_ink_on_paper():
    clear = preprocess_drawing(draw(STROKES[2], paper=(0, 0, 0, 0)))
    assert _alike(clear, preprocess_drawing(draw(STROKES[2]))) > 0.999
    assert preprocess_drawing(draw(STROKES[2], ink=(255, 0, 0, 0), paper=(0, 0, 0, 0))) is None


def test_grey_and_rgb_pictures_are_drawings_too():
    drawing = draw(STROKES[3], ink=(0, 0, 0, 255))
    expected = preprocess_drawing(drawing)
    for picture in (drawing[..., :3], drawing[..., 0], drawing[..., :1]):
        np.testing.assert_array_equal(preprocess_drawing(picture), expected)


def test_a_thin_and_a_thick_pen_come_near_the_pens_of_mnist():
    images = [preprocess_drawing(draw(STROKES[2], width=w)) for w in (0.006, 0.02, 0.05, 0.12)]
    ink = [float(image.sum()) for image in images]
    assert max(ink) < 2.5 * min(ink)
    assert all(image.max() > 0.8 for image in images)


def test_a_flat_stroke_keeps_its_proportions():
    image = preprocess_drawing(draw([[(0, 0.5), (1, 0.5)]]))
    assert (image.sum(axis=0) > 0).sum() == 20
    assert (image.sum(axis=1) > 0.5).sum() <= 4


def test_an_mnist_image_comes_back_as_it_was(small):
    alike = [_alike(preprocess_drawing(255 * image), image) for image in small.x_test]
    # The boldest and the finest pens among MNIST's writers are evened out a little.
    assert np.median(alike) > 0.99
    assert np.percentile(alike, 2) > 0.9


@pytest.mark.parametrize("level", [0, 7, 255])
@pytest.mark.parametrize("shape", [(320, 320, 4), (28, 28), (1, 1, 4), (1, 300, 3), (300, 1)])
def test_a_blank_drawing_is_no_image(shape, level):
    assert preprocess_drawing(np.full(shape, level, np.uint8)) is None


@pytest.mark.parametrize("nothing", [None, np.zeros((0, 0, 4)), np.zeros((0, 320, 4)), []])
def test_no_drawing_is_no_image(nothing):
    assert preprocess_drawing(nothing) is None


@pytest.mark.parametrize("width", [0.003, 0.03, 0.1])
def test_a_single_dot_is_no_digit(width):
    assert preprocess_drawing(draw([[(0.5, 0.5), (0.5, 0.5)]], width=width)) is None


def test_faint_noise_of_compression_is_no_ink():
    noise = np.random.default_rng(0).integers(240, 256, (320, 320, 3), np.uint8)
    assert preprocess_drawing(noise) is None


def test_a_huge_picture_is_read_like_a_small_one():
    large = preprocess_drawing(draw(STROKES[2], side=3000)[:, :2500])
    assert _alike(large, preprocess_drawing(draw(STROKES[2]))) > 0.97


def test_a_picture_far_longer_than_wide_is_read():
    strip = np.zeros((5000, 1), np.uint8)
    strip[1000:4000] = 255
    _check_form(preprocess_drawing(strip))


def test_numbers_that_are_none_count_as_paper():
    drawing = draw(STROKES[7], ink=(255, 255, 255, 255), paper=(0, 0, 0, 255)).astype(float)
    expected = preprocess_drawing(drawing)
    drawing[:10] = np.nan
    drawing[-10:] = -np.inf
    drawing[..., 3] = np.inf
    assert _alike(preprocess_drawing(drawing), expected) > 0.999
    assert preprocess_drawing(np.full((50, 50, 4), np.nan)) is None


@pytest.mark.parametrize("shape", [(28,), (28, 28, 2), (28, 28, 5), (1, 28, 28, 4)])
def test_an_array_that_is_no_picture_is_refused(shape):
    with pytest.raises(ValueError, match="expected a drawing of shape"):
        preprocess_drawing(np.ones(shape))


@given(
    hnp.arrays(
        st.sampled_from([np.uint8, np.int64, np.float32, np.float64, np.bool_]),
        hnp.array_shapes(min_dims=2, max_dims=2, max_side=40).flatmap(
            lambda sides: st.sampled_from([sides, (*sides, 1), (*sides, 3), (*sides, 4)])
        ),
    )
)
def test_no_picture_ends_in_an_exception(picture):
    image = preprocess_drawing(picture)
    if image is not None:
        _check_form(image)
