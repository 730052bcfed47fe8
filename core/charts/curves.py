"""Curves over the epochs: loss, accuracy, the planned learning rate. Knows no network or page."""

import math
from collections.abc import Mapping
from typing import Literal

import numpy as np
import plotly.graph_objects as go

from core.charts.layout import (
    MUTED_COLOR,
    RUN_COLORS,
    TRAINING_COLOR,
    VALIDATION_COLOR,
    downsample,
    lay_out,
    lay_out_timeline,
    new_figure,
)
from core.runs import Metrics

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
        runs: for each run's name its metrics.
        measure: what to show.
        num_epochs: epochs that the longest run is to have; the axis is that long from the start.
        loss: which loss the runs have, as the settings call it; None where they differ.
    """
    figure = new_figure()
    highest = 0.1 if loss == "mean_squared_error" else 1.0
    several = len(runs) > 1
    for number, (name, metrics) in enumerate(runs.items()):
        prefix, dash = (f"{name}: ", "dash") if several else ("", "solid")
        own = RUN_COLORS[number % len(RUN_COLORS)]
        colors = (own, own, own) if several else (TRAINING_COLOR, VALIDATION_COLOR, MUTED_COLOR)
        train_color, val_color, mark_color = colors
        training = downsample([r for r in metrics.steps if getattr(r, measure) is not None])
        train_values = [getattr(r, measure) for r in training]
        val_values = [getattr(r, f"val_{measure}") for r in metrics.epochs]
        figure.add_scatter(
            x=[r.epoch for r in training],
            y=train_values,
            name=f"{prefix}training",
            mode="lines" if len(training) > 1 else "markers",
            line={"color": train_color, "width": 1.5},
        )
        figure.add_scatter(
            x=[r.epoch for r in metrics.epochs],
            y=val_values,
            name=f"{prefix}validation",
            mode="lines+markers",
            line={"color": val_color, "dash": dash, "width": 2},
            marker={"size": 7},
        )
        highest = max([highest, *train_values, *val_values])
        for change in metrics.learning_rates:
            rates = f"{change.before:.2g} → {change.learning_rate:.2g}"
            figure.add_vline(
                x=change.epoch,
                line={"color": mark_color, "width": 1.5, "dash": "dot"},
                annotation={
                    "text": f"{prefix}learning rate {rates}",
                    "textangle": -90,
                    "font": {"size": 10},
                    "yanchor": "top",
                    "xanchor": "left",
                },
            )
    lay_out_timeline(figure, num_epochs=num_epochs, height=340, legend_y=-0.24)
    if len(runs) == 1:
        # Without these Plotly draws everything anew for each margin it finds, at each refreshing.
        figure.update_layout(margin={"l": 68, "r": 14, "t": 28, "b": 100, "autoexpand": False})
        figure.update_xaxes(automargin=False)
        figure.update_yaxes(automargin=False)
    figure.update_traces(hovertemplate="%{y:.4f}")
    figure.update_xaxes(tick0=0, dtick=_tick_distance(num_epochs))
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
    """Show how the learning rate is planned to go over the epochs of the whole run.

    Both arrays have shape `(n,)`; `epochs` says where in the run each learning rate is used.
    """
    figure = new_figure()
    figure.add_scatter(
        x=epochs,
        y=learning_rates,
        mode="lines" if len(epochs) > 1 else "markers",
        line={"color": TRAINING_COLOR, "width": 2},
        hovertemplate="Epoch %{x:.2f}: %{y:.3g}<extra></extra>",
    )
    lay_out(figure, height=140)
    figure.update_layout(margin_t=8, hovermode="x")
    figure.update_xaxes(
        title="Epoch", range=[0, num_epochs], tick0=0, dtick=_tick_distance(num_epochs)
    )
    highest = 1.1 * float(np.max(learning_rates))
    figure.update_yaxes(title="Learning rate", range=[0, highest], nticks=4, tickformat="~g")
    figure.update_xaxes(fixedrange=True)
    figure.update_yaxes(fixedrange=True)
    return figure


def _tick_distance(num_epochs: int) -> int:
    return max(1, math.ceil(num_epochs / 10))


def _round_up(value: float) -> float:
    """Return the next of 0.105, 0.25, 0.5, 1.05, ... above `value`, with room over the line."""
    limits = (step * 10**exponent for exponent in range(-1, 300) for step in (1.05, 2.5, 5.0))
    return next((limit for limit in limits if value <= limit), value)
