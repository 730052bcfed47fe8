"""Figures of a network's answers, and of what happens inside it while it trains."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

import numpy as np
import plotly.graph_objects as go

from core.charts.layout import (
    MUTED_COLOR,
    TRAINING_COLOR,
    base_layout,
    downsample,
    timeline_layout,
)
from core.runs import DrawingRecord, LayersRecord

PROBABILITY_HEIGHT = 210  # in pixels
# Ten that are told apart by most eyes, on white and on dark paper (after Tableau's palette).
DIGIT_COLORS = (
    *("#4e79a7", "#f28e2b", "#e15759", "#76b7b2", "#59a14f"),
    *("#edc948", "#b07aa1", "#ff9da7", "#9c755f", "#8b96a5"),
)
LayerMeasure = Literal["gradient_norm", "update_ratio", "dead_share"]
LAYER_MEASURES: dict[LayerMeasure, str] = {
    "gradient_norm": "Gradient norm",
    "update_ratio": "Update-to-weight ratio",
    "dead_share": "Dead ReLUs",
}


def probability_figure(probabilities: np.ndarray | None) -> go.Figure:
    """Show ten probabilities as bars, the highest in the accent colour.

    Args:
        probabilities: array of shape `(10,)`; None gives empty bars of the same size.
    """
    return _bars(None if probabilities is None else tuple(map(float, probabilities)))


# A page shows the same answer again whenever anything else on it changes; every canvas begins, and
# ends, without one. Nobody changes a figure that is shown.
@lru_cache(maxsize=64)
def _bars(probabilities: tuple[float, ...] | None) -> go.Figure:
    values = np.zeros(10) if probabilities is None else np.array(probabilities)
    answer = None if probabilities is None else int(values.argmax())
    bars = {
        "type": "bar",
        "x": list(range(10)),
        "y": values,
        "marker": {"color": [TRAINING_COLOR if d == answer else MUTED_COLOR for d in range(10)]},
        "text": [_percent(value) for value in values],
        "textposition": "outside",
        "cliponaxis": False,
        "hovertemplate": "Digit %{x}: %{y:.2%}<extra></extra>",
    }
    layout = base_layout(height=PROBABILITY_HEIGHT)
    layout["xaxis"] = {"title": "Digit", "dtick": 1, "fixedrange": True, "range": [-0.6, 9.6]}
    layout["yaxis"] = {
        "title": "Probability",
        "range": [0, 1.12],
        "tickvals": [0, 0.5, 1],
        "tickformat": ".0%",
        "fixedrange": True,
    }
    return go.Figure([bars], layout)


def drawing_figure(
    records: Sequence[DrawingRecord], *, num_epochs: int, at: float | None = None
) -> go.Figure:
    """Show each digit's probability for a drawing, stacked, over time; mark the epoch `at`."""
    shown = downsample(records)
    epochs = [record.epoch for record in shown]
    areas = [
        {
            "type": "scatter",
            "x": epochs,
            "y": [record.probabilities[digit] for record in shown],
            "name": str(digit),
            "mode": "lines",
            "stackgroup": "all",
            "line": {"width": 0.5, "color": color},
            "hovertemplate": "%{y:.1%}",
        }
        for digit, color in enumerate(DIGIT_COLORS)
    ]
    layout = timeline_layout(seen=_last_epoch(records), num_epochs=num_epochs)
    layout["legend"]["title"] = "Digit"
    layout["yaxis"] = {
        "title": "Probability",
        "range": [0, 1],
        "tickformat": ".0%",
        "fixedrange": True,
    }
    figure = go.Figure(areas, layout)
    if at is not None:
        figure.add_vline(x=at, line={"color": "#64748b", "width": 2, "dash": "dot"})
    return figure


def layer_figure(
    records: Sequence[LayersRecord], measure: LayerMeasure, *, num_epochs: int
) -> go.Figure:
    """Show one measure of every layer over time; layers that do not have it are left out."""
    lines: dict[str, tuple[list[float], list[float]]] = {}
    for record in downsample(records):
        for layer in record.layers:
            if (value := getattr(layer, measure)) is not None:
                epochs, values = lines.setdefault(layer.name, ([], []))
                epochs.append(record.epoch)
                values.append(value)
    curves = [
        {
            "type": "scatter",
            "x": epochs,
            "y": values,
            "name": name,
            "mode": "lines" if len(epochs) > 1 else "markers",
            "hovertemplate": "%{y:.3g}",
        }
        for name, (epochs, values) in lines.items()
    ]
    layout = timeline_layout(seen=_last_epoch(records), num_epochs=num_epochs)
    layout["showlegend"] = True
    is_share = measure == "dead_share"
    scale = (
        {"range": [0, 1], "tickformat": ".0%"}
        if is_share
        else {"type": "log", "exponentformat": "power"}
    )
    layout["yaxis"] = {"title": LAYER_MEASURES[measure], **scale}
    return go.Figure(curves, layout)


def _last_epoch(records: Sequence[DrawingRecord] | Sequence[LayersRecord]) -> float:
    return records[-1].epoch if records else 0.0


def _percent(value: float) -> str:
    """Write a share as a whole percentage that never rounds a doubt away; nothing below 1 %."""
    if value < 0.01:
        return ""
    return ">99%" if value >= 0.995 else f"{value:.0%}"
