"""How accurate a model is on distorted images, and on each person's. Knows no model or page."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Protocol

import plotly.graph_objects as go

from core.charts.layout import TRAINING_COLOR, VALIDATION_COLOR, as_label, base_layout
from core.charts.shares import (
    LEGEND_BELOW,
    Counted,
    Measured,
    describe,
    interval_bars,
    share_axis,
    vertical_line,
)

# In pixels.
ROBUSTNESS_HEIGHT = 220
_HEIGHT_OF_WRITER, _HEIGHT_AROUND_WRITERS = 24, 80


class _Level(Measured, Protocol):
    """Accuracy at one level of a distortion, such as `core.evaluation.LevelAccuracy`."""

    @property
    def level(self) -> float: ...


class _Writer(Counted, Protocol):
    """How a model reads what one person wrote; the name may be anything."""

    @property
    def writer(self) -> str: ...


def robustness_figure(
    axis_title: str, curves: Mapping[str, Sequence[_Level]], *, neutral: float | None = None
) -> go.Figure:
    """Show how accuracy changes with the strength of a distortion.

    Args:
        axis_title: what the levels are, with their unit.
        curves: for each model's name its accuracies, in ascending order of level; at most two.
        neutral: the level that changes nothing, which is marked.
    """
    colors = (TRAINING_COLOR, VALIDATION_COLOR)
    lines = [
        {
            "type": "scatter",
            "x": [point.level for point in points],
            "y": [point.accuracy for point in points],
            "error_y": interval_bars(points, color),
            "customdata": [list(point.interval) for point in points],
            "name": as_label(name),
            "mode": "lines+markers",
            "line": {"color": color, "width": 2},
            "marker": {"size": 5},
            "hovertemplate": "%{y:.1%} (%{customdata[0]:.1%} to %{customdata[1]:.1%})",
        }
        for (name, points), color in zip(curves.items(), cycle(colors), strict=False)
    ]
    layout = base_layout(height=ROBUSTNESS_HEIGHT)
    layout["margin"]["t"] = 8
    layout["hovermode"] = "x unified"
    layout["showlegend"] = len(curves) > 1
    layout["legend"] = {**LEGEND_BELOW, "y": -0.4}
    layout["xaxis"] = {
        "title": axis_title,
        "nticks": 7,
        "hoverformat": "~g",
        "zeroline": False,
        "fixedrange": True,
    }
    layout["yaxis"] = {**share_axis("Accuracy", 0), "tickvals": [0, 0.5, 1]}
    if neutral is not None:
        layout["shapes"] = [vertical_line(neutral)]
    return go.Figure(lines, layout)


def writers_figure(rows: Sequence[_Writer], *, overall: float) -> go.Figure:
    """Show how accurate a model is on each person's writing, the worst at the top.

    Args:
        rows: one for each person.
        overall: the accuracy on all together, drawn as a line.
    """
    ordered = sorted(rows, key=lambda row: (row.accuracy, -row.count, row.writer))
    places = list(range(len(ordered)))  # names may be the same once they are shortened
    names = [as_label(row.writer) for row in ordered]
    dots = {
        "type": "scatter",
        "x": [row.accuracy for row in ordered],
        "y": places,
        "error_x": interval_bars(ordered, TRAINING_COLOR),
        "mode": "markers",
        "marker": {"color": TRAINING_COLOR, "size": 8},
        "hovertext": [f"{name}: {describe(row)}" for name, row in zip(names, ordered, strict=True)],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
    layout = base_layout(height=_HEIGHT_AROUND_WRITERS + _HEIGHT_OF_WRITER * len(ordered))
    layout["margin"]["t"] = 8
    layout["hovermode"] = "closest"
    layout["xaxis"] = share_axis("Accuracy", min((row.interval[0] for row in rows), default=0))
    layout["yaxis"] = {
        "title": "Writer",
        "tickmode": "array",
        "tickvals": places,
        "ticktext": names,
        "range": [len(ordered) - 0.5, -0.5],
        "zeroline": False,
        "fixedrange": True,
    }
    layout["shapes"] = [vertical_line(overall)]
    return go.Figure([dots], layout)
