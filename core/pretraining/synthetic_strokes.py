"""Synthetic strokes: other ways to write a digit, and drawings that are not a digit.

Recorded handwriting has few crossed sevens, ones with flag and foot or digits drawn with a mouse,
and no scribbles at all; these are drawn here from a few control points each, never twice alike.
Knows nothing of images or networks: everything is strokes, arrays of shape `(n, 2)`, y downward.
"""

from collections.abc import Sequence

import numpy as np
from scipy import interpolate, ndimage

Strokes = list[np.ndarray]

# The ways to write each digit. Strokes stand between "|", as their control points: x and y in
# hundredths of a unit box. A smooth curve leads through those after "~", straight lines through
# the others.
_DIGITS: tuple[tuple[str, ...], ...] = (
    ("~50,0 15,20 5,55 30,95 70,95 95,50 80,12 48,0",  # 0
     "~70,5 30,5 5,50 35,100 75,90 95,50 80,10 55,3"),
    ("50,0 50,100",  # 1
     "20,30 50,0 50,100",
     "15,35 50,0 50,100 | 20,100 85,100",
     "15,40 55,0 50,100 20,100 85,98",
     "10,50 55,0 50,100"),
    ("~10,25 35,0 80,8 85,35 50,70 10,100 | 10,100 95,100",  # 2
     "~10,25 40,0 85,15 70,55 25,95 10,85 35,80 60,98 100,90",
     "5,10 50,0 90,20 80,45 5,100 95,97"),
    ("~10,12 50,0 85,20 65,45 40,48 | ~40,48 80,55 92,80 55,100 10,90",  # 3
     "10,0 90,0 45,42 | ~45,42 90,55 85,90 45,100 10,88",
     "10,5 80,10 80,40 40,48 85,60 85,90 10,100"),
    ("35,0 5,60 95,60 | 70,20 70,100",  # 4
     "65,0 5,65 95,65 | 65,0 65,100",
     "65,100 65,0 5,65 95,65",
     "10,0 10,50 85,50 | 80,0 80,100",
     "15,0 10,50 80,45 85,5 80,100"),
    ("85,0 20,0 15,45 | ~15,45 60,35 92,65 60,98 10,90",  # 5
     "20,3 15,45 | ~15,45 65,38 90,70 55,100 5,90 | 20,3 90,0",
     "90,0 15,0 15,45 80,45 85,95 10,100"),
    ("~75,0 30,30 10,70 40,100 85,85 80,58 45,52 12,75",  # 6
     "~40,0 15,40 15,85 50,100 85,80 60,55 20,70",
     "80,0 20,40 10,95 85,100 85,55 15,55"),
    ("5,0 95,0 40,100",  # 7
     "5,0 95,0 40,100 | 35,50 90,48",
     "5,20 8,0 95,0 45,100",
     "5,15 10,0 95,3 40,100 | 30,55 90,50",
     "~5,5 50,8 95,0 60,45 45,100"),
    ("~80,12 40,0 15,25 50,48 88,75 50,100 12,78 45,50 85,25 75,8",  # 8
     "~50,0 20,12 30,42 65,40 80,12 48,0 | ~50,44 10,65 25,97 75,97 90,65 50,44",
     "85,10 40,0 15,20 85,80 50,100 12,80 85,20 75,3"),
    ("~85,20 50,0 15,20 30,48 70,42 87,12 | 87,12 80,100",  # 9
     "~85,25 45,0 12,25 45,50 82,25 88,60 60,97 15,90",
     "~75,5 30,8 15,35 45,48 80,30 | 82,5 75,100",
     "85,45 15,45 15,3 85,0 85,100 20,100"),
)  # fmt: skip
# Letters that nobody would take for a digit; I, O, S, Z, B, b, g, l, o, q, s and z are left out.
_LETTERS = (
    "0,100 50,0 100,100 | 20,60 80,60",  # A
    "90,0 10,0 10,100 90,100 | 10,50 80,50",  # E
    "90,0 10,0 10,100 | 10,50 80,50",  # F
    "10,0 10,100 | 90,0 90,100 | 10,50 90,50",  # H
    "10,0 10,100 | 90,0 10,55 90,100",  # K
    "5,100 10,0 50,60 90,0 95,100",  # M
    "10,100 10,0 90,100 90,0",  # N
    "10,100 10,0 | ~10,0 70,2 85,25 60,50 10,52 | 30,52 90,100",  # R
    "0,0 100,0 | 50,0 50,100",  # T
    "0,0 25,100 50,30 75,100 100,0",  # W
    "0,0 100,100 | 100,0 0,100",  # X
    "~80,15 40,10 10,50 40,95 75,70 80,15 | 80,10 85,100",  # a
    "10,0 10,100 | ~10,60 50,45 80,65 85,100",  # h
    "5,20 8,100 | ~8,50 30,20 50,40 50,100 | ~50,50 75,20 95,40 95,100",  # m
    "~10,50 80,50 70,10 25,15 10,60 40,100 90,80",  # e
    "~0,10 10,90 50,90 50,20 55,90 90,90 100,0",  # u
)  # fmt: skip


