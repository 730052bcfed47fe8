"""Every stage of preprocessing holds for any canvas, place, size, pen and colour."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core.drawing import find_ink, naive_shrink, preprocess_drawing, remove_specks, stages
from core.drawing.preprocessing import even_pen_width
from core.pretraining.rendering import draw_strokes, fit_strokes, ink_to_canvas, render_digit

SEVEN = [
    np.array([[10, 10], [60, 10], [30, 100]], float),
    np.array([[25, 52], [55, 50]], float),
]
shares = st.floats(0, 1)
sizes = st.floats(0.35, 0.9)
few = settings(max_examples=25, deadline=None)


def ink_width(image):
    """The width of a 7's stem in pixels: ink in a row below its bar."""
    return image[18:22].sum(axis=1).mean()


@few
@given(size=sizes, pen=st.floats(2, 24), x=shares, y=shares, canvas=st.integers(150, 700))
def test_any_place_size_pen_and_canvas_gives_much_the_same_image(size, pen, x, y, canvas):
    usual = preprocess_drawing(render_digit(SEVEN, canvas=280, size=0.8, pen_width=22))
    pen = min(pen, 0.2 * size * canvas)
    image = preprocess_drawing(
        render_digit(SEVEN, canvas=canvas, size=size, place=(x, y), pen_width=pen)
    )
    assert image.shape == (28, 28)
    assert image.dtype == np.float32
    assert image.min() >= 0
    assert 0.5 < image.max() <= 1
    # Correlation of the two images, one shifted by up to a pixel against the other.
    best = max(
        np.corrcoef(usual.ravel(), np.roll(image, (dy, dx), (0, 1)).ravel())[0, 1]
        for dy in (-1, 0, 1)
        for dx in (-1, 0, 1)
    )
    assert best > 0.7


@few
@given(left=st.integers(0, 100), top=st.integers(0, 100))
def test_a_moved_drawing_gives_exactly_the_same_image(left, top):
    drawn = render_digit(SEVEN, canvas=200, size=0.6)
    moved = np.full((300, 300, 4), 255, np.uint8)
    moved[top : top + 200, left : left + 200] = drawn
    np.testing.assert_array_equal(preprocess_drawing(moved), preprocess_drawing(drawn))


@few
@given(
    paper=st.tuples(*[st.integers(0, 255)] * 3),
    ink=st.tuples(*[st.integers(0, 255)] * 3),
)
def test_colours_do_not_matter_where_ink_differs_from_paper(paper, ink):
    if max(abs(one - other) for one, other in zip(paper, ink, strict=True)) < 60:
        return
    drawn = render_digit(SEVEN, canvas=120)
    amount = (255 - drawn[..., :1].astype(float)) / 255
    colored = np.array(paper) * (1 - amount) + np.array(ink) * amount
    # Rounding of colours moves some grey pixels of the edges.
    difference = np.abs(preprocess_drawing(colored) - preprocess_drawing(drawn))
    assert difference.mean() < 0.02


def test_an_inverted_drawing_gives_the_same_image():
    drawn = render_digit(SEVEN)
    inverted = 255 - drawn[..., :3]
    np.testing.assert_allclose(preprocess_drawing(inverted), preprocess_drawing(drawn), atol=1e-5)


def test_black_ink_on_transparent_paper_is_read():
    drawn = render_digit(SEVEN)
    transparent = np.zeros_like(drawn)
    transparent[..., 3] = 255 - drawn[..., 0]
    np.testing.assert_allclose(
        preprocess_drawing(transparent), preprocess_drawing(drawn), atol=1e-5
    )


def test_a_line_of_three_pixels_on_a_canvas_of_800_does_not_fade():
    image = preprocess_drawing(render_digit(SEVEN, canvas=800, size=0.9, pen_width=3))
    assert image.max() > 0.9
    assert ink_width(image) > 1.2


def test_a_marker_is_thinned():
    image = preprocess_drawing(render_digit(SEVEN, canvas=280, size=0.35, pen_width=26))
    assert ink_width(image) < 6


