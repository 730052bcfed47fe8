"""What a search has found: each run as a line through its settings, and what decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from core.charts.layout import TRAINING_COLOR, as_label, base_layout

PARALLEL_HEIGHT = 380  # in pixels
_MOST_TICKS = 5


@dataclass(frozen=True)
class Axis:
    """One axis of parallel coordinates.

    Attributes:
        title: what stands above it.
        values: numbers, or texts, one for each run.
        log: whether it is logarithmic.
        is_share: whether the numbers are shares, in [0, 1].
    """

    title: str
    values: Sequence[float | str]
    log: bool = False
    is_share: bool = False


def parallel_figure(axes: Sequence[Axis], accuracies: Sequence[float]) -> go.Figure:
    """Show each run as a line through its settings to its accuracy, the better the darker.

    Args:
        axes: of the settings; the accuracy gets one of its own on the right.
        accuracies: in [0, 1], one for each run.
    """
    dimensions = [_dimension(axis) for axis in axes]
    dimensions.append(_dimension(Axis("Validation accuracy", accuracies, is_share=True)))
    trace = {
        "type": "parcoords",
        "dimensions": dimensions,
        "line": {
            "color": accuracies,
            "colorscale": [[0, "#cbd5e1"], [1, TRAINING_COLOR]],
            "showscale": False,
        },
        "labelfont": {"size": 12},
        "rangefont": {"color": "rgba(0, 0, 0, 0)"},  # the first and the last tick say it
        "unselected": {"line": {"opacity": 0.1}},
    }
    layout = base_layout(height=PARALLEL_HEIGHT)
    layout["margin"] = {"l": 70, "r": 70, "t": 60, "b": 30}
    return go.Figure([trace], layout)


def _dimension(axis: Axis) -> dict[str, object]:
    label = as_label(axis.title)
    if any(isinstance(value, str) for value in axis.values):
        names = sorted({str(value) for value in axis.values})
        return {
            "label": label,
            "values": [names.index(str(value)) for value in axis.values],
            "tickvals": list(range(len(names))),
            "ticktext": [as_label(name) for name in names],
            "range": [-0.1, max(1, len(names) - 1) + 0.1],
        }
    numbers = np.array(axis.values, float)
    values = np.log10(numbers) if axis.log else numbers
    ticks = np.unique(values)
    if len(ticks) > _MOST_TICKS:
        ticks = np.linspace(values.min(), values.max(), _MOST_TICKS)
    told = 10**ticks if axis.log else ticks
    return {
        "label": label,
        "values": values.tolist(),
        "tickvals": ticks.tolist(),
        "ticktext": [f"{each:.1%}" if axis.is_share else f"{each:.3g}" for each in told],
    }


def importance_figure(shares: Mapping[str, float]) -> go.Figure:
    """Show how much each setting decides, the most on top; shares are of 1."""
    names = sorted(shares, key=lambda name: shares[name])
    bars = {
        "type": "bar",
        "orientation": "h",
        "x": [shares[name] for name in names],
        "y": [as_label(name) for name in names],
        "marker": {"color": TRAINING_COLOR},
        "hovertemplate": "%{x:.0%}<extra></extra>",
    }
    layout = base_layout(height=90 + 34 * len(names))
    layout["xaxis"] = {"title": "Share", "tickformat": ".0%", "range": [0, 1], "fixedrange": True}
    layout["yaxis"] = {"automargin": True, "fixedrange": True}
    return go.Figure([bars], layout)
