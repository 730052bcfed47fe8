"""How answers change on the way from one image to another. Knows nothing of networks."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from core.charts.insights import DIGIT_COLORS
from core.charts.layout import MUTED_COLOR, base_layout

CHANGE_HEIGHT = 290  # in pixels
# A digit that never gets as probable as this has no line.
_LEAST_SHOWN = 0.1
_PROBABILITY = {
    "title": "Probability",
    "range": [0, 1.02],
    "tickvals": [0, 0.5, 1],
    "tickformat": ".0%",
    "fixedrange": True,
}
_LEGEND = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}


def change_figure(
    along: Sequence[float] | np.ndarray,
    probabilities: np.ndarray,
    *,
    title: str,
    at: float,
    turns: Sequence[float] = (),
) -> go.Figure:
    """Show a line for each digit that an image is ever taken for while it changes.

    Args:
        along: how far it has changed, rising, in percent, shape `(n,)`.
        probabilities: of the answers, shape `(n, 10)`.
        title: what `along` is.
        at: what is shown now; a dotted line.
        turns: where the answer becomes another one; each a grey line.
    """
    percent = [float(value) for value in along]
    lines = [
        {
            "type": "scatter",
            "x": percent,
            "y": probabilities[:, digit].astype(float),
            "name": str(digit),
            "mode": "lines+markers",
            "marker": {"size": 5},
            "line": {"width": 2.5, "color": DIGIT_COLORS[digit]},
            "hovertemplate": "%{y:.1%}",
        }
        for digit in range(10)
        if probabilities[:, digit].max() >= _LEAST_SHOWN
    ]
    layout = base_layout(height=CHANGE_HEIGHT)
    layout["hovermode"] = "x unified"
    layout["legend"] = _LEGEND | {"title": {"text": "Digit "}}
    layout["showlegend"] = True
    layout["xaxis"] = {
        "title": title,
        "range": [percent[0] - 1, percent[-1] + 1],
        "ticksuffix": "%",
        "fixedrange": True,
        "zeroline": False,
    }
    layout["yaxis"] = _PROBABILITY
    solid = {"color": MUTED_COLOR, "width": 2}
    marks = [(turn, solid) for turn in turns] + [(at, solid | {"dash": "dot", "color": "#64748b"})]
    layout["shapes"] = [
        {"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper", "line": line}
        for x, line in marks
    ]
    layout["annotations"] = [
        {
            "x": turn,
            "y": 0.5,
            "text": "turns",
            "textangle": -90,
            "xanchor": "right",
            "showarrow": False,
        }
        for turn in turns
    ]
    return go.Figure(lines, layout)
