"""Ten probabilities as bars."""

import numpy as np
import plotly.graph_objects as go

from core.charts.layout import MUTED_COLOR, TRAINING_COLOR, lay_out

PROBABILITY_HEIGHT = 210  # in pixels


def probability_figure(probabilities: np.ndarray | None) -> go.Figure:
    """Show ten probabilities as bars, the highest in the accent colour.

    Args:
        probabilities: array of shape `(10,)`; None gives empty bars of the same size.
    """
    values = np.zeros(10) if probabilities is None else np.asarray(probabilities, float)
    answer = None if probabilities is None else int(values.argmax())
    figure = go.Figure()
    figure.add_bar(
        x=list(range(10)),
        y=values,
        marker_color=[TRAINING_COLOR if d == answer else MUTED_COLOR for d in range(10)],
        text=[_percent(value) for value in values],
        textposition="outside",
        cliponaxis=False,
        hovertemplate="Digit %{x}: %{y:.2%}<extra></extra>",
    )
    lay_out(figure, height=PROBABILITY_HEIGHT)
    figure.update_xaxes(title="Digit", dtick=1, fixedrange=True, range=[-0.6, 9.6])
    figure.update_yaxes(title="Probability", range=[0, 1.12], tickvals=[0, 0.5, 1])
    figure.update_yaxes(tickformat=".0%", fixedrange=True)
    return figure


def _percent(value: float) -> str:
    """Write a share as a whole percentage that never rounds a doubt away; nothing below 1 %."""
    if value < 0.01:
        return ""
    return ">99%" if value >= 0.995 else f"{value:.0%}"
