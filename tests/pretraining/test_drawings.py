"""Strokes are drawn where they belong, as the app sees drawings, and writers stay apart."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.pretraining.drawings import (
    TEST_WRITERS,
    VALIDATION_WRITERS,
    by_writers,
    draw_non_digits,
    draw_training_images,
    training_writers,
)
from core.pretraining.rendering import draw_strokes, fit_strokes, render_digit
from core.pretraining.synthetic_strokes import not_a_digit, synthetic_digit, vary
from tests.helpers import DirectExecutor, synthetic_pen_digits

_LINE = [np.array([[0, 0], [30, 50]], float)]


@pytest.fixture(scope="module")
def digits():
    return synthetic_pen_digits("tra01", *TEST_WRITERS, *VALIDATION_WRITERS)


@given(side=st.floats(20, 200), x=st.floats(120, 180), y=st.floats(120, 180), pen=st.floats(2, 20))
def test_strokes_are_drawn_at_the_size_and_place_asked_for(side, x, y, pen):
    fitted = fit_strokes(_LINE, side=side, center=(x, y))
    ink = draw_strokes(fitted, width=300, height=300, pen_width=pen)
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    assert rows[-1] - rows[0] + 1 == pytest.approx(side + pen, abs=2.5)
    assert (rows[0] + rows[-1]) / 2 == pytest.approx(y, abs=2)
    assert (columns[0] + columns[-1]) / 2 == pytest.approx(x, abs=2)


@given(size=st.floats(0.35, 0.9), x=st.floats(0, 1), y=st.floats(0, 1))
def test_a_digit_lies_wholly_on_its_canvas(size, x, y):
    canvas, centered = (
        render_digit(_LINE, size=size, place=place, pen_width=26) for place in ((x, y), (0.5, 0.5))
    )
    assert canvas.shape == (280, 280, 4)
    assert (255.0 - canvas[..., 0]).sum() == pytest.approx(
        (255.0 - centered[..., 0]).sum(), rel=0.03
    )


def test_edges_are_smooth():
    ink = draw_strokes([np.array([[10, 10], [80, 43]], float)], width=90, height=60, pen_width=5)
    assert len(np.unique(ink)) > 3


@given(seed=st.integers(0, 1000), mouse=st.floats(0, 1))
def test_synthetic_strokes_are_finite_the_same_again_and_about_as_large_as_a_unit_box(seed, mouse):
    def draw():
        rng = np.random.default_rng(seed)
        digits = [synthetic_digit(label, rng) for label in range(10)]
        return [*(vary(strokes, rng, mouse=mouse) for strokes in digits), *digits]

    for strokes, again in zip(draw(), draw(), strict=True):
        points = np.concatenate(strokes)
        np.testing.assert_array_equal(points, np.concatenate(again))
        assert 0.5 < np.ptp(points, axis=0).max() < 2


def test_every_kind_of_non_digit_is_drawn_with_ink(digits):
    rng = np.random.default_rng(0)
    strokes = [digit.strokes for digit in digits]
    kinds = {not_a_digit(strokes, rng)[0] for _ in range(40)}
    assert kinds == {"scribble", "letter", "several digits", "pieces"}
    drawn = draw_non_digits(digits, 40, seed=3)
    assert (drawn.normalised.max(axis=(1, 2)) > 0.5).all()
    assert (drawn.labels == -1).all()


def test_nobody_trains_who_is_kept_for_validation_or_test(digits):
    assert not VALIDATION_WRITERS & TEST_WRITERS
    assert training_writers(digits) == ["tra01"]
    assert {digit.writer for digit in by_writers(digits, ["tra01"])} == {"tra01"}


def test_training_images_are_the_same_again_and_of_the_kinds_asked_for(digits):
    counts = {"pen": 20, "synthetic": 5, "non_digit": 7}
    drawn, again = (
        draw_training_images(digits, counts, seed=1, executor=DirectExecutor()) for _ in range(2)
    )
    assert {kind: len(labels) for kind, (_, labels) in drawn.items()} == counts
    for kind, (images, labels) in drawn.items():
        np.testing.assert_array_equal(images, again[kind][0])
        np.testing.assert_array_equal(labels, again[kind][1])
    assert drawn["pen"][1].tolist() == [digit.label for digit in digits[:20]]
    assert (drawn["synthetic"][1] >= 0).all()
    assert (drawn["non_digit"][1] == -1).all()
