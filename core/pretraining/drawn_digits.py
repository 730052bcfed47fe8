"""Images of digits drawn from pen strokes, to train on and to measure with.

Every image has gone through `preprocess_drawing`, as a drawing in the app does. Writers stay
apart: who is measured on was never trained on. Knows nothing of networks.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from functools import partial

import numpy as np

from core.data import PenDigit
from core.drawing import SIZE, DrawnImages, collect_drawings, preprocess_drawing
from core.pretraining import synthetic_strokes
from core.pretraining.rendering import draw_strokes, fit_strokes, ink_to_canvas, render_digit

# Writers of UCI's training file that the shipped model never trains on: these choose temperature
# and threshold, and those only measure.
VALIDATION_WRITERS = frozenset({"tra24", "tra25", "tra26"})


TEST_WRITERS = frozenset({"tra27", "tra28", "tra29", "tra30"})


def by_writers(digits: Iterable[PenDigit], writers: Iterable[str]) -> list[PenDigit]:
    """Return the digits that these people wrote."""
    wanted = frozenset(writers)
    return [digit for digit in digits if digit.writer in wanted]


def draw_with_pens(digits: Sequence[PenDigit], seed: int) -> DrawnImages:
    """Draw each digit once on a canvas of 280 pixels: any place, size and pen.

    The size is 35 to 90 % of the canvas and the pen 8 to 26 pixels wide, all uniformly.
    """
    rng = np.random.default_rng(seed)
    return collect_drawings(
        (
            render_digit(
                digit.strokes,
                canvas=280,
                size=rng.uniform(0.35, 0.9),
                place=(rng.random(), rng.random()),
                pen_width=rng.uniform(8, 26),
            ),
            digit.label,
        )
        for digit in digits
    )


def draw_with_mouse(digits: Sequence[PenDigit], seed: int) -> DrawnImages:
    """Draw each digit once with thin lines on a large canvas, as with a mouse.

    The canvas is 500 to 1,000 pixels wide and the line 2 to 6; half of the digits are drawn with
    the straight pieces and the tremor of a mouse (`core.synthetic_strokes.vary`).
    """
    rng = np.random.default_rng(seed)
    return collect_drawings(
        (
            render_digit(
                synthetic_strokes.vary(digit.strokes, rng, mouse=0.5),
                canvas=int(rng.integers(500, 1001)),
                size=rng.uniform(0.35, 0.9),
                place=(rng.random(), rng.random()),
                pen_width=rng.uniform(2, 6),
            ),
            digit.label,
        )
        for digit in digits
    )


def draw_no_digits(digits: Sequence[PenDigit], count: int, seed: int) -> DrawnImages:
    """Draw what is no single digit: scribbles, letters, several digits, pieces of digits."""
    rng = np.random.default_rng(seed)
    strokes = [digit.strokes for digit in digits]
    return collect_drawings(
        (
            render_digit(
                synthetic_strokes.not_a_digit(strokes, rng)[1],
                canvas=280,
                size=rng.uniform(0.35, 0.9),
                place=(rng.random(), rng.random()),
                pen_width=rng.uniform(3, 20),
            ),
            -1,
        )
        for _ in range(count)
    )


def write_numeral(
    digits: Sequence[PenDigit], rng: np.random.Generator, *, height: int = 200
) -> np.ndarray:
    """Write digits beside each other on a wide canvas, with small gaps between them.

    Args:
        digits: of one writer, from left to right.
        rng: decides on sizes, gaps and the pen.
        height: of the canvas in pixels.

    Returns:
        uint8 array of shape `(height, width, 4)`, black on white.
    """
    pen = rng.uniform(4, 12)
    strokes: list[np.ndarray] = []
    right = float(rng.uniform(15, 60))
    middle = height * rng.uniform(0.4, 0.6)
    for digit in digits:
        points = np.concatenate(digit.strokes)
        extent = np.ptp(points, axis=0)
        side = height * rng.uniform(0.4, 0.55)
        width = float(extent[0]) * side / max(float(extent.max()), 1e-9) + pen
        center = (right + width / 2, middle + rng.normal(0, 0.03) * height)
        strokes += fit_strokes(digit.strokes, side=side, center=center)
        right += width + rng.uniform(0.08, 0.3) * height
    canvas = round(right + rng.uniform(15, 60))
    return ink_to_canvas(draw_strokes(strokes, width=canvas, height=height, pen_width=pen))


def training_pool(
    digits: Sequence[PenDigit],
    *,
    variants: int,
    made_up: int,
    no_digits: int,
    seed: int,
    executor: Executor,
) -> DrawnImages:
    """Draw what a network trains on besides MNIST.

    Args:
        digits: of the writers to train on.
        variants: how often each is drawn, each time otherwise.
        made_up: digits drawn by program (`core.synthetic_strokes.synthetic_digit`).
        no_digits: drawings that are no digit, with the label -1.
        seed: the same seed draws the same.
        executor: where to draw; several processes are faster.

    Returns:
        Images in a fixed order, without the naive ones.
    """
    jobs = [("pen", variants * len(digits)), ("made up", made_up), ("no digit", no_digits)]
    chunk = 500
    kinds = [
        (kind, min(chunk, count - at)) for kind, count in jobs for at in range(0, count, chunk)
    ]
    seeds = np.random.SeedSequence(seed).generate_state(len(kinds))
    work = partial(_draw_for_training, digits)
    parts = list(executor.map(work, kinds, seeds.tolist(), range(len(kinds))))
    images = np.concatenate([part.normalised for part in parts])
    return DrawnImages(images, images[:0], np.concatenate([part.labels for part in parts]))


def _draw_for_training(
    digits: Sequence[PenDigit], job: tuple[str, int], seed: int, number: int
) -> DrawnImages:
    """Draw one chunk; `number` counts the chunks, so that every digit comes equally often."""
    kind, count = job
    rng = np.random.default_rng(seed)
    strokes = [digit.strokes for digit in digits]
    images = np.zeros((count, SIZE, SIZE), np.float32)
    labels = np.full(count, -1)
    filled = 0
    while filled < count:
        if kind == "pen":
            digit = digits[(number * 500 + filled) % len(digits)]
            label, drawn = digit.label, synthetic_strokes.vary(digit.strokes, rng, mouse=0.25)
        elif kind == "made up":
            label = int(rng.integers(10))
            drawn = synthetic_strokes.synthetic_digit(label, rng)
        else:
            label, drawn = -1, synthetic_strokes.not_a_digit(strokes, rng)[1]
        canvas = render_digit(
            drawn, canvas=280, size=rng.uniform(0.35, 0.9), pen_width=_training_pen(rng)
        )
        image = preprocess_drawing(canvas)
        if image is not None:
            images[filled], labels[filled] = image, label
            filled += 1
    return DrawnImages(images, images[:0], labels)


def _training_pen(rng: np.random.Generator) -> float:
    """Choose a pen, in pixels of a canvas of 280: a line of one pixel on 800 up to a marker."""
    return float(rng.uniform(8, 26) if rng.random() < 0.6 else rng.uniform(0.7, 9))
