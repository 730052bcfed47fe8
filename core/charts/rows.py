"""An image that is read row by row, and the answer after each row. Knows no network."""

import numpy as np
import plotly.graph_objects as go

from core.charts.layout import base_layout

ROWS_HEIGHT = 400  # in pixels
# From paper to ink, and from none to certain: both light up on a dark ground, as `to_png` does.
_INK_SCALE = [[0, "#0f172a"], [1, "#f8fafc"]]
_SHARE_SCALE = [[0, "#f8fafc"], [1, "#c25e00"]]


def rows_figure(image: np.ndarray, probabilities: np.ndarray) -> go.Figure:
    """Show an image, and on a level with each of its rows the answer after it.

    Args:
        image: floats of shape `(28, 28)` in [0, 1], ink 1.
        probabilities: of the ten digits after each row, `(28, 10)`.
    """
    rows = np.arange(1, len(image) + 1)
    answers = probabilities.argmax(axis=1)
    layout = base_layout(height=ROWS_HEIGHT)
    fixed = {"showgrid": False, "zeroline": False, "ticks": "", "fixedrange": True}
    layout["xaxis"] = {**fixed, "domain": [0, 0.58], "showticklabels": False, "title": "Image"}
    layout["xaxis2"] = {**fixed, "domain": [0.62, 1], "dtick": 1, "tickangle": 0, "title": "Digit"}
    layout["yaxis"] = {
        **fixed,
        "title": "Rows read",
        "range": [len(image) + 0.5, 0.5],
        "tickvals": [1, 7, 14, 21, 28],
    }
    ink = {
        "type": "heatmap",
        "y": rows,
        "z": image,
        "zmin": 0,
        "zmax": 1,
        "colorscale": _INK_SCALE,
        "showscale": False,
        "hoverinfo": "skip",
    }
    said = {
        "type": "heatmap",
        "xaxis": "x2",
        "x": list(range(10)),
        "y": rows,
        "z": probabilities,
        "zmin": 0,
        "zmax": 1,
        "colorscale": _SHARE_SCALE,
        "showscale": False,
        "xgap": 1,
        "hovertemplate": "After row %{y}: %{x} with %{z:.1%}<extra></extra>",
    }
    most = {
        "type": "scatter",
        "mode": "markers",
        "xaxis": "x2",
        "x": answers,
        "y": rows,
        "marker": {"size": 5, "color": "#111827"},
        "hoverinfo": "skip",
    }
    layout["showlegend"] = False
    return go.Figure([ink, said, most], layout)
