"""How an answer changes as pixels are removed or inserted. Knows no model or page."""

from collections.abc import Mapping
from itertools import cycle
from typing import Literal, Protocol

import numpy as np
import plotly.graph_objects as go

from core.charts.layout import MUTED_COLOR, RUN_COLORS, as_label, base_layout
from core.charts.shares import share_axis

_HEIGHT = 360  # in pixels
Change = Literal["deleted", "inserted"]
_TITLES: dict[Change, str] = {"deleted": "Ink removed", "inserted": "Ink shown"}


class _Curves(Protocol):
    """Curves of one order of the pixels, such as `core.explanation.Curves`."""

    @property
    def shares(self) -> np.ndarray: ...
    @property
    def deleted(self) -> np.ndarray: ...
    @property
    def inserted(self) -> np.ndarray: ...


def faithfulness_figure(
    curves: Mapping[str, _Curves], which: Change, *, baseline: str
) -> go.Figure:
    """Show the probability against the share of ink, a line for each order of the pixels.

    Args:
        curves: by the name of the order.
        which: whether the first pixels of the order are removed, or alone are shown.
        baseline: the name of the order that the others are compared with.
    """
    names = [name for name in curves if name != baseline]
    colors = dict(zip(names, cycle(RUN_COLORS), strict=False))
    traces = [
        {
            "type": "scatter",
            "x": np.round(curve.shares, 3),
            "y": np.round(getattr(curve, which), 4),
            "name": as_label(name),
            "mode": "lines",
            "line": {"width": 2, "color": colors[name]}
            if name in colors
            else {"width": 2, "color": MUTED_COLOR, "dash": "dash"},
            "hovertemplate": "%{y:.1%}",
        }
        for name, curve in curves.items()
    ]
    layout = base_layout(height=_HEIGHT)
    layout["hovermode"] = "x unified"
    # Above, where as many lines as a phone needs do not meet the title of the axis.
    layout["legend"] = {"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0}
    layout["xaxis"] = share_axis(_TITLES[which], 0)
    layout["yaxis"] = share_axis("Probability", 0)
    return go.Figure(traces, layout)
