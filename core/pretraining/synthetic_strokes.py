"""Strokes made up by program: other ways to write a digit, and drawings that are no digit.

Recorded handwriting has few crossed sevens, ones with flag and foot or digits drawn with a mouse,
and no scribbles at all; these are drawn here from a few control points each, never twice alike.
Knows nothing of images or networks: everything is strokes, arrays of shape `(n, 2)` in a unit box
with y growing downward.
"""

from collections.abc import Sequence

import numpy as np
from scipy import interpolate

Strokes = list[np.ndarray]

# A template is a list of strokes; a stroke is its control points and "curve" or "corners". A digit
# has several where people write it in several ways.
_Template = list[tuple[str, list[tuple[float, float]]]]
_DIGITS: dict[int, list[_Template]] = {
    0: [
        [("curve", [(0.5, 0), (0.15, 0.2), (0.05, 0.55), (0.3, 0.95), (0.7, 0.95), (0.95, 0.5),
                    (0.8, 0.12), (0.48, 0)])],
        [("curve", [(0.7, 0.05), (0.3, 0.05), (0.05, 0.5), (0.35, 1), (0.75, 0.9), (0.95, 0.5),
                    (0.8, 0.1), (0.55, 0.03)])],
    ],
    1: [
        [("corners", [(0.5, 0), (0.5, 1)])],
        [("corners", [(0.2, 0.3), (0.5, 0), (0.5, 1)])],
        [("corners", [(0.15, 0.35), (0.5, 0), (0.5, 1)]), ("corners", [(0.2, 1), (0.85, 1)])],
        [("corners", [(0.15, 0.4), (0.55, 0), (0.5, 1), (0.2, 1), (0.85, 0.98)])],
        [("corners", [(0.1, 0.5), (0.55, 0), (0.5, 1)])],
    ],
    2: [
        [("curve", [(0.1, 0.25), (0.35, 0), (0.8, 0.08), (0.85, 0.35), (0.5, 0.7), (0.1, 1)]),
         ("corners", [(0.1, 1), (0.95, 1)])],
        [("curve", [(0.1, 0.25), (0.4, 0), (0.85, 0.15), (0.7, 0.55), (0.25, 0.95), (0.1, 0.85),
                    (0.35, 0.8), (0.6, 0.98), (1, 0.9)])],
        [("corners", [(0.05, 0.1), (0.5, 0), (0.9, 0.2), (0.8, 0.45), (0.05, 1), (0.95, 0.97)])],
    ],
    3: [
        [("curve", [(0.1, 0.12), (0.5, 0), (0.85, 0.2), (0.65, 0.45), (0.4, 0.48)]),
         ("curve", [(0.4, 0.48), (0.8, 0.55), (0.92, 0.8), (0.55, 1), (0.1, 0.9)])],
        [("corners", [(0.1, 0), (0.9, 0), (0.45, 0.42)]),
         ("curve", [(0.45, 0.42), (0.9, 0.55), (0.85, 0.9), (0.45, 1), (0.1, 0.88)])],
        [("corners", [(0.1, 0.05), (0.8, 0.1), (0.8, 0.4), (0.4, 0.48), (0.85, 0.6), (0.85, 0.9),
                      (0.1, 1)])],
    ],
    4: [
        [("corners", [(0.35, 0), (0.05, 0.6), (0.95, 0.6)]), ("corners", [(0.7, 0.2), (0.7, 1)])],
        [("corners", [(0.65, 0), (0.05, 0.65), (0.95, 0.65)]),
         ("corners", [(0.65, 0), (0.65, 1)])],
        [("corners", [(0.65, 1), (0.65, 0), (0.05, 0.65), (0.95, 0.65)])],
        [("corners", [(0.1, 0), (0.1, 0.5), (0.85, 0.5)]), ("corners", [(0.8, 0), (0.8, 1)])],
        [("corners", [(0.15, 0), (0.1, 0.5), (0.8, 0.45), (0.85, 0.05), (0.8, 1)])],
    ],
    5: [
        [("corners", [(0.85, 0), (0.2, 0), (0.15, 0.45)]),
         ("curve", [(0.15, 0.45), (0.6, 0.35), (0.92, 0.65), (0.6, 0.98), (0.1, 0.9)])],
        [("corners", [(0.2, 0.03), (0.15, 0.45)]),
         ("curve", [(0.15, 0.45), (0.65, 0.38), (0.9, 0.7), (0.55, 1), (0.05, 0.9)]),
         ("corners", [(0.2, 0.03), (0.9, 0)])],
        [("corners", [(0.9, 0), (0.15, 0), (0.15, 0.45), (0.8, 0.45), (0.85, 0.95), (0.1, 1)])],
    ],
    6: [
        [("curve", [(0.75, 0), (0.3, 0.3), (0.1, 0.7), (0.4, 1), (0.85, 0.85), (0.8, 0.58),
                    (0.45, 0.52), (0.12, 0.75)])],
        [("curve", [(0.4, 0), (0.15, 0.4), (0.15, 0.85), (0.5, 1), (0.85, 0.8), (0.6, 0.55),
                    (0.2, 0.7)])],
        [("corners", [(0.8, 0), (0.2, 0.4), (0.1, 0.95), (0.85, 1), (0.85, 0.55), (0.15, 0.55)])],
    ],
    7: [
        [("corners", [(0.05, 0), (0.95, 0), (0.4, 1)])],
        [("corners", [(0.05, 0), (0.95, 0), (0.4, 1)]), ("corners", [(0.35, 0.5), (0.9, 0.48)])],
        [("corners", [(0.05, 0.2), (0.08, 0), (0.95, 0), (0.45, 1)])],
        [("corners", [(0.05, 0.15), (0.1, 0), (0.95, 0.03), (0.4, 1)]),
         ("corners", [(0.3, 0.55), (0.9, 0.5)])],
        [("curve", [(0.05, 0.05), (0.5, 0.08), (0.95, 0), (0.6, 0.45), (0.45, 1)])],
    ],
    8: [
        [("curve", [(0.8, 0.12), (0.4, 0), (0.15, 0.25), (0.5, 0.48), (0.88, 0.75), (0.5, 1),
                    (0.12, 0.78), (0.45, 0.5), (0.85, 0.25), (0.75, 0.08)])],
        [("curve", [(0.5, 0), (0.2, 0.12), (0.3, 0.42), (0.65, 0.4), (0.8, 0.12), (0.48, 0)]),
         ("curve", [(0.5, 0.44), (0.1, 0.65), (0.25, 0.97), (0.75, 0.97), (0.9, 0.65),
                    (0.5, 0.44)])],
        [("corners", [(0.85, 0.1), (0.4, 0), (0.15, 0.2), (0.85, 0.8), (0.5, 1), (0.12, 0.8),
                      (0.85, 0.2), (0.75, 0.03)])],
    ],
    9: [
        [("curve", [(0.85, 0.2), (0.5, 0), (0.15, 0.2), (0.3, 0.48), (0.7, 0.42), (0.87, 0.12)]),
         ("corners", [(0.87, 0.12), (0.8, 1)])],
        [("curve", [(0.85, 0.25), (0.45, 0), (0.12, 0.25), (0.45, 0.5), (0.82, 0.25), (0.88, 0.6),
                    (0.6, 0.97), (0.15, 0.9)])],
        [("curve", [(0.75, 0.05), (0.3, 0.08), (0.15, 0.35), (0.45, 0.48), (0.8, 0.3)]),
         ("corners", [(0.82, 0.05), (0.75, 1)])],
        [("corners", [(0.85, 0.45), (0.15, 0.45), (0.15, 0.03), (0.85, 0), (0.85, 1), (0.2, 1)])],
    ],
}  # fmt: skip
# Letters that nobody would take for a digit; I, O, S, Z, B, b, g, l, o, q, s and z are left out.
_LETTERS: list[_Template] = [
    [("corners", [(0, 1), (0.5, 0), (1, 1)]), ("corners", [(0.2, 0.6), (0.8, 0.6)])],  # A
    [("corners", [(0.9, 0), (0.1, 0), (0.1, 1), (0.9, 1)]), ("corners", [(0.1, 0.5), (0.8, 0.5)])],
    [("corners", [(0.9, 0), (0.1, 0), (0.1, 1)]), ("corners", [(0.1, 0.5), (0.8, 0.5)])],  # F
    [("corners", [(0.1, 0), (0.1, 1)]), ("corners", [(0.9, 0), (0.9, 1)]),
     ("corners", [(0.1, 0.5), (0.9, 0.5)])],  # H
    [("corners", [(0.1, 0), (0.1, 1)]), ("corners", [(0.9, 0), (0.1, 0.55), (0.9, 1)])],  # K
    [("corners", [(0.05, 1), (0.1, 0), (0.5, 0.6), (0.9, 0), (0.95, 1)])],  # M
    [("corners", [(0.1, 1), (0.1, 0), (0.9, 1), (0.9, 0)])],  # N
    [("corners", [(0.1, 1), (0.1, 0)]),
     ("curve", [(0.1, 0), (0.7, 0.02), (0.85, 0.25), (0.6, 0.5), (0.1, 0.52)]),
     ("corners", [(0.3, 0.52), (0.9, 1)])],  # R
    [("corners", [(0, 0), (1, 0)]), ("corners", [(0.5, 0), (0.5, 1)])],  # T
    [("corners", [(0, 0), (0.25, 1), (0.5, 0.3), (0.75, 1), (1, 0)])],  # W
    [("corners", [(0, 0), (1, 1)]), ("corners", [(1, 0), (0, 1)])],  # X
    [("curve", [(0.8, 0.15), (0.4, 0.1), (0.1, 0.5), (0.4, 0.95), (0.75, 0.7), (0.8, 0.15)]),
     ("corners", [(0.8, 0.1), (0.85, 1)])],  # a
    [("corners", [(0.1, 0), (0.1, 1)]),
     ("curve", [(0.1, 0.6), (0.5, 0.45), (0.8, 0.65), (0.85, 1)])],  # h
    [("corners", [(0.05, 0.2), (0.08, 1)]), ("curve", [(0.08, 0.5), (0.3, 0.2), (0.5, 0.4),
     (0.5, 1)]), ("curve", [(0.5, 0.5), (0.75, 0.2), (0.95, 0.4), (0.95, 1)])],  # m
    [("curve", [(0.1, 0.5), (0.8, 0.5), (0.7, 0.1), (0.25, 0.15), (0.1, 0.6), (0.4, 1),
                (0.9, 0.8)])],  # e
    [("curve", [(0, 0.1), (0.1, 0.9), (0.5, 0.9), (0.5, 0.2), (0.55, 0.9), (0.9, 0.9), (1, 0)])],
]  # fmt: skip


