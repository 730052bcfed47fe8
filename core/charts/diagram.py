"""A network as one diagram, from the image to the ten answers. Knows no network, only numbers."""

import base64
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np
import plotly.graph_objects as go

from core.charts.images import activation_png, to_png
from core.charts.layout import MUTED_COLOR, TRAINING_COLOR, VALIDATION_COLOR, base_layout

DIAGRAM_HEIGHT = 500  # in pixels
_ROOM = 0.14  # right of the digits for their probabilities, as a share of the columns
_MOST_LINKS = 20  # between two columns; more hide each other
_WIDTHS = (0.8, 1.6, 2.8, 4.5)  # of links, in pixels, from the weakest to the strongest
_LEAST_SHARE, _ALMOST_ONE = 0.005, 0.995  # as in the figure of the probabilities
_SIDE = 56  # of a picture, in pixels
_BEND = np.linspace(0, 1, 21)
_FOR, _AGAINST = VALIDATION_COLOR, TRAINING_COLOR  # orange and blue, as in all pictures


class PathColumn(Protocol):
    """A layer in the diagram, as `core.explanation.Column` is one."""

    @property
    def name(self) -> str:
        """What to write above it; the first is the image."""

    @property
    def units(self) -> np.ndarray:
        """Its channels or neurons, `(k,)`."""

    @property
    def total(self) -> int:
        """How many it has."""

    @property
    def values(self) -> np.ndarray:
        """What they give, `(k, height, width)` or `(k,)`."""

    @property
    def contributions(self) -> np.ndarray:
        """How much each counts for the digit, `(k,)`."""


def path_figure(
    columns: Sequence[PathColumn],
    links: Sequence[np.ndarray],
    *,
    digit: int,
    probabilities: np.ndarray,
) -> go.Figure:
    """Show the strongest channels of some layers and what passes between them to a digit.

    Orange lines count for the digit and blue ones against it. Those between two columns share one
    scale of widths.

    Args:
        columns: the image, as a column of one channel, and layers.
        links: for each column how much passes from its channels to those of the next, `(k, next)`;
            for the last `(k, 1)`, to the digit.
        digit: 0 to 9.
        probabilities: of the ten digits, `(10,)`.
    """
    height = max([10, *(len(column.units) for column in columns)])
    places = [_spread(len(column.units), height) for column in columns]
    targets = [*places[1:], [_spread(10, height)[digit]]]
    layout = base_layout(height=DIAGRAM_HEIGHT)
    layout["margin"] = {"l": 2, "r": 2, "t": 2, "b": 2}
    layout["showlegend"] = False
    layout["hovermode"] = "closest"
    hidden = {"visible": False, "fixedrange": True}
    layout["xaxis"] = {**hidden, "range": [-0.5, len(columns) + 0.1 + _ROOM * len(columns)]}
    layout["yaxis"] = {**hidden, "range": [height - 0.4, -1.6]}
    layout["images"] = list(_pictures(columns, places))
    layout["annotations"] = [*_titles(columns), *_shares(len(columns), height, probabilities)]
    traces = [
        trace
        for number, (link, left, right) in enumerate(zip(links, places, targets, strict=True))
        for trace in _links(number, link, left, right)
    ]
    for number, (column, at) in enumerate(zip(columns, places, strict=True)):
        traces.append(_units(number, column, at, digit))
    traces.append(_answers(len(columns), height, digit, probabilities))
    return go.Figure(traces, layout)


def _spread(count: int, height: int) -> list[float]:
    """Return the places of some units in a column as high as `height` of them, centred."""
    return [(height - count) / 2 + place for place in range(count)]


def _links(
    number: int, weights: np.ndarray, left: Sequence[float], right: Sequence[float]
) -> Iterator[dict[str, Any]]:
    """Return curves from a column to the next, those of one colour and width as one trace."""
    strongest = np.argsort(-np.abs(weights), axis=None, kind="stable")[:_MOST_LINKS]
    limit = np.abs(weights).max() or 1.0
    groups: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for start, end in zip(*np.unravel_index(strongest, weights.shape), strict=True):
        share = weights[start, end] / limit
        level = min(len(_WIDTHS) - 1, int(abs(share) * len(_WIDTHS)))
        groups.setdefault((_FOR if share > 0 else _AGAINST, level), []).append((start, end))
    smooth = _BEND**2 * (3 - 2 * _BEND)
    for (color, level), pairs in sorted(groups.items(), key=lambda item: item[0][1]):
        x: list[float | None] = []
        y: list[float | None] = []
        for start, end in pairs:
            x += [*(number + _BEND).round(3).tolist(), None]
            y += [*(left[start] + smooth * (right[end] - left[start])).round(3).tolist(), None]
        yield {
            "type": "scatter",
            "mode": "lines",
            "x": x,
            "y": y,
            "line": {"color": color, "width": _WIDTHS[level]},
            "opacity": 0.45 + 0.15 * level,
            "hoverinfo": "skip",
        }


