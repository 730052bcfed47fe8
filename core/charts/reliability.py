"""How far a model's confidence can be relied on. Knows no model or page."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any, Protocol

import numpy as np
import plotly.graph_objects as go

from core.charts.layout import (
    MUTED_COLOR,
    RUN_COLORS,
    TRAINING_COLOR,
    VALIDATION_COLOR,
    as_label,
    base_layout,
)
from core.charts.shares import LEGEND_BELOW, Counted, describe, interval_bars, share_axis

# In pixels.
RELIABILITY_HEIGHT = 340
ANSWERED_HEIGHT = 300
# The diameter of a bin's point: at least, and what is added where it holds all images.
_SMALLEST, _GROWTH = 5.0, 11.0
# Of the errors that there are where all is answered, what may be left where the axis begins.
_ERRORS_LEFT = 0.05
# The axis of the share that is answered begins at a multiple of it, and not at 1.
_STEP = 0.05


class _Bin(Counted, Protocol):
    """A bin of confidence, such as `core.evaluation.ReliabilityBin`."""

    @property
    def confidence(self) -> float: ...


class _Curve(Protocol):
    """Accuracy against the share that is answered, such as `core.evaluation.AnsweredCurve`."""

    @property
    def threshold(self) -> np.ndarray: ...
    @property
    def share(self) -> np.ndarray: ...
    @property
    def accuracy(self) -> np.ndarray: ...


def reliability_figure(before: Sequence[_Bin], after: Sequence[_Bin] | None = None) -> go.Figure:
    """Show accuracy against confidence; a model whose confidence can be relied on is on the line.

    Args:
        before: bins of the network's own probabilities.
        after: bins of those after temperature scaling; None where there is no calibration.
    """
    ideal = {
        "type": "scatter",
        "x": [0, 1],
        "y": [0, 1],
        "mode": "lines",
        "name": "ideal",
        "line": {"color": MUTED_COLOR, "width": 1.5, "dash": "dash"},
        "hoverinfo": "skip",
    }
    if after is None:
        traces = [ideal, _bins(before, "model", TRAINING_COLOR)]
    else:
        traces = [
            ideal,
            _bins(before, "before calibration", VALIDATION_COLOR),
            _bins(after, "after calibration", TRAINING_COLOR),
        ]
    layout = base_layout(height=RELIABILITY_HEIGHT)
    layout["margin"]["t"] = 8
    layout["hovermode"] = "closest"
    layout["legend"] = {**LEGEND_BELOW, "y": -0.2, "itemsizing": "constant"}
    layout["xaxis"] = share_axis("Confidence", 0)
    layout["yaxis"] = share_axis("Accuracy", 0)
    return go.Figure(traces, layout)


def _bins(bins: Sequence[_Bin], name: str, color: str) -> dict[str, Any]:
    """Return a point for each bin, larger where it holds more of the images."""
    total = sum(found.count for found in bins)
    return {
        "type": "scatter",
        "x": [found.confidence for found in bins],
        "y": [found.accuracy for found in bins],
        "error_y": interval_bars(bins, color),
        # Not joined by a line: between bins of a few images it would only go up and down.
        "mode": "markers",
        "name": name,
        "cliponaxis": False,
        "marker": {
            "color": color,
            "opacity": 1,
            "line": {"width": 0},
            "size": [_SMALLEST + _GROWTH * (found.count / total) ** 0.5 for found in bins],
        },
        "hovertext": [
            f"Confidence {100 * found.confidence:.1f} %, {name}:<br>{describe(found)}"
            for found in bins
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def answered_figure(
    curves: Mapping[str, _Curve],
    marks: Mapping[str, tuple[float, float | None]] | None = None,
) -> go.Figure:
    """Show how accurate a model is on what it answers, against how much it answers.

    The axis begins where hardly an error is left, further to the left there is nothing to see.

    Args:
        curves: for each model's name its curve.
        marks: for some of these names, share and accuracy at the threshold in use.
    """
    marks = marks or {}
    lines = [
        {
            "type": "scatter",
            "x": curve.share,
            "y": curve.accuracy,
            "customdata": curve.threshold,
            "name": as_label(name),
            # A model that has one confidence for all has a single point.
            "mode": "lines" if len(curve.share) > 1 else "markers",
            "line": {"color": color, "width": 2},
            "hovertemplate": "%{y:.2%} of the %{x:.2%} answered are correct<br>"
            "at a threshold of %{customdata:.4f}<extra></extra>",
        }
        for (name, curve), color in zip(curves.items(), cycle(RUN_COLORS), strict=False)
    ]
    points = [
        _mark(share, accuracy, line)
        for name, line in zip(curves, lines, strict=True)
        for share, accuracy in [marks.get(name, (0.0, None))]
        if accuracy is not None
    ]
    begin = min((_few_errors(curve) for curve in curves.values()), default=0.0)
    shown = [float(curve.accuracy[curve.share >= begin].min()) for curve in curves.values()]
    layout = base_layout(height=ANSWERED_HEIGHT)
    layout["margin"]["t"] = 8
    layout["hovermode"] = "closest"
    layout["showlegend"] = len(curves) > 1
    layout["legend"] = {**LEGEND_BELOW, "y": -0.25}
    layout["xaxis"] = share_axis("Share answered", begin)
    layout["yaxis"] = share_axis("Accuracy of these", min([*shown, 0.999]))
    return go.Figure([*lines, *points], layout)


def _mark(share: float, accuracy: float, line: dict[str, Any]) -> dict[str, Any]:
    """Return a point for the threshold in use, in the colour of its curve."""
    return {
        "type": "scatter",
        "x": [share],
        "y": [accuracy],
        "mode": "markers",
        "name": f"{line['name']}: present threshold",
        "showlegend": False,
        "marker": {
            "symbol": "diamond",
            "size": 12,
            "color": line["line"]["color"],
            "line": {"color": "white", "width": 1.5},
        },
        "hovertemplate": "Present threshold: %{y:.2%} of the %{x:.2%} answered are correct"
        "<extra></extra>",
    }


def _few_errors(curve: _Curve) -> float:
    """Return about the largest share answered at which hardly an error of this curve is left."""
    errors = (1 - curve.accuracy) * curve.share
    few = curve.share[errors <= _ERRORS_LEFT * errors[0]]
    largest = float(few.max()) if len(few) else 0.0
    return float(np.clip(np.floor(largest / _STEP) * _STEP, 0, 1 - _STEP))
