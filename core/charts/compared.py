"""Two answers to one image side by side. Knows no network."""

import numpy as np
import plotly.graph_objects as go

from core.charts.insights import PROBABILITY_HEIGHT
from core.charts.layout import MUTED_COLOR, TRAINING_COLOR, base_layout

COMPARED_HEIGHT = PROBABILITY_HEIGHT + 30  # in pixels, with a legend


def compared_figure(before: np.ndarray, now: np.ndarray) -> go.Figure:
    """Show ten probabilities before and after a change, as bars side by side.

    Args:
        before: array of shape `(10,)`.
        now: the same after the change.
    """
    bars = [
        {
            "type": "bar",
            "x": list(range(10)),
            "y": np.asarray(values, float),
            "name": name,
            "marker": {"color": color},
            "hovertemplate": f"{name}: %{{y:.2%}}<extra></extra>",
        }
        for name, values, color in (("Before", before, MUTED_COLOR), ("Now", now, TRAINING_COLOR))
    ]
    layout = base_layout(height=COMPARED_HEIGHT)
    layout["barmode"] = "group"
    layout["hovermode"] = "x"
    layout["showlegend"] = True
    layout["legend"] = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}
    layout["xaxis"] = {"title": "Digit", "dtick": 1, "fixedrange": True, "range": [-0.6, 9.6]}
    layout["yaxis"] = {
        "title": "Probability",
        "range": [0, 1.02],
        "tickvals": [0, 0.5, 1],
        "tickformat": ".0%",
        "fixedrange": True,
    }
    return go.Figure(bars, layout)
