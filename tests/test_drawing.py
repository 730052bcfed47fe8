"""A drawing becomes an image as MNIST's are, whatever pen, place, size and colours it has."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage

from core.drawing import find_ink, naive_shrink, preprocess_drawing, stages
from core.drawing.pen_width import even_pen_width
from core.drawing.resizing import crop_to_ink
from core.drawing.specks import remove_specks
from core.pretraining.rendering import draw_strokes, fit_strokes, ink_to_canvas, render_digit
from tests.helpers import STROKES, draw

_SEVEN = [
    np.array([[10, 10], [60, 10], [30, 100]], float),
    np.array([[25, 52], [55, 50]], float),
]
_digits = st.sampled_from(sorted(STROKES))
_widths = st.floats(0.02, 0.08)
_colors = st.tuples(*[st.integers(0, 255)] * 3, st.just(255))


def _similarity(first, second):
    """Return the correlation of two images, shifted by at most a pixel; 1 for the same."""
    shifts = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    return max(
        np.corrcoef(first.ravel(), np.roll(second, shift, axis=(0, 1)).ravel())[0, 1]
        for shift in shifts
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


@given(_digits, st.floats(0.06, 0.14), st.floats(0.3, 0.8), st.integers(150, 1600))
def test_a_scaled_drawing_on_any_canvas_gives_nearly_the_same_image(digit, width, size, side):
    large = preprocess_drawing(draw(STROKES[digit], width=width * 0.8, size=0.8, corner=(0.1, 0.1)))
    scaled = preprocess_drawing(draw(STROKES[digit], width=width * size, size=size, side=side))
    assert _similarity(large, scaled) > 0.85


@given(_digits, _colors, _colors)
def test_colours_do_not_matter_where_ink_can_be_told_from_paper(digit, ink, paper):
    image = preprocess_drawing(draw(STROKES[digit], ink=ink, paper=paper))
    contrast = np.abs(np.subtract(ink, paper)).max() / 255
    if contrast < 0.1:
        assert image is None
    else:
        expected = preprocess_drawing(draw(STROKES[digit]))
        np.testing.assert_allclose(image, expected, atol=0.02)


def test_light_ink_on_dark_paper_is_read_like_dark_ink_on_light():
    # The upright stroke lies exactly half-way between two pixels.
    for strokes in (*STROKES.values(), [[(0.5, 0.05), (0.5, 0.95)]]):
        drawing = draw(strokes)
        inverted = np.concatenate([255 - drawing[..., :3], drawing[..., 3:]], axis=2)
        expected = preprocess_drawing(drawing)
        np.testing.assert_allclose(preprocess_drawing(inverted), expected, atol=1e-5)


def test_ink_on_a_transparent_canvas_is_read_like_ink_on_paper():
    clear = preprocess_drawing(draw(STROKES[2], paper=(0, 0, 0, 0)))
    assert _similarity(clear, preprocess_drawing(draw(STROKES[2]))) > 0.999
    assert preprocess_drawing(draw(STROKES[2], ink=(255, 0, 0, 0), paper=(0, 0, 0, 0))) is None
    drawn = render_digit(_SEVEN)
    black = np.zeros_like(drawn)
    black[..., 3] = 255 - drawn[..., 0]
    np.testing.assert_allclose(preprocess_drawing(black), preprocess_drawing(drawn), atol=1e-5)


def test_grey_and_rgb_pictures_are_drawings_too():
    drawing = draw(STROKES[3], ink=(0, 0, 0, 255))
    expected = preprocess_drawing(drawing)
    for picture in (drawing[..., :3], drawing[..., 0], drawing[..., :1]):
        np.testing.assert_array_equal(preprocess_drawing(picture), expected)


@pytest.mark.parametrize(
    ("pen", "canvas", "size", "widest"),
    [
        (1, 400, 0.8, 3.5),
        (4, 400, 0.8, 3.5),
        (16, 400, 0.8, 3.5),
        (3, 800, 0.9, 3.5),  # would fade where it is only reduced
        (26, 280, 0.35, 6),  # a marker
    ],
)
def test_lines_come_near_the_width_of_mnist_s_whatever_the_pen(pen, canvas, size, widest):
    image = preprocess_drawing(render_digit(_SEVEN, canvas=canvas, size=size, pen_width=pen))
    assert image.max() > 0.9
    # The stem of the 7: ink in a row below its bar.
    assert 1.2 < image[18:22].sum(axis=1).mean() < widest


def test_thin_and_thick_pens_leave_much_the_same_amount_of_ink():
    ink = [preprocess_drawing(draw(STROKES[2], width=w)).sum() for w in (0.006, 0.02, 0.05, 0.12)]
    assert max(ink) < 2.5 * min(ink)


def test_lines_as_wide_as_mnist_s_stay_as_they_are():
    ink = crop_to_ink(find_ink(render_digit(_SEVEN, canvas=280, size=0.8, pen_width=30)))
    assert even_pen_width(ink) is ink


def test_a_flat_stroke_keeps_its_proportions():
    image = preprocess_drawing(draw([[(0, 0.5), (1, 0.5)]]))
    assert (image.sum(axis=0) > 0).sum() == 20
    assert (image.sum(axis=1) > 0.5).sum() <= 4


def test_an_mnist_image_comes_back_as_it_was(small):
    images = [preprocess_drawing(255 * image) for image in small.x_test]
    pairs = list(zip(images, small.x_test, strict=True))
    changes = np.array([np.abs(image - before).sum() / before.sum() for image, before in pairs])
    assert np.median(changes) < 0.02
    assert (changes < 0.05).mean() > 0.7
    # The boldest and the finest pens among MNIST's writers are changed a little.
    assert np.percentile([_similarity(image, before) for image, before in pairs], 2) > 0.9


@given(x=st.integers(3, 276), y=st.integers(3, 276))
def test_a_stray_dot_changes_nothing(x, y):
    def dot(width):
        point = [np.array([[x, y]], float)]
        return ink_to_canvas(draw_strokes(point, width=280, height=280, pen_width=width))

    drawn = render_digit(_SEVEN, canvas=280, size=0.5, place=(0.5, 0.5), pen_width=10)
    if ((dot(16)[..., 0] < 255) & (drawn[..., 0] < 255)).any():
        return  # it touches the digit, and is part of it
    np.testing.assert_array_equal(
        preprocess_drawing(np.minimum(drawn, dot(5))), preprocess_drawing(drawn)
    )


def test_the_separate_bar_of_a_five_stays():
    five = [
        np.array([[20, 10], [15, 45], [50, 45], [60, 70], [40, 98], [10, 90]], float),
        np.array([[32, 8], [60, 5]], float),
    ]
    ink = find_ink(render_digit(five, pen_width=6))
    np.testing.assert_array_equal(remove_specks(ink), ink)


def test_a_dotted_digit_keeps_its_dots():
    dots = [np.array([[50, y]], float) for y in range(0, 200, 25)]
    ink = draw_strokes(
        fit_strokes(dots, side=180, center=(100, 100)), width=200, height=200, pen_width=8
    )
    assert (remove_specks(ink / np.float32(255)) > 0).sum() == (ink > 0).sum()


def test_ink_that_touches_the_border_is_read():
    points = [np.array([[100, -20], [100, 220]], float), np.array([[-20, 60], [100, 0]], float)]
    canvas = ink_to_canvas(draw_strokes(points, width=200, height=200, pen_width=12))
    assert preprocess_drawing(canvas).max() > 0.9


@pytest.mark.parametrize(
    "blank",
    [
        None,
        [],
        np.zeros((0, 320, 4)),
        np.full((320, 320, 4), 255, np.uint8),
        np.zeros((280, 280, 4), np.uint8),
        np.full((28, 28), 7, np.uint8),
        np.zeros((1, 1, 4), np.uint8),
        np.full((1, 500, 3), 255, np.uint8),
        np.full((40, 40, 4), np.nan),
        np.full((40, 40), np.inf),
    ],
)
def test_a_blank_drawing_gives_no_image(blank):
    assert preprocess_drawing(blank) is None
    assert stages(blank) == []
    np.testing.assert_array_equal(naive_shrink(blank), np.zeros((28, 28)))


def test_a_single_dot_is_not_a_digit():
    for width in (0.003, 0.03, 0.1):
        assert preprocess_drawing(draw([[(0.5, 0.5), (0.5, 0.5)]], width=width)) is None


def test_faint_noise_of_compression_is_not_ink():
    noise = np.random.default_rng(0).integers(240, 256, (320, 320, 3), np.uint8)
    assert preprocess_drawing(noise) is None


def test_a_huge_picture_is_read_like_a_small_one():
    large = preprocess_drawing(draw(STROKES[2], side=5000)[:, :4200])
    assert _similarity(large, preprocess_drawing(draw(STROKES[2]))) > 0.97


def test_a_picture_far_longer_than_wide_is_read():
    strip = np.zeros((5000, 1), np.uint8)
    strip[1000:4000] = 255
    _check_form(preprocess_drawing(strip))


def test_numbers_that_are_not_finite_count_as_paper():
    drawing = draw(STROKES[7], ink=(255, 255, 255, 255), paper=(0, 0, 0, 255)).astype(float)
    expected = preprocess_drawing(drawing)
    drawing[:10] = np.nan
    drawing[-10:] = -np.inf
    drawing[..., 3] = np.inf
    assert _similarity(preprocess_drawing(drawing), expected) > 0.999


def test_an_array_that_is_not_a_picture_is_refused_with_its_shape():
    for shape in [(28,), (28, 28, 2), (28, 28, 5), (1, 28, 28, 4)]:
        with pytest.raises(ValueError, match="expected a drawing of shape") as refusal:
            preprocess_drawing(np.ones(shape))
        assert f"received {shape}" in str(refusal.value)


@given(
    hnp.arrays(
        st.sampled_from([np.uint8, np.int64, np.float32, np.float64, np.bool_]),
        hnp.array_shapes(min_dims=2, max_dims=2, max_side=40).flatmap(
            lambda sides: st.sampled_from([sides, (*sides, 1), (*sides, 3), (*sides, 4)])
        ),
    )
)
def test_no_picture_raises_an_exception(picture):
    image = preprocess_drawing(picture)
    if image is not None:
        _check_form(image)


def test_the_last_stage_is_the_result_and_each_says_what_it_did():
    drawn = render_digit(_SEVEN)
    passed = stages(drawn)
    np.testing.assert_array_equal(passed[-1].image, preprocess_drawing(drawn))
    assert len({stage.name for stage in passed}) == len(passed) > 3
    assert all(stage.sentence.endswith(".") for stage in passed)
