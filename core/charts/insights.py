"""Figures of what goes on inside a network while it trains, from its run's records."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go

from core.charts.layout import Metrics, downsample, lay_out

# Ten that are told apart by most eyes, on white and on dark paper (after Tableau's palette).
_DIGIT_COLORS = (
    *("#4e79a7", "#f28e2b", "#e15759", "#76b7b2", "#59a14f"),
    *("#edc948", "#b07aa1", "#ff9da7", "#9c755f", "#8b96a5"),
)
_MEASURES = {
    "gradient_norm": "Gradient norm",
    "update_ratio": "Update / weight",
    "dead_share": "Dead ReLUs",
}
LayerMeasure = Literal["gradient_norm", "update_ratio", "dead_share"]


def drawing_records(metrics: Metrics) -> list[Mapping[str, Any]]:
    """Return the records of how the drawing was read, those that are whole."""
    return [
        record
        for record in metrics
        if record["kind"] == "drawing"
        and _are_numbers(record.get("probabilities"), count=10)
        and _are_numbers([record.get("epoch"), record.get("step")], count=2)
    ]


def reading_figure(
    records: Sequence[Mapping[str, Any]], *, num_epochs: int, at: float | None = None
) -> go.Figure:
    """Show how a drawing was read over time: each digit's probability, one upon the other.

    Args:
        records: as `drawing_records` gives them.
        num_epochs: how long the axis is.
        at: the epoch to mark, if any.
    """
    shown = downsample(records)
    table = np.array([record["probabilities"] for record in shown]).reshape(-1, 10)
    figure = go.Figure()
    for digit in range(10):
        figure.add_scatter(
            x=[record["epoch"] for record in shown],
            y=table[:, digit],
            name=str(digit),
            mode="lines",
            stackgroup="all",
            line={"width": 0.5, "color": _DIGIT_COLORS[digit]},
            hovertemplate="%{y:.1%}",
        )
    lay_out(figure, height=260)
    figure.update_layout(
        hovermode="x unified",
        legend={"orientation": "h", "y": -0.3, "yanchor": "top", "x": 0, "title": "Digit"},
        uirevision="kept",
    )
    figure.update_xaxes(title="Epoch", range=[0, num_epochs], hoverformat=".2f")
    figure.update_yaxes(title="Probability", range=[0, 1], tickformat=".0%", fixedrange=True)
    if at is not None:
        figure.add_vline(x=at, line={"color": "#64748b", "width": 2, "dash": "dot"})
    return figure


def layer_figure(metrics: Metrics, measure: LayerMeasure, *, num_epochs: int) -> go.Figure:
    """Show one measure of every layer over time; layers that do not have it are left out.

    Args:
        metrics: the run's records.
        measure: the Euclidean norm of a layer's gradient, how far a step moved its weights as a
            share of their norm, or the share of its neurons that gave zero for a whole batch.
        num_epochs: how long the axis is.
    """
    lines: dict[str, tuple[list[float], list[float]]] = {}
    for record in downsample(layer_records(metrics)):
        for layer in record["layers"]:
            value = layer.get(measure)
            if _are_numbers([value], count=1):
                epochs, values = lines.setdefault(str(layer.get("name")), ([], []))
                epochs.append(record["epoch"])
                values.append(value)
    figure = go.Figure()
    for name, (epochs, values) in lines.items():
        figure.add_scatter(
            x=epochs,
            y=values,
            name=name,
            mode="lines" if len(epochs) > 1 else "markers",
            hovertemplate="%{y:.3g}",
        )
    lay_out(figure, height=260)
    figure.update_layout(
        hovermode="x unified",
        legend={"orientation": "h", "y": -0.3, "yanchor": "top", "x": 0},
        showlegend=True,
        uirevision="kept",
    )
    figure.update_xaxes(title="Epoch", range=[0, num_epochs], hoverformat=".2f")
    if measure == "dead_share":
        figure.update_yaxes(title=_MEASURES[measure], range=[0, 1], tickformat=".0%")
    else:
        figure.update_yaxes(title=_MEASURES[measure], type="log", exponentformat="power")
    return figure


def layer_records(metrics: Metrics) -> list[Mapping[str, Any]]:
    """Return the records of what went on in the layers, those that are whole."""
    return [
        record
        for record in metrics
        if record["kind"] == "layers"
        and _are_numbers([record.get("epoch")], count=1)
        and isinstance(record.get("layers"), list)
        and all(isinstance(layer, dict) for layer in record["layers"])
    ]


def _are_numbers(values: object, *, count: int) -> bool:
    """Tell whether a record's values can be drawn; a damaged file may hold anything."""
    return (
        isinstance(values, list)
        and len(values) == count
        and all(isinstance(value, int | float) and math.isfinite(value) for value in values)
    )