def synthetic_digit(label: int, rng: np.random.Generator) -> Strokes:
    """Write a digit in one of its ways, with a shaky hand."""
    templates = _DIGITS[label]
    return _write(templates[rng.integers(len(templates))], rng)


def vary(strokes: Sequence[np.ndarray], rng: np.random.Generator, *, mouse: float) -> Strokes:
    """Write the same digit again: turned, slanted, stretched, perhaps with a mouse.

    Args:
        strokes: arrays of shape `(n, 2)`, in any unit.
        rng: the source of chance.
        mouse: probability that a mouse drew it: straight pieces between few points, and a hand
            that shakes.
    """
    points = np.concatenate(strokes)
    low, extent = points.min(axis=0), max(float(np.ptp(points, axis=0).max()), 1e-9)
    varied = [(stroke - low) / extent for stroke in strokes]
    if rng.random() < mouse:
        varied = [_redraw(stroke, rng) for stroke in varied]
    turn = np.deg2rad(np.clip(rng.normal(0, 5), -12, 12))
    slant, stretch = np.clip(rng.normal(0, 0.12), -0.3, 0.3), np.exp(rng.normal(0, 0.1))
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ np.array(
        [[stretch, slant], [0, 1 / stretch]]
    )
    return [stroke @ matrix.T for stroke in varied]