def synthetic_digit(label: int, rng: np.random.Generator) -> Strokes:
    """Write a digit in one of its ways, with a shaky hand."""
    templates = _DIGITS[label]
    return _write(templates[rng.integers(len(templates))], rng)


def vary(strokes: Sequence[np.ndarray], rng: np.random.Generator, *, mouse: float) -> Strokes:
    """Write the same digit again: rotated, slanted, stretched, perhaps with a mouse.

    Args:
        strokes: arrays of shape `(n, 2)`, in any unit.
        rng: the source of randomness.
        mouse: probability that a mouse drew it: straight segments between few points, with a
            tremor.

    Returns:
        The strokes, in a box about 1 wide or high.
    """
    varied = _to_unit_box(strokes)
    if rng.random() < mouse:
        varied = [_redraw(stroke, rng) for stroke in varied]
    angle = np.deg2rad(np.clip(rng.normal(0, 5), -12, 12))
    slant, stretch = np.clip(rng.normal(0, 0.12), -0.3, 0.3), np.exp(rng.normal(0, 0.1))
    matrix = _rotation(angle) @ np.array([[stretch, slant], [0, 1 / stretch]])
    return [stroke @ matrix.T for stroke in varied]


def not_a_digit(
    digits: Sequence[Sequence[np.ndarray]], rng: np.random.Generator
) -> tuple[str, Strokes]:
    """Draw something that is not a single digit.

    Args:
        digits: strokes of digits to build from, at least one.
        rng: the source of randomness.

    Returns:
        Its kind ("scribble", "letter", "several digits" or "pieces") and its strokes.
    """

    def some(count: int) -> list[Sequence[np.ndarray]]:
        return [digits[index] for index in rng.integers(0, len(digits), count)]

    kind = rng.random()
    if kind < 0.4:
        return "scribble", _scribble(rng)
    if kind < 0.55:
        return "letter", _write(_LETTERS[rng.integers(len(_LETTERS))], rng)
    if kind < 0.88:
        return "several digits", _side_by_side(some(int(rng.choice([2, 2, 2, 3, 4]))), rng)
    return "pieces", _pieces(some(int(rng.integers(3, 6))), rng)


def _scribble(rng: np.random.Generator) -> Strokes:
    """Draw something without meaning, in one of several ways."""
    match rng.integers(7):
        case 0:  # a random walk
            return [np.cumsum(rng.normal(0, 1, (int(rng.integers(25, 90)), 2)), axis=0)]
        case 1:  # a smooth line through many points
            return [_curve(rng.random((int(rng.integers(8, 18)), 2)))]
        case 2:  # straight lines between many points
            return [rng.random((int(rng.integers(7, 16)), 2))]
        case 3:  # hatching
            count = int(rng.integers(7, 18))
            zigzag = np.column_stack([np.linspace(0, 1, count), np.arange(count) % 2])
            zigzag += rng.normal(0, 0.06, (count, 2))
            return vary([zigzag[:, :: int(rng.choice([1, -1]))]], rng, mouse=0)
        case 4:  # a spiral
            angle = np.linspace(0, rng.uniform(2.6, 6) * 2 * np.pi, 120)
            # With one radius and no drift it would be a zero, drawn twice.
            radius = 1 + np.linspace(0, rng.uniform(0.5, 0.9) * rng.choice([-1, 1]), 120)
            drift = np.outer(np.linspace(0, rng.uniform(0, 2.0), 120), rng.normal(0, 0.7, 2))
            circle = np.column_stack([np.cos(angle), np.sin(angle)]) * radius[:, None] + drift
            return [circle + _tremor(120, 0.08, rng)]
        case 5:  # several lines that cross
            count = int(rng.integers(4, 9))
            return [_curve(rng.random((int(rng.integers(2, 5)), 2))) for _ in range(count)]
        case _:  # a walk whose direction changes slowly
            turns = np.cumsum(rng.normal(0, rng.uniform(0.3, 0.9), int(rng.integers(60, 160))))
            return [np.cumsum(np.column_stack([np.cos(turns), np.sin(turns)]), axis=0)]


