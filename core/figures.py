"""Plotly figures from plain data. Knows nothing of runs' directories, networks or pages."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go

# Readable on white and on dark paper, and told apart by colour-blind eyes (after Okabe and Ito).
TRAINING_COLOR = "#3b82f6"
VALIDATION_COLOR = "#d97706"
RUN_COLORS = ("#3b82f6", "#d97706", "#8b5cf6", "#14a38b", "#e0457b", "#7b8794")
_MUTED_COLOR = "#94a3b8"
# More would cost the browser more than it shows on half a screen.
_MAX_POINTS = 250
PROBABILITY_HEIGHT = 210  # in pixels
SCHEDULE_HEIGHT = 140
_LOSS_NAMES = {"cross_entropy": "cross-entropy", "mean_squared_error": "mean squared error"}
CURVE_CONFIG = {
    "displaylogo": False,
    "modeBarButtons": [["zoom2d", "pan2d", "resetScale2d", "toImage"]],
}

Metrics = Sequence[Mapping[str, Any]]


def probability_figure(probabilities: np.ndarray | None) -> go.Figure:
    """Show ten probabilities as bars, the highest in the accent colour.

    Args:
        probabilities: array of shape `(10,)`; None gives empty bars of the same size.
    """
    values = np.zeros(10) if probabilities is None else np.asarray(probabilities, float)
    answer = None if probabilities is None else int(values.argmax())
    labels = ["" if probabilities is None else _percent(value) for value in values]
    figure = go.Figure(
        go.Bar(
            x=list(range(10)),
            y=values,
            marker_color=[TRAINING_COLOR if d == answer else _MUTED_COLOR for d in range(10)],
            text=labels,
            textposition="outside",
            cliponaxis=False,
            hovertemplate="Digit %{x}: %{y:.2%}<extra></extra>",
        )
    )
    lay_out(figure, height=PROBABILITY_HEIGHT)
    figure.update_xaxes(title="Digit", dtick=1, fixedrange=True, range=[-0.6, 9.6])
    figure.update_yaxes(
        title="Probability", range=[0, 1.12], tickvals=[0, 0.5, 1], tickformat=".0%"
    )
    figure.update_yaxes(fixedrange=True)
    return figure


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
        training = thin([r for r in metrics if r["kind"] == "step" and _has(r, measure)])
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
            marks.append((change, f"{prefix}learning rate", color if several else _MUTED_COLOR))
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


def schedule_figure(
    epochs: np.ndarray, learning_rates: np.ndarray, *, num_epochs: int
) -> go.Figure:
    """Show how the learning rate is planned to go over the epochs.

    Args:
        epochs: array of shape `(n,)`, where in the run each learning rate is used.
        learning_rates: array of shape `(n,)`.
        num_epochs: epochs of the whole run.
    """
    figure = go.Figure(
        go.Scatter(
            x=epochs,
            y=learning_rates,
            mode="lines" if len(epochs) > 1 else "markers",
            line={"color": TRAINING_COLOR, "width": 2},
            hovertemplate="Epoch %{x:.2f}: %{y:.3g}<extra></extra>",
        )
    )
    lay_out(figure, height=SCHEDULE_HEIGHT)
    figure.update_layout(margin={"l": 8, "r": 8, "t": 8, "b": 8}, hovermode="x")
    figure.update_xaxes(
        title="Epoch",
        range=[0, num_epochs],
        tick0=0,
        dtick=max(1, math.ceil(num_epochs / 10)),
        fixedrange=True,
    )
    figure.update_yaxes(
        title="Learning rate",
        range=[0, 1.1 * float(np.max(learning_rates))],
        nticks=4,
        tickformat="~g",
        fixedrange=True,
    )
    return figure


def thin(records: Metrics) -> Metrics:
    """Leave out records evenly where there are more than a screen can show."""
    if len(records) <= _MAX_POINTS:
        return records
    return [records[i] for i in np.linspace(0, len(records) - 1, _MAX_POINTS).astype(int)]


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


def _percent(value: float) -> str:
    """Write a share as a whole percentage that never rounds a doubt away; nothing below 1 %."""
    if value < 0.01:
        return ""
    return ">99%" if value >= 0.995 else f"{value:.0%}"


def lay_out(figure: go.Figure, *, height: int) -> None:
    """Give a figure what all of this app's have in common; `height` is in pixels."""
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 28, "b": 8},
        showlegend=None,
        bargap=0.25,
        # A finger that moves over a chart scrolls the page; to zoom is a tool of its own.
        dragmode=False,
    )
