"""A map of what each digit loses without each part of a layer. Knows no network."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from core.charts.layout import base_layout

ABLATION_HEIGHT = 340  # in pixels
# Blue below zero, white at zero, orange above, as in pictures of weights.
_SCALE = [[0, "#1d4ed8"], [0.5, "#ffffff"], [1, "#c25e00"]]
# A fall of the probability that has the full colour at least: less is not to look like much.
_LEAST_LIMIT = 0.02


def ablation_figure(fall: np.ndarray, texts: Sequence[Sequence[str]], *, part: str) -> go.Figure:
    """Show by how much each digit's probability falls without each part.

    Args:
        fall: floats of shape `(parts, 10)` in [-1, 1].
        texts: what to say of each of these, in the same order.
        part: what a part is called, such as "channel".
    """
    limit = max(_LEAST_LIMIT, float(np.abs(fall).max()))
    parts = len(fall)
    gap = 1 if parts <= 64 else 0
    cells = {
        "type": "heatmap",
        "x": list(range(1, parts + 1)),
        "y": list(range(10)),
        "z": 100 * fall.T,
        "zmin": -100 * limit,
        "zmax": 100 * limit,
        "colorscale": _SCALE,
        "colorbar": {
            "orientation": "h",
            "y": 1.02,
            "yanchor": "bottom",
            "thickness": 10,
            "title": {"text": "Fall of its probability, in percentage points", "side": "top"},
        },
        "text": [[row[digit] for row in texts] for digit in range(10)],
        "hovertemplate": "%{text}<extra></extra>",
        # Gaps between cells that are a few pixels wide would be all that is seen.
        "xgap": gap,
        "ygap": gap,
    }
    layout = base_layout(height=ABLATION_HEIGHT)
    layout["xaxis"] = {
        "title": f"Without {part}",
        "range": [0.5, parts + 0.5],
        "nticks": 12,
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
    }
    layout["yaxis"] = {
        "title": "Digit",
        "range": [9.5, -0.5],
        "dtick": 1,
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
    }
    return go.Figure([cells], layout)
