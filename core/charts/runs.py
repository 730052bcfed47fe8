"""All runs as points: what they reached over what they took or had. Knows no page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from core.charts.layout import RUN_COLORS, as_label, base_layout
from core.charts.shares import LEGEND_BELOW

RUNS_HEIGHT = 400  # in pixels
_SYMBOLS = ("circle", "square", "diamond", "cross", "triangle-up", "star")


@dataclass(frozen=True)
class RunPoint:
    """A run in the figure.

    Attributes:
        id: the run's.
        name: what is shown on hover.
        x: what it took or had, a number or a text.
        accuracy: what it reached, in [0, 1].
        interval: both ends of the accuracy's 95 % interval.
        group: what has a colour of its own, such as the architecture.
    """

    id: str
    name: str
    x: float | str
    accuracy: float
    interval: tuple[float, float]
    group: str


def runs_figure(points: Sequence[RunPoint], *, title: str, is_log: bool = False) -> go.Figure:
    """Show the accuracy of runs against `title`, with its interval; each group in its colour.

    All of them were measured on the same images. What a click selects has the run's id as
    `customdata`.
    """
    groups = sorted({point.group for point in points})
    traces = [
        _trace([p for p in points if p.group == group], group, number)
        for number, group in enumerate(groups)
    ]
    layout = base_layout(height=RUNS_HEIGHT)
    layout["clickmode"] = "event+select"
    layout["legend"] = {**LEGEND_BELOW, "y": -0.22}
    layout["xaxis"] = {"title": title, **({"type": "log"} if is_log else {})}
    layout["yaxis"] = {"title": "Test accuracy", "tickformat": ".4~%"}
    return go.Figure(traces, layout)


def _trace(points: Sequence[RunPoint], group: str, number: int) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": as_label(group),
        "x": [point.x for point in points],
        "y": [point.accuracy for point in points],
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [point.interval[1] - point.accuracy for point in points],
            "arrayminus": [point.accuracy - point.interval[0] for point in points],
            "thickness": 0.8,
            "width": 0,
        },
        "customdata": [[point.id] for point in points],
        "text": [as_label(point.name) for point in points],
        "marker": {
            "size": 9,
            "color": RUN_COLORS[number % len(RUN_COLORS)],
            "symbol": _SYMBOLS[number % len(_SYMBOLS)],
        },
        "hovertemplate": "%{text}<br>%{y:.2%}<extra></extra>",
    }
