"""Functions of one number as lines, and a descent on a surface. Knows nothing of what they mean."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.charts.layout import RUN_COLORS, VALIDATION_COLOR, base_layout
from core.charts.shares import LEGEND_BELOW, vertical_line

_FUNCTION_HEIGHT = 280  # in pixels
_DESCENT_HEIGHT = 380
_DASHES = ("solid", "dash", "dot", "dashdot")
_FEW = 30  # places that are marked one by one
_PLACES = 25  # in each direction, at which a surface can be clicked


def function_figure(
    x: np.ndarray,
    curves: Mapping[str, np.ndarray],
    *,
    title: str,
    at: float | None = None,
    x_range: tuple[float, float] | None = None,
    y_range: tuple[float, float] | None = None,
    is_logarithmic: bool = False,
    regions: Sequence[tuple[float, float, str]] = (),
) -> go.Figure:
    """Show functions of x, each as a line of its own colour and dashes.

    Args:
        x: where they were computed, from left to right.
        curves: their values, by name.
        title: what x is.
        at: a place that is marked.
        x_range: the first and the last x shown; whatever there is by default.
        y_range: the lowest and highest value shown; the same.
        is_logarithmic: whether both axes are.
        regions: beginning, end and name of parts of x, whose names stand above them.
    """
    traces = [
        {
            "type": "scatter",
            "mode": "lines+markers" if len(x) < _FEW else "lines",
            "name": name,
            "x": x,
            "y": values,
            "line": {"width": 2.5, "color": color, "dash": dash},
            "cliponaxis": len(x) >= _FEW,  # a marker at the edge is shown whole
            "hovertemplate": "%{y:.3f}",
        }
        for (name, values), color, dash in zip(curves.items(), RUN_COLORS, _DASHES, strict=False)
    ]
    layout = base_layout(height=_FUNCTION_HEIGHT)
    kind = "log" if is_logarithmic else "linear"
    layout["hovermode"] = "x unified"
    layout["legend"] = {**LEGEND_BELOW, "y": -0.28}
    layout["xaxis"] = {"title": title, "type": kind, "fixedrange": True}
    layout["yaxis"] = {"type": kind, "fixedrange": True, "exponentformat": "power"}
    for axis, ends in (("xaxis", x_range), ("yaxis", y_range)):
        if ends:
            layout[axis]["range"] = list(np.log10(ends) if is_logarithmic else ends)
        if is_logarithmic:
            # Ticks at powers of ten: at each across, where there is room, and at each third upward.
            layout[axis]["dtick"] = {"xaxis": 1, "yaxis": 3}[axis]
    lines = [] if at is None else [at]
    layout["shapes"] = [
        vertical_line(place) for place in [*lines, *(end for _, end, _ in regions[:-1])]
    ]
    layout["annotations"] = [
        _name(begin, end, name, is_logarithmic) for begin, end, name in regions
    ]
    return go.Figure(traces, layout)


def _name(begin: float, end: float, name: str, is_logarithmic: bool) -> dict[str, Any]:
    middle = np.log10([begin, end]).mean() if is_logarithmic else (begin + end) / 2
    return {"x": middle, "y": 1.1, "yref": "paper", "text": name, "showarrow": False}


def descent_figure(
    axis: np.ndarray, heights: np.ndarray, path: np.ndarray, *, titles: tuple[str, str]
) -> go.Figure:
    """Show a path on a surface, from a circle to a cross.

    Args:
        axis: where the surface was computed, in both directions.
        heights: `(n, n)`, a row for each value of the second weight.
        path: `(steps, 2)`; what leaves the axes is not shown.
        titles: of both weights.
    """
    places = np.linspace(axis[0], axis[-1], _PLACES)
    columns, rows = np.meshgrid(places, places)
    limit = float(axis[-1])
    traces: list[dict[str, Any]] = [
        {
            "type": "contour",
            "x": axis,
            "y": axis,
            "z": np.sqrt(heights),  # so that lines near the lowest point are told apart
            "showscale": False,
            "ncontours": 14,
            "colorscale": [[0, "#dbeafe"], [1, "#1e3a8a"]],
            "line": {"width": 0.6, "color": "#ffffff"},
            "hoverinfo": "skip",
        },
        # What can be clicked: Streamlit tells of points, and a contour has none.
        {
            "type": "scatter",
            "mode": "markers",
            "x": columns.ravel(),
            "y": rows.ravel(),
            "marker": {"size": 14, "opacity": 0},
            "selected": {"marker": {"opacity": 0}},
            "unselected": {"marker": {"opacity": 0}},
            "hovertemplate": "start at %{x:.2f}, %{y:.2f}<extra></extra>",
        },
        {
            "type": "scatter",
            "mode": "lines+markers",
            "x": path[:, 0],
            "y": path[:, 1],
            "line": {"width": 2, "color": VALIDATION_COLOR},
            "marker": {
                "size": [12] + [5] * (len(path) - 2) + [12] * (len(path) > 1),
                "symbol": ["circle"] + ["circle"] * (len(path) - 2) + ["x"] * (len(path) > 1),
                "color": VALIDATION_COLOR,
                "line": {"width": 1, "color": "#ffffff"},
            },
            "hoverinfo": "skip",
            "selected": {"marker": {"opacity": 1}},
            "unselected": {"marker": {"opacity": 1}},
        },
    ]
    layout = base_layout(height=_DESCENT_HEIGHT)
    layout["showlegend"] = False
    layout["clickmode"] = "event+select"
    for name, title in zip(("xaxis", "yaxis"), titles, strict=True):
        layout[name] = {"title": title, "range": [-limit, limit], "fixedrange": True}
    return go.Figure(traces, layout)
