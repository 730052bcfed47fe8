"""Curves of several runs in one figure, over epochs, images or seconds, and the band of a group."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go

from core.charts.layout import RUN_COLORS, as_label, base_layout, downsample
from core.charts.scales import accuracy_floor, epoch_ticks, log_loss_axis, loss_range
from core.runs import Metrics

Over = Literal["epoch", "images", "seconds"]
Measure = Literal["loss", "accuracy", "learning_rate"]
OVERLAY_HEIGHT = 360  # in pixels
_OVER_TITLES = {
    "epoch": "Epoch",
    "images": "Training images seen",
    "seconds": "Seconds of training",
}
_TITLES = {"loss": "Loss", "accuracy": "Accuracy", "learning_rate": "Learning rate"}
_MANY = 25  # epochs, of which large markers would cover the line
_DASHES = ("solid", "dot", "dashdot", "longdash")

Points = tuple[Sequence[float], Sequence[float]]


def overlay_figure(
    runs: Mapping[str, Metrics],
    measure: Measure,
    *,
    over: Over = "epoch",
    smoothing: float = 0.0,
    is_log: bool = False,
) -> go.Figure:
    """Show a measure of each run: training as a line, validation with a marker at each epoch.

    Each run has a colour, and beyond as many as there are colours other dashes.

    Args:
        runs: for each run's name its metrics.
        measure: what to show.
        over: what it is shown against.
        smoothing: in [0, 1): how much of each point of training is what came before it.
        is_log: whether the axis of the measure is logarithmic; never that of accuracies.
    """
    traces, training, validation = [], [], []
    for number, (name, metrics) in enumerate(runs.items()):
        line = {
            "color": RUN_COLORS[number % len(RUN_COLORS)],
            "dash": _DASHES[number // len(RUN_COLORS) % len(_DASHES)],
        }
        steps = _points(metrics.steps, over, measure)
        if steps[0]:
            training.append((steps[0], smoothed(steps[1], smoothing)))
            kind = "" if measure == "learning_rate" else ": training"
            traces.append(_trace(f"{as_label(name)}{kind}", *training[-1], measure, line))
        epochs = _points(metrics.epochs, over, f"val_{measure}")
        if measure != "learning_rate" and epochs[0]:
            validation.append(epochs)
            few = len(epochs[0]) <= _MANY
            marker = {"size": 8 if few else 5, "symbol": "diamond"}
            traces.append(
                {
                    **_trace(f"{as_label(name)}: validation", *epochs, measure, line),
                    "mode": "lines+markers",
                    "marker": marker,
                }
            )
    layout = base_layout(height=OVERLAY_HEIGHT)
    layout["hovermode"] = "closest"
    layout["legend"] = {"orientation": "h", "y": -0.24, "yanchor": "top", "x": 0}
    layout["uirevision"] = f"{over} {is_log}"
    layout["xaxis"] = {"title": _OVER_TITLES[over], "rangemode": "tozero"}
    layout["yaxis"] = {
        "title": _TITLES[measure],
        **_scale(measure, training, validation, is_log=is_log),
    }
    return go.Figure(traces, layout)


def band_figure(runs: Sequence[Metrics], measure: Literal["loss", "accuracy"]) -> go.Figure:
    """Show the mean of the runs' validation after each epoch, and from the lowest to the highest.

    An epoch counts that all of them have.
    """
    values = [[getattr(epoch, f"val_{measure}") for epoch in metrics.epochs] for metrics in runs]
    count = min(map(len, values), default=0)
    table = np.array([own[:count] for own in values], float).reshape(len(values), count)
    epochs = list(range(1, count + 1))
    color = RUN_COLORS[0]
    low, high, mean = (
        (table.min(axis=0), table.max(axis=0), table.mean(axis=0)) if count else ([], [], [])
    )
    edge = {"type": "scatter", "mode": "lines", "x": epochs, "line": {"width": 0}}
    number = "%{y:.2%}" if measure == "accuracy" else "%{y:.4g}"
    traces = [
        {**edge, "y": high, "name": "highest", "showlegend": False, "hovertemplate": number},
        {
            **edge,
            "y": low,
            "name": "lowest to highest",
            "fill": "tonexty",
            "fillcolor": "rgba(59, 130, 246, 0.25)",
            "hovertemplate": number,
        },
        {
            **edge,
            "y": mean,
            "name": f"mean of {len(runs)} runs",
            "mode": "lines+markers",
            "line": {"color": color, "width": 2},
            "hovertemplate": number,
        },
    ]
    layout = base_layout(height=OVERLAY_HEIGHT)
    layout["hovermode"] = "x unified"
    layout["legend"] = {"orientation": "h", "y": -0.24, "yanchor": "top", "x": 0}
    layout["xaxis"] = {"title": "Epoch", "tick0": 1, "dtick": epoch_ticks(count) or 1}
    layout["yaxis"] = {"title": f"Validation {measure}"}
    if measure == "accuracy":
        layout["yaxis"]["tickformat"] = ".3~%"
    return go.Figure(traces, layout)


def smoothed(values: Sequence[float], weight: float) -> list[float]:
    """Return the exponential moving average of values, as TensorBoard smooths: without a bias to 0.

    Args:
        values: in their order.
        weight: of what came before, in [0, 1); 0 leaves the values as they are.
    """
    averages, average, total = [], 0.0, 0.0
    for value in values:
        average = weight * average + (1 - weight) * value
        total = weight * total + (1 - weight)
        averages.append(average / total)
    return averages


def _points(records: Sequence[Any], over: Over, name: str) -> Points:
    shown = [record for record in records if getattr(record, name, None) is not None]
    kept = downsample(shown)
    return [getattr(each, over) for each in kept], [getattr(each, name) for each in kept]


def _trace(
    name: str, x: Sequence[float], y: Sequence[float], measure: Measure, line: dict[str, Any]
) -> dict[str, Any]:
    number = "%{y:.2%}" if measure == "accuracy" else "%{y:.4g}"
    return {
        "type": "scatter",
        "mode": "lines" if len(x) > 1 else "markers",
        "name": name,
        "x": x,
        "y": y,
        "line": {**line, "width": 1.5},
        "hovertemplate": f"%{{x:,.3~f}}: {number}",
    }


def _scale(
    measure: Measure, training: Sequence[Points], validation: Sequence[Points], *, is_log: bool
) -> dict[str, Any]:
    if measure == "accuracy":
        begin = accuracy_floor([*training, *validation])
        return {"range": [begin, 1 + 0.02 * (1 - begin)], "tickformat": ".3~%"}
    if not is_log:
        return {"rangemode": "tozero"}
    if measure == "learning_rate":
        rates = [rate for _, own in training for rate in own if rate > 0]
        ends = (
            [math.floor(math.log10(min(rates))), math.ceil(math.log10(max(rates)))]
            if rates
            else [-3, -1]
        )
        if ends[0] == ends[1]:
            ends[1] += 1
        return {"type": "log", "exponentformat": "none", "dtick": 1, "range": ends}
    values = [value for _, own in (*training, *validation) for value in own]
    return log_loss_axis(*loss_range(values, [value for _, own in validation for value in own]))
