"""A small network with its numbers as SVG: units as circles, weights as lines.

Not by Plotly, which takes ten times as long to draw it anew whenever a number is moved. Knows
nothing of training.
"""

from collections.abc import Sequence
from html import escape

import numpy as np

from core.charts.layout import MUTED_COLOR, TRAINING_COLOR, VALIDATION_COLOR

_WIDTH, _HEIGHT, _RADIUS = 480, 290, 25
_WIDEST, _NARROWEST = 8.0, 0.7  # of lines
_TEXT = 'text-anchor="middle" fill="#111827"'

Place = tuple[float, float]


def network_svg(
    layers: Sequence[np.ndarray],
    weights: Sequence[np.ndarray],
    names: Sequence[Sequence[str]],
    *,
    marked: tuple[int, int, int] | None = None,
) -> str:
    """Show what each unit has and each weight between them.

    A weight above zero is a solid orange line, one below zero a dashed blue one; the wider, the
    larger it is.

    Args:
        layers: for each layer the values of its units, `(units,)`.
        weights: between each two layers, `(units before, units after)`.
        names: for each layer what its units are called.
        marked: layer, unit before and unit after of a weight that is marked with its value.
    """
    units = [_places(layer, len(layers), len(own)) for layer, own in enumerate(layers)]
    largest = max(1.0, *(float(np.abs(own).max()) for own in weights))
    drawn = [
        _line(units[layer][i], units[layer + 1][j], float(own[i, j]) / largest)
        for layer, own in enumerate(weights)
        for i, j in np.ndindex(own.shape)
    ]
    if marked:
        layer, before, after = marked
        weight = float(weights[layer][before, after])
        drawn.append(_label(units[layer][before], units[layer + 1][after], weight))
    drawn += [
        _unit(place, name, value)
        for own, values, called in zip(units, layers, names, strict=True)
        for place, name, value in zip(own, called, values, strict=True)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'font-family="sans-serif" font-size="13">{"".join(drawn)}</svg>'
    )


def _places(layer: int, num_layers: int, num_units: int) -> list[Place]:
    margin = _RADIUS + 2
    x = margin + (_WIDTH - 2 * margin) * layer / (num_layers - 1)
    return [(x, _HEIGHT * (number + 0.5) / num_units) for number in range(num_units)]


def _line(begin: Place, end: Place, share: float) -> str:
    return (
        f'<line x1="{begin[0]:.0f}" y1="{begin[1]:.0f}" x2="{end[0]:.0f}" y2="{end[1]:.0f}" '
        f'stroke="{VALIDATION_COLOR if share >= 0 else TRAINING_COLOR}" '
        f'stroke-width="{_NARROWEST + abs(share) * (_WIDEST - _NARROWEST):.1f}" '
        f'stroke-dasharray="{"none" if share >= 0 else "10 6"}"/>'
    )


def _unit(place: Place, name: str, value: float) -> str:
    x, y = place
    return (
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{_RADIUS}" fill="#f1f5f9" stroke="{MUTED_COLOR}" '
        f'stroke-width="1.5"/><text x="{x:.0f}" y="{y - 4:.0f}" {_TEXT}>{escape(name)}</text>'
        f'<text x="{x:.0f}" y="{y + 12:.0f}" {_TEXT}>{_written(value)}</text>'
    )


def _label(begin: Place, end: Place, weight: float) -> str:
    x, y = (begin[0] + end[0]) / 2, (begin[1] + end[1]) / 2
    return (
        f'<rect x="{x - 24:.0f}" y="{y - 11:.0f}" width="48" height="22" rx="4" fill="#fef3c7" '
        f'stroke="{MUTED_COLOR}"/>'
        f'<text x="{x:.0f}" y="{y + 5:.0f}" {_TEXT}>{_written(weight)}</text>'
    )


def _written(value: float) -> str:
    return f"{value:.2f}" if abs(value) < 1_000 else f"{value:.0e}"