@pytest.mark.parametrize("pen", [1, 2, 4, 8, 16])
def test_lines_come_near_the_same_width_whatever_the_pen(pen):
    image = preprocess_drawing(render_digit(SEVEN, canvas=400, size=0.8, pen_width=pen))
    assert 1.2 < ink_width(image) < 3.5


def test_lines_as_wide_as_mnists_stay_as_they_are():
    ink = find_ink(render_digit(SEVEN, canvas=280, size=0.8, pen_width=30))
    assert even_pen_width(ink[ink.any(axis=1)]).shape == ink[ink.any(axis=1)].shape


@few
@given(x=st.integers(3, 276), y=st.integers(3, 276))
def test_a_stray_dot_changes_nothing(x, y):
    drawn = render_digit(SEVEN, canvas=280, size=0.5, place=(0.5, 0.5), pen_width=10)
    clean = preprocess_drawing(drawn)
    dot = draw_strokes([np.array([[x, y]], float)], width=280, height=280, pen_width=5)
    near = ink_to_canvas(
        draw_strokes([np.array([[x, y]], float)], width=280, height=280, pen_width=16)
    )
    if ((near[..., 0] < 255) & (drawn[..., 0] < 255)).any():
        return  # it touches the digit, and is part of it
    np.testing.assert_array_equal(
        preprocess_drawing(np.minimum(drawn, ink_to_canvas(dot) | [0, 0, 0, 255])), clean
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
    "nothing",
    [
        None,
        np.zeros((0, 0, 4), np.uint8),
        np.zeros((280, 280, 4), np.uint8),
        np.full((280, 280, 4), 255, np.uint8),
        np.full((40, 40, 4), np.nan),
        np.full((40, 40), np.inf),
        np.zeros((1, 1, 4), np.uint8),
        np.zeros((1, 500, 3), np.uint8),
    ],
)
def test_a_canvas_without_ink_gives_no_image(nothing):
    assert preprocess_drawing(nothing) is None
    assert stages(nothing) == []
    assert naive_shrink(nothing).shape == (28, 28)
    assert naive_shrink(nothing).max() == 0


@pytest.mark.parametrize("shape", [(3,), (5, 5, 2), (5, 5, 5), (2, 5, 5, 4)])
def test_a_wrong_shape_is_refused_with_what_was_received(shape):
    with pytest.raises(ValueError, match="received"):
        preprocess_drawing(np.ones(shape))


@settings(max_examples=60, deadline=None)
@given(
    hnp.arrays(
        st.sampled_from([np.uint8, np.float32, np.int64]),
        st.tuples(st.integers(1, 40), st.integers(1, 40), st.sampled_from([1, 3, 4])),
    )
)
def test_whatever_the_pixels_there_is_an_image_or_none(pixels):
    image = preprocess_drawing(pixels)
    assert image is None or (image.shape == (28, 28) and np.isfinite(image).all())


def test_a_huge_canvas_is_read():
    canvas = np.full((8000, 8000, 3), 255, np.uint8)
    canvas[1000:7000, 3990:4010] = 0
    image = preprocess_drawing(canvas)
    assert image.max() > 0.9


def test_the_last_stage_is_the_result_and_each_says_what_it_did():
    drawn = render_digit(SEVEN)
    passed = stages(drawn)
    np.testing.assert_array_equal(passed[-1].image, preprocess_drawing(drawn))
    assert len({stage.name for stage in passed}) == len(passed) > 3
    assert all(stage.sentence.endswith(".") for stage in passed)


def test_mnist_images_come_out_as_they_went_in():
    from core.data import load_embedded

    images = load_embedded().x_test[:200]
    changes = [
        np.abs(preprocess_drawing(image * 255) - image).sum() / image.sum() for image in images
    ]
    assert np.median(changes) < 0.02
    assert np.mean(np.array(changes) < 0.05) > 0.7
