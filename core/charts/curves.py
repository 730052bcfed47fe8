"""Curves over the epochs: loss, accuracy, the planned learning rate. Knows no network or page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go

from core.charts.layout import (
    MUTED_COLOR,
    TRAINING_COLOR,
    VALIDATION_COLOR,
    base_layout,
    downsample,
    timeline_layout,
)
from core.charts.scales import (
    Curve,
    accuracy_floor,
    edge_above,
    epoch_ticks,
    log_loss_axis,
    loss_range,
)
from core.runs import LearningRateRecord, Metrics

Measure = Literal["loss", "accuracy"]

_LOSS_NAMES = {"cross_entropy": "cross-entropy", "mean_squared_error": "mean squared error"}
# What the label of a mark takes of the width of a chart; one that would cover another is left out,
# and what it says is found on hover.
_LABEL_WIDTH = 0.35

_MANY_EPOCHS = 25  # of which large markers would cover the line


@dataclass(frozen=True)
class _Curves:
    """A run's curves, and its changes of the learning rate."""

    training: Curve
    validation: Curve
    changes: Sequence[LearningRateRecord]


def curve_figure(
    metrics: Metrics,
    measure: Measure,
    *,
    num_epochs: int,
    loss: str = "cross_entropy",
    whole_range: bool = False,
) -> go.Figure:
    """Show how loss or accuracy of a run went over the epochs.

    Training has the accent colour and validation its contrast. A mark on the training curve shows
    where the learning rate was changed.

    Args:
        metrics: the run's.
        measure: what to show.
        num_epochs: epochs that the run is to have.
        loss: which loss the run has, as the settings call it.
        whole_range: show losses on a linear axis from 0 and accuracies from 0 to 1; otherwise
            losses on a logarithmic axis and accuracies from a floor that cuts off the beginning.
    """
    curves = _read(metrics, measure)
    is_log = measure == "loss" and not whole_range
    values = [*curves.training[1], *curves.validation[1]]
    low, high = loss_range(values, curves.validation[1]) if is_log else (0.0, 1.0)
    seen = metrics.records[-1].epoch if metrics else 0.0
    layout = timeline_layout(seen=seen, num_epochs=num_epochs, height=340, legend_y=-0.24)
    # What a user zoomed into means nothing on another scale.
    layout["uirevision"] = f"whole_range={whole_range}"
    if measure == "accuracy":
        begin = 0.0 if whole_range else accuracy_floor((curves.training, curves.validation))
        top = 1 + 0.02 * (1 - begin)
        layout["yaxis"] = {"title": "Accuracy", "range": [begin, top], "tickformat": ".3~%"}
    else:
        layout["yaxis"] = {
            "title": f"Loss ({_LOSS_NAMES[loss]})",
            **_loss_scale(values, low, high, loss=loss, is_log=is_log),
        }
    # Without these Plotly draws everything anew for each margin it finds, at each refreshing.
    layout["margin"] = {"l": 68, "r": 14, "t": 28, "b": 100, "autoexpand": False}
    layout["xaxis"]["automargin"] = layout["yaxis"]["automargin"] = False
    figure = go.Figure(_traces(curves, floor=low, as_share=measure == "accuracy"), layout)
    _add_marks(figure, curves, floor=low, is_log=is_log, at_top=measure == "loss")
    return figure


def _loss_scale(
    values: Sequence[float], low: float, high: float, *, loss: str, is_log: bool
) -> dict[str, Any]:
    """Return what the axis of the loss shows, from `low` to `high` where it is logarithmic."""
    if is_log:
        return log_loss_axis(low, high)
    # Whole steps, so that the axis stays where it is while the loss falls.
    usual = 0.1 if loss == "mean_squared_error" else 1.0
    return {"range": [0, 1.02 * edge_above(max([usual, *values]))]}


def _read(metrics: Metrics, measure: Measure) -> _Curves:
    training = [r for r in downsample(metrics.steps) if getattr(r, measure) is not None]
    return _Curves(
        training=([r.epoch for r in training], [getattr(r, measure) for r in training]),
        validation=(
            [r.epoch for r in metrics.epochs],
            [getattr(r, f"val_{measure}") for r in metrics.epochs],
        ),
        changes=metrics.learning_rates,
    )


