"""The planned learning rate over the epochs."""

import math

import numpy as np
import plotly.graph_objects as go

from core.charts.layout import TRAINING_COLOR, lay_out

SCHEDULE_HEIGHT = 140


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