def _pictures(
    columns: Sequence[PathColumn], places: Sequence[Sequence[float]]
) -> Iterator[dict[str, Any]]:
    for number, (column, at) in enumerate(zip(columns, places, strict=True)):
        if column.values.ndim == 1:
            continue
        size = 0.84 if number else 2.6
        limit = float(np.abs(column.values).max()) or 1.0
        for values, y in zip(column.values, at, strict=True):
            png = (
                activation_png(values, limit=limit, side=_SIDE)
                if number
                else to_png(values, side=2 * _SIDE)
            )
            yield {
                "source": f"data:image/png;base64,{base64.b64encode(png).decode()}",
                "xref": "x",
                "yref": "y",
                "x": number,
                "y": y,
                "sizex": 0.6 if number else 0.84,
                "sizey": size,
                "xanchor": "center",
                "yanchor": "middle",
                "sizing": "contain",
                "layer": "above",
            }


def _units(number: int, column: PathColumn, at: Sequence[float], digit: int) -> dict[str, Any]:
    """Return a point for each channel, seen where it has no picture."""
    is_map = column.values.ndim > 1
    what = "Channel" if is_map else "Neuron"
    texts = []
    for unit, value, counts in zip(column.units, column.values, column.contributions, strict=True):
        gives = "" if is_map else f" gives {value:.2f},"
        name = "The image" if number == 0 else f"{column.name}, {what.lower()} {unit + 1}:{gives}"
        side = "for" if counts >= 0 else "against"
        texts.append(f"{name} counts {abs(counts):.2f} {side} {digit}")
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [number] * len(at),
        "y": list(at),
        "marker": {
            "size": 24 if is_map else 15,
            "opacity": 0 if is_map else 1,
            "color": [_FOR if counts >= 0 else _AGAINST for counts in column.contributions],
        },
        "hovertext": texts,
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def _titles(columns: Sequence[PathColumn]) -> Iterator[dict[str, Any]]:
    for number, column in enumerate(columns):
        shown, total = len(column.units), column.total
        below = "" if number == 0 else f"{total}" if shown == total else f"{shown} of {total}"
        yield _title(number, f"{column.name}<br>{below}")
    yield _title(len(columns), "Answer<br>")


def _title(x: int, text: str) -> dict[str, Any]:
    return {
        "x": x,
        "y": -1.55,
        "text": text,
        "showarrow": False,
        "yanchor": "top",
        "font": {"size": 10},
    }


def _shares(x: int, height: int, probabilities: np.ndarray) -> Iterator[dict[str, Any]]:
    """Return what is written right of the digits that are not improbable."""
    for y, share in zip(_spread(10, height), probabilities, strict=True):
        if share >= _LEAST_SHARE:
            yield {
                "x": x,
                "y": y,
                "xshift": 14,
                "text": f"{share:.0%}" if share < _ALMOST_ONE else ">99%",
                "showarrow": False,
                "xanchor": "left",
                "font": {"size": 11},
            }


def _answers(x: int, height: int, digit: int, probabilities: np.ndarray) -> dict[str, Any]:
    """Return the ten digits, the one that is explained in orange."""
    names = [f"<b>{name}</b>" if name == digit else str(name) for name in range(10)]
    return {
        "type": "scatter",
        "mode": "markers+text",
        "x": [x] * 10,
        "y": _spread(10, height),
        "marker": {
            "size": 20,
            "color": [_FOR if name == digit else MUTED_COLOR for name in range(10)],
        },
        "text": names,
        "textfont": {"color": "white", "size": 12},
        "hovertext": [f"Digit {name}: {share:.2%}" for name, share in enumerate(probabilities)],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