def _traces(curves: _Curves, *, floor: float, as_share: bool) -> list[dict[str, Any]]:
    """Return training and validation; what is below `floor` is drawn there."""
    (epochs, values), (val_epochs, val_values) = curves.training, curves.validation
    hover = "%{customdata:.2%}" if as_share else "%{customdata:.4g}"
    return [
        {
            "type": "scatter",
            "x": epochs,
            "y": [max(floor, value) for value in values],
            "customdata": values,
            "name": "training",
            "mode": "lines" if len(epochs) > 1 else "markers",
            "line": {"color": TRAINING_COLOR, "width": 1.5},
            "hovertemplate": hover,
        },
        {
            "type": "scatter",
            "x": val_epochs,
            "y": [max(floor, value) for value in val_values],
            "customdata": val_values,
            "name": "validation",
            "mode": "lines+markers",
            "line": {"color": VALIDATION_COLOR, "width": 2},
            "marker": {"size": 7 if len(val_epochs) <= _MANY_EPOCHS else 4},
            "hovertemplate": hover,
        },
    ]


def _add_marks(
    figure: go.Figure, curves: _Curves, *, floor: float, is_log: bool, at_top: bool
) -> None:
    """Mark on the training curve where the learning rate was changed, and say how.

    The labels stand `at_top` or at the bottom, where a curve that goes well is not.
    """
    if not curves.changes:
        return
    width = figure.layout.xaxis.range[1]
    at = [change.epoch for change in curves.changes]
    rates = [f"{change.before:.2g} → {change.learning_rate:.2g}" for change in curves.changes]
    figure.add_scatter(
        x=at,
        y=_between(at, curves.training, floor=floor, is_log=is_log),
        customdata=rates,
        name="learning rate changed",
        mode="markers",
        marker={
            "symbol": "diamond",
            "size": 11,
            "color": MUTED_COLOR,
            "line": {"color": "white", "width": 1.5},
        },
        hovertemplate="%{customdata}",
    )
    labelled: list[float] = []
    for epoch, text in zip(at, rates, strict=True):
        line = {"color": MUTED_COLOR, "width": 1, "dash": "dot"}
        figure.add_vline(x=epoch, line=line, opacity=0.7)
        if any(abs(epoch - other) < _LABEL_WIDTH * width for other in labelled):
            continue
        labelled.append(epoch)
        figure.add_annotation(
            x=epoch,
            y=1 if at_top else 0,
            yref="paper",
            text=text,
            showarrow=False,
            font={"size": 11},
            yanchor="top" if at_top else "bottom",
            xanchor="right" if epoch > width / 2 else "left",
        )


def _between(
    epochs: Sequence[float], curve: Curve, *, floor: float, is_log: bool
) -> Sequence[float | None]:
    """Return where a curve passes at these epochs, None where there is no curve."""
    at, values = curve
    if not at:
        return [None] * len(epochs)
    if not is_log:
        return np.interp(epochs, at, values).tolist()
    logarithms = np.log([max(floor, value) for value in values])
    return np.exp(np.interp(epochs, at, logarithms)).tolist()


def schedule_figure(
    epochs: np.ndarray, learning_rates: np.ndarray, *, num_epochs: int
) -> go.Figure:
    """Show how the learning rate is planned to go over the epochs of the whole run.

    Both arrays have shape `(n,)`; `epochs` says where in the run each learning rate is used.
    """
    curve = {
        "type": "scatter",
        "x": epochs,
        "y": learning_rates,
        "mode": "lines" if len(epochs) > 1 else "markers",
        "line": {"color": TRAINING_COLOR, "width": 2},
        "hovertemplate": "Epoch %{x:.2f}: %{y:.3g}<extra></extra>",
    }
    layout = base_layout(height=140)
    layout["margin"]["t"] = 8
    layout["hovermode"] = "x"
    layout["xaxis"] = {
        "title": "Epoch",
        "range": [0, num_epochs],
        "tick0": 0,
        "dtick": epoch_ticks(num_epochs),
        "nticks": 6,
        "fixedrange": True,
    }
    layout["yaxis"] = {
        "title": "Learning rate",
        "range": [0, 1.1 * float(np.max(learning_rates))],
        "nticks": 4,
        "tickformat": "~g",
        "fixedrange": True,
    }
    return go.Figure([curve], layout)