def scribble(rng: np.random.Generator) -> Strokes:
    """Draw something without meaning, in one of several ways."""
    kind = rng.integers(7)
    if kind == 0:  # a pen that wanders
        steps = np.cumsum(rng.normal(0, 1, (int(rng.integers(25, 90)), 2)), axis=0)
        return [steps]
    if kind == 1:  # a smooth line through many places
        return [_curve(rng.random((int(rng.integers(8, 18)), 2)))]
    if kind == 2:  # straight lines from place to place
        return [rng.random((int(rng.integers(7, 16)), 2))]
    if kind == 3:  # to and fro, as one shades
        count = int(rng.integers(7, 18))
        across = np.linspace(0, 1, count)
        zigzag = np.column_stack([across, np.arange(count) % 2]) + rng.normal(0, 0.06, (count, 2))
        return vary([zigzag[:, :: int(rng.choice([1, -1]))]], rng, mouse=0)
    if kind == 4:  # round and round
        angle = np.linspace(0, rng.uniform(2.6, 6) * 2 * np.pi, 120)
        # Round and round in one place would be a zero, drawn twice.
        radius = 1 + np.linspace(0, rng.uniform(0.5, 0.9) * rng.choice([-1, 1]), 120)
        drift = np.outer(np.linspace(0, rng.uniform(0, 2.0), 120), rng.normal(0, 0.7, 2))
        circle = np.column_stack([np.cos(angle), np.sin(angle)]) * radius[:, None] + drift
        return [circle + _tremor(120, 0.08, rng)]
    if kind == 5:  # several lines that cross
        count = int(rng.integers(4, 9))
        return [_curve(rng.random((int(rng.integers(2, 5)), 2))) for _ in range(count)]
    # smooth wandering: the direction turns slowly
    turns = np.cumsum(rng.normal(0, rng.uniform(0.3, 0.9), int(rng.integers(60, 160))))
    return [np.cumsum(np.column_stack([np.cos(turns), np.sin(turns)]), axis=0)]