def _side_by_side(digits: Sequence[Sequence[np.ndarray]], rng: np.random.Generator) -> Strokes:
    """Write digits beside each other, of similar height, with gaps or nearly touching."""
    strokes: Strokes = []
    right = 0.0
    for digit in digits:
        scale = rng.uniform(0.8, 1.15)
        shift = np.array([right, rng.normal(0, 0.06)])
        scaled = [stroke * scale for stroke in _to_unit_box(digit)]
        strokes += [stroke + shift for stroke in scaled]
        right += max(stroke[:, 0].max() for stroke in scaled) + rng.uniform(-0.05, 0.5)
    return strokes


def _pieces(digits: Sequence[Sequence[np.ndarray]], rng: np.random.Generator) -> Strokes:
    """Overlay pieces of several digits."""
    strokes: Strokes = []
    for digit in digits:
        path = np.concatenate(_to_unit_box(digit))
        length = max(3, round(len(path) * rng.uniform(0.4, 0.8)))
        start = int(rng.integers(0, max(1, len(path) - length)))
        rotation = _rotation(rng.uniform(0, 2 * np.pi))
        strokes.append(path[start : start + length] @ rotation.T + rng.normal(0, 0.3, 2))
    return strokes


def _write(template: str, rng: np.random.Generator) -> Strokes:
    """Shake the control points, draw through them, and vary the whole."""
    shake = rng.uniform(0.02, 0.06)
    moves: dict[str, np.ndarray] = {}  # strokes that meet still meet
    squeezed = []
    for stroke in template.split(" | "):
        points = np.array(
            [
                np.array(point.split(","), float) / 100
                + moves.setdefault(point, rng.normal(0, shake, 2))
                for point in stroke.removeprefix("~").split()
            ]
        )
        squeezed.append(_curve(points) if stroke.startswith("~") else _densify(points))
    squeeze = np.array([rng.uniform(0.5, 0.95), 1.0])
    return vary([stroke * squeeze for stroke in squeezed], rng, mouse=0.4)


def _redraw(stroke: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw a stroke as a mouse does: through fewer points, with a tremor."""
    if len(stroke) < 3:
        return stroke
    dense = _densify(stroke)
    count = int(rng.integers(6, 25))
    kept = dense[np.unique(np.linspace(0, len(dense) - 1, count).round().astype(int))]
    if rng.random() < 0.4:
        kept = _densify(kept)
    return kept + _tremor(len(kept), rng.uniform(0.0, 0.03), rng)


def _tremor(count: int, size: float, rng: np.random.Generator) -> np.ndarray:
    noise = rng.normal(0, 1, (count, 2))
    return size * ndimage.uniform_filter1d(noise, 3, axis=0, mode="constant")


def _to_unit_box(strokes: Sequence[np.ndarray]) -> Strokes:
    """Move and scale strokes so that their box begins at (0, 0) and its longer side is 1."""
    points = np.concatenate(strokes)
    extent = max(float(np.ptp(points, axis=0).max()), 1e-9)
    return [(stroke - points.min(axis=0)) / extent for stroke in strokes]


def _rotation(angle: float) -> np.ndarray:
    """Return the matrix that rotates by an angle in radians."""
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def _curve(points: np.ndarray) -> np.ndarray:
    """Return a smooth line through the points (a B-spline, at most cubic)."""
    degree = min(3, len(points) - 1)
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    points = points[np.concatenate([[True], steps > 1e-6])]
    if len(points) <= degree:
        return points
    spline, _ = interpolate.splprep(points.T, k=degree, s=0)
    return np.column_stack(interpolate.splev(np.linspace(0, 1, 12 * len(points)), spline))


def _densify(points: np.ndarray) -> np.ndarray:
    """Return points at even steps along the line."""
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    wanted = np.linspace(0, along[-1], max(2, 12 * len(points)))
    return np.column_stack([np.interp(wanted, along, points[:, axis]) for axis in (0, 1)])
