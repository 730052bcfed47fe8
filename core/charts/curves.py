"""Plotly figures from plain data. Knows nothing of runs' directories, networks or pages."""

import math
from collections.abc import Mapping
from typing import Any, Literal

import plotly.graph_objects as go

from core.charts.layout import (
    MUTED_COLOR,
    RUN_COLORS,
    TRAINING_COLOR,
    VALIDATION_COLOR,
    Metrics,
    downsample,
    lay_out,
)

_LOSS_NAMES = {"cross_entropy": "cross-entropy", "mean_squared_error": "mean squared error"}


def curve_figure(
    runs: Mapping[str, Metrics],
    measure: Literal["loss", "accuracy"],
    *,
    num_epochs: int,
    loss: str | None = "cross_entropy",
) -> go.Figure:
    """Show how loss or accuracy went over the epochs.

    One run has training in the accent colour and validation in its contrast. Several have a
    colour each, validation dashed.

    Args:
        runs: for each run's name its records, as `core.runs.Run.metrics` gives them.
        measure: what to show.
        num_epochs: epochs that the longest run is to have; the axis is that long from the start.
        loss: which loss the runs have, as the settings call it; None where they differ.
    """
    figure = go.Figure()
    highest = 0.1 if loss == "mean_squared_error" else 1.0
    marks: list[tuple[Mapping[str, Any], str, str]] = []
    for number, (name, metrics) in enumerate(runs.items()):
        several = len(runs) > 1
        color = RUN_COLORS[number % len(RUN_COLORS)]
        prefix = f"{name}: " if several else ""
        training = downsample([r for r in metrics if r["kind"] == "step" and _has(r, measure)])
        validation = [r for r in metrics if r["kind"] == "epoch" and _has(r, f"val_{measure}")]
        figure.add_scatter(
            x=[r["epoch"] for r in training],
            y=[r[measure] for r in training],
            name=f"{prefix}training",
            mode="lines" if len(training) > 1 else "markers",
            line={"color": color if several else TRAINING_COLOR, "width": 1.5},
        )
        figure.add_scatter(
            x=[r["epoch"] for r in validation],
            y=[r[f"val_{measure}"] for r in validation],
            name=f"{prefix}validation",
            mode="lines+markers",
            line={
                "color": color if several else VALIDATION_COLOR,
                "dash": "dash" if several else "solid",
                "width": 2,
            },
            marker={"size": 7},
        )
        for change in _learning_rate_changes(metrics):
            marks.append((change, f"{prefix}learning rate", color if several else MUTED_COLOR))
        shown = [r[measure] for r in training] + [r[f"val_{measure}"] for r in validation]
        highest = max([highest, *shown])
    lay_out(figure, height=340)
    figure.update_layout(
        hovermode="x unified",
        # Below, where it does not lie under the tools that a touch screen always shows.
        legend={"orientation": "h", "y": -0.24, "yanchor": "top", "x": 0},
        # The same value at each redrawing keeps what the user zoomed into.
        uirevision="kept",
    )
    if len(runs) == 1:
        # Without these Plotly draws everything anew for each margin it finds, at each refreshing.
        figure.update_layout(margin={"l": 68, "r": 14, "t": 28, "b": 100, "autoexpand": False})
        figure.update_xaxes(automargin=False)
        figure.update_yaxes(automargin=False)
    figure.update_traces(hovertemplate="%{y:.4f}")
    for change, name, color in marks:
        figure.add_vline(
            x=change["epoch"],
            line={"color": color, "width": 1.5, "dash": "dot"},
            annotation={
                "text": f"{name} {change['before']:.2g} → {change['learning_rate']:.2g}",
                "textangle": -90,
                "font": {"size": 10},
                "yanchor": "top",
                "xanchor": "left",
            },
        )
    figure.update_xaxes(
        title="Epoch",
        range=[0, num_epochs],
        tick0=0,
        dtick=max(1, math.ceil(num_epochs / 10)),
        hoverformat=".2f",
    )
    if measure == "accuracy":
        figure.update_yaxes(title="Accuracy", range=[0, 1.02], tickformat=".0%")
    else:
        # Whole steps, so that the axis stays where it is while the loss falls.
        title = f"Loss ({_LOSS_NAMES[loss]})" if loss else "Loss"
        figure.update_yaxes(title=title, range=[0, _round_up(highest)])
    return figure


def _has(record: Mapping[str, Any], name: str) -> bool:
    return isinstance(record.get(name), int | float) and isinstance(
        record.get("epoch"), int | float
    )


def _learning_rate_changes(metrics: Metrics) -> Metrics:
    """Return where somebody changed the learning rate on the way."""
    return [
        record
        for record in metrics
        if record["kind"] == "learning_rate"
        and all(isinstance(record.get(n), int | float) for n in ("epoch", "before"))
        and _has(record, "learning_rate")
    ]


def _round_up(value: float) -> float:
    """Return the next of 0.105, 0.25, 0.5, 1.05, ... above `value`, with room over the line."""
    for exponent in range(-1, 300):
        for step in (1.05, 2.5, 5.0):
            if value <= step * 10**exponent:
                return step * 10**exponent
    return value
