"""Images as points in a plane, coloured by digit. Knows no network or page."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.charts.layout import base_layout

EMBEDDING_HEIGHT = 440  # in pixels
# Told apart by colour-blind eyes where they lie side by side (after Okabe and Ito, and Tableau);
# what still looks alike has another symbol, and every group has its digit written on it.
_COLORS = (
    *("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9"),
    *("#d55e00", "#8b96a5", "#b8a900", "#7b5ea7", "#9c755f"),
)
_SYMBOLS = (
    *("circle", "square", "diamond", "cross", "triangle-up"),
    *("x", "pentagon", "triangle-down", "hexagram", "hourglass"),
)
_HALO = ", ".join(f"{x}px {y}px 2px white" for x in (-1, 0, 1) for y in (-1, 0, 1))
_OPACITY = {"marker": {"opacity": 0.75}}


def embedding_figure(
    points: np.ndarray,
    labels: np.ndarray,
    answers: np.ndarray,
    *,
    here: np.ndarray,
    name: str,
    variance: tuple[float, float] | None = None,
    chosen: int | None = None,
) -> go.Figure:
    """Show images as points, and one more as a large star.

    A click on a point selects it; its customdata are its index and what it was read as.

    Args:
        points: float array of shape `(n, 2)`.
        labels: which digits they are, `(n,)`.
        answers: what they were read as, `(n,)`.
        here: where the star is, `(2,)`.
        name: what to call it.
        variance: the shares of the variance that the axes have; without them axes mean nothing.
        chosen: the index of a point to mark.
    """
    layout = base_layout(height=EMBEDDING_HEIGHT)
    layout["hovermode"], layout["clickmode"] = "closest", "event+select"
    layout["legend"] = {
        "orientation": "h",
        "y": -0.12,
        "yanchor": "top",
        "title": {"text": "Digit"},
    }
    for number, axis in enumerate(("xaxis", "yaxis")):
        title = "" if variance is None else f"Component {number + 1} ({variance[number]:.0%})"
        layout[axis] = {"title": title, "showticklabels": False}
        layout[axis] |= {"showgrid": False, "zeroline": False}
    digits = np.unique(labels)
    traces = [_group(int(d), np.flatnonzero(labels == d), points, answers) for d in digits]
    traces.append(_names(digits, points, labels))
    if chosen is not None:
        ring = {"symbol": "circle-open", "size": 18, "line": {"width": 3}, "color": "#e11d48"}
        traces.append(_mark(points[chosen], ring, "Clicked"))
    star = {"symbol": "star", "size": 24, "color": "#fde047"}
    star["line"] = {"width": 2, "color": "#111827"}
    traces.append(_mark(here, star, name))
    return go.Figure(traces, layout)


def _group(
    digit: int, indices: np.ndarray, points: np.ndarray, answers: np.ndarray
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": str(digit),
        # As 32-bit numbers, 2,000 points take the browser 20 kB.
        "x": points[indices, 0].astype(np.float32),
        "y": points[indices, 1].astype(np.float32),
        # A list: of an array, Plotly would send back something else when a point is clicked.
        "customdata": np.stack([indices, answers[indices]], axis=1).tolist(),
        "hovertemplate": f"A {digit}, read as %{{customdata[1]}}<extra></extra>",
        "marker": {
            "color": _COLORS[digit],
            "symbol": _SYMBOLS[digit],
            "size": 7,
            **_OPACITY["marker"],
        },
        "selected": _OPACITY,
        "unselected": _OPACITY,
    }


def _mark(place: np.ndarray, marker: dict[str, Any], name: str) -> dict[str, Any]:
    opaque = {"marker": {"opacity": 1}}
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [float(place[0])],
        "y": [float(place[1])],
        "showlegend": False,
        "hovertemplate": "%{fullData.name}<extra></extra>",
        "marker": marker,
        "selected": opaque,
        "unselected": opaque,
    }


def _names(digits: np.ndarray, points: np.ndarray, labels: np.ndarray) -> dict[str, Any]:
    """Write each digit where most of its points are."""
    middles = [np.median(points[labels == digit], axis=0) for digit in digits]
    return {
        "type": "scatter",
        "mode": "text",
        "x": [float(x) for x, _ in middles],
        "y": [float(y) for _, y in middles],
        "text": [f"<b>{digit}</b>" for digit in digits],
        "textfont": {"size": 20, "color": "#111827", "shadow": _HALO},
        "hoverinfo": "skip",
        "showlegend": False,
        "selected": {"textfont": {"color": "#111827"}},
        "unselected": {"textfont": {"color": "#111827"}},
    }