def letter(rng: np.random.Generator) -> Strokes:
    """Write a letter that nobody would take for a digit."""
    return _write(_LETTERS[rng.integers(len(_LETTERS))], rng)


def side_by_side(digits: Sequence[Sequence[np.ndarray]], rng: np.random.Generator) -> Strokes:
    """Write digits beside each other, of much the same height, with gaps or nearly touching."""
    strokes: Strokes = []
    right = 0.0
    for digit in digits:
        points = np.concatenate(digit)
        low, extent = points.min(axis=0), np.ptp(points, axis=0)
        scale = rng.uniform(0.8, 1.15) / max(float(extent.max()), 1e-9)
        shift = np.array([right, rng.normal(0, 0.06)])
        strokes += [(stroke - low) * scale + shift for stroke in digit]
        right += float(extent[0]) * scale + rng.uniform(-0.05, 0.5)
    return strokes


def pieces(digits: Sequence[Sequence[np.ndarray]], rng: np.random.Generator) -> Strokes:
    """Lay pieces of several digits over each other."""
    strokes: Strokes = []
    for digit in digits:
        points = np.concatenate(digit)
        scale = 1 / max(float(np.ptp(points, axis=0).max()), 1e-9)
        path = (points - points.min(axis=0)) * scale
        length = max(3, round(len(path) * rng.uniform(0.4, 0.8)))
        start = int(rng.integers(0, max(1, len(path) - length)))
        turn = rng.uniform(0, 2 * np.pi)
        rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        strokes.append(path[start : start + length] @ rotation.T + rng.normal(0, 0.3, 2))
    return strokes


def not_a_digit(
    digits: Sequence[Sequence[np.ndarray]], rng: np.random.Generator
) -> tuple[str, Strokes]:
    """Draw something that is no single digit.

    Args:
        digits: strokes of digits to build from, at least 4.
        rng: the source of chance.

    Returns:
        Its kind ("scribble", "letter", "several digits" or "pieces") and its strokes.
    """

    def some(count: int) -> list[Sequence[np.ndarray]]:
        return [digits[index] for index in rng.integers(0, len(digits), count)]

    kind = rng.random()
    if kind < 0.4:
        return "scribble", scribble(rng)
    if kind < 0.55:
        return "letter", letter(rng)
    if kind < 0.88:
        return "several digits", side_by_side(some(int(rng.choice([2, 2, 2, 3, 4]))), rng)
    return "pieces", pieces(some(int(rng.integers(3, 6))), rng)


def _write(template: _Template, rng: np.random.Generator) -> Strokes:
    """Shake the control points, draw through them, and vary the whole."""
    shake = rng.uniform(0.02, 0.06)
    moves: dict[tuple[float, float], np.ndarray] = {}  # strokes that meet, still meet
    strokes = []
    for kind, places in template:
        shaken = [
            np.array(place) + moves.setdefault(place, rng.normal(0, shake, 2)) for place in places
        ]
        points = np.array(shaken)
        strokes.append(_curve(points) if kind == "curve" else _densify(points))
    squeeze = np.array([rng.uniform(0.5, 0.95), 1.0])
    return vary([stroke * squeeze for stroke in strokes], rng, mouse=0.4)


def _redraw(stroke: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw a stroke as a mouse does: through fewer places, with a tremor."""
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
    smooth = np.apply_along_axis(np.convolve, 0, noise, np.ones(3) / 3, "same")
    return smooth * size


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
