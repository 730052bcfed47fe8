"""Images of digits drawn from pen strokes, to train on and to measure with.

Every image has been through `preprocess_drawing`, as a drawing in the app is. Writers stay apart:
a model is never measured on somebody whose digits it was trained on. Knows nothing of networks.
"""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from functools import partial

import numpy as np

from core.data import PenDigit
from core.drawing import DrawnImages, collect_drawings, preprocess_drawing
from core.pretraining.rendering import draw_strokes, fit_strokes, ink_to_canvas, render_digit
from core.pretraining.synthetic_strokes import not_a_digit, synthetic_digit, vary

# Writers of UCI's training file that the shipped model never trains on: the first choose
# temperature and threshold, the others are only measured on.
VALIDATION_WRITERS = frozenset({"tra24", "tra25", "tra26"})
TEST_WRITERS = frozenset({"tra27", "tra28", "tra29", "tra30"})
_CHUNK = 500  # drawings that one process draws at a time


def by_writers(digits: Iterable[PenDigit], writers: Iterable[str]) -> list[PenDigit]:
    """Return the digits that these people wrote."""
    wanted = frozenset(writers)
    return [digit for digit in digits if digit.writer in wanted]


def training_writers(digits: Iterable[PenDigit]) -> list[str]:
    """Return, in order, the writers kept for neither validation nor test."""
    return sorted({digit.writer for digit in digits} - VALIDATION_WRITERS - TEST_WRITERS)


def draw_with_pens(digits: Sequence[PenDigit], seed: int) -> DrawnImages:
    """Draw each digit once on a canvas of 280 pixels: any place, size and pen.

    The size is 35 to 90 % of the canvas and the pen 8 to 26 pixels wide, all uniformly.
    """
    rng = np.random.default_rng(seed)
    return collect_drawings(
        (_render_anywhere(digit.strokes, rng, pen_widths=(8, 26)), digit.label) for digit in digits
    )


def draw_with_mouse(digits: Sequence[PenDigit], seed: int) -> DrawnImages:
    """Draw each digit once with thin lines on a large canvas, as with a mouse.

    The canvas is 500 to 1,000 pixels wide and the line 2 to 6; half of the digits are drawn with
    the straight segments and the tremor of a mouse (`vary`).
    """
    rng = np.random.default_rng(seed)
    return collect_drawings(
        (
            _render_anywhere(
                vary(digit.strokes, rng, mouse=0.5),
                rng,
                pen_widths=(2, 6),
                canvas=int(rng.integers(500, 1001)),
            ),
            digit.label,
        )
        for digit in digits
    )


def draw_non_digits(digits: Sequence[PenDigit], count: int, seed: int) -> DrawnImages:
    """Draw what is not a single digit: scribbles, letters, several digits, pieces of digits."""
    rng = np.random.default_rng(seed)
    strokes = [digit.strokes for digit in digits]
    return collect_drawings(
        (_render_anywhere(not_a_digit(strokes, rng)[1], rng, pen_widths=(3, 20)), -1)
        for _ in range(count)
    )


def _render_anywhere(
    strokes: Sequence[np.ndarray],
    rng: np.random.Generator,
    *,
    pen_widths: tuple[float, float],
    canvas: int = 280,
) -> np.ndarray:
    return render_digit(
        strokes,
        canvas=canvas,
        size=rng.uniform(0.35, 0.9),
        place=(rng.random(), rng.random()),
        pen_width=rng.uniform(*pen_widths),
    )


def write_number(
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
        extent = np.ptp(np.concatenate(digit.strokes), axis=0)
        side = height * rng.uniform(0.4, 0.55)
        width = float(extent[0]) * side / max(float(extent.max()), 1e-9) + pen
        center = (right + width / 2, middle + rng.normal(0, 0.03) * height)
        strokes += fit_strokes(digit.strokes, side=side, center=center)
        right += width + rng.uniform(0.08, 0.3) * height
    canvas = round(right + rng.uniform(15, 60))
    return ink_to_canvas(draw_strokes(strokes, width=canvas, height=height, pen_width=pen))


def draw_training_images(
    digits: Sequence[PenDigit], counts: Mapping[str, int], *, seed: int, executor: Executor
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Draw what a network trains on besides MNIST.

    Args:
        digits: of the writers to train on.
        counts: how many drawings of each kind. "pen": recorded digits in turn, each time drawn
            differently. "synthetic": digits by `synthetic_digit`. "non_digit": by `not_a_digit`.
        seed: the same seed draws the same.
        executor: where to draw; several processes are faster.

    Returns:
        For each kind its images, float32 `(n, 28, 28)`, and labels, int `(n,)`, -1 for not a
        digit.
    """
    jobs = [
        (kind, start, min(_CHUNK, count - start))
        for kind, count in counts.items()
        for start in range(0, count, _CHUNK)
    ]
    seeds = np.random.SeedSequence(seed).generate_state(len(jobs)).tolist()
    drawn = executor.map(partial(_draw_chunk, digits), jobs, seeds)
    images, labels = (np.concatenate(parts) for parts in zip(*drawn, strict=True))
    ends = np.cumsum(list(counts.values()))[:-1]
    parts = zip(np.split(images, ends), np.split(labels, ends), strict=True)
    return dict(zip(counts, parts, strict=True))


def _draw_chunk(
    digits: Sequence[PenDigit], job: tuple[str, int, int], seed: int
) -> tuple[np.ndarray, np.ndarray]:
    kind, start, count = job
    rng = np.random.default_rng(seed)
    strokes = [digit.strokes for digit in digits]
    images: list[np.ndarray] = []
    labels: list[int] = []
    while len(images) < count:
        if kind == "pen":
            digit = digits[(start + len(images)) % len(digits)]
            label, drawn = digit.label, vary(digit.strokes, rng, mouse=0.25)
        elif kind == "synthetic":
            label = int(rng.integers(10))
            drawn = synthetic_digit(label, rng)
        else:
            label, drawn = -1, not_a_digit(strokes, rng)[1]
        size = rng.uniform(0.35, 0.9)
        # In pixels of a canvas of 280: from a line of one pixel on 800 up to a marker.
        pen_width = rng.uniform(8, 26) if rng.random() < 0.6 else rng.uniform(0.7, 9)
        image = preprocess_drawing(render_digit(drawn, size=size, pen_width=pen_width))
        if image is not None:  # nearly always
            images.append(image)
            labels.append(label)
    return np.array(images), np.array(labels)
