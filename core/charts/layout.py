"""What all of this app's charts share: colours, layout, how many points they show."""

import html
import math
from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np

from core.charts.scales import epoch_ticks, shown_epochs

# Readable on white and on dark paper, and told apart by colour-blind eyes (after Okabe and Ito).
TRAINING_COLOR = "#3b82f6"
VALIDATION_COLOR = "#d97706"
RUN_COLORS = ("#3b82f6", "#d97706", "#8b5cf6", "#14a38b", "#e0457b", "#7b8794")
MUTED_COLOR = "#94a3b8"
# More would cost the browser more than it shows on half a screen.
_MAX_POINTS = 250
# So that a marker at the end of an axis is shown whole.
_ROOM = 1.015
_LABEL_LENGTH = 28  # letters of a name; more would leave no room in a legend
CURVE_CONFIG = {
    "displaylogo": False,
    "modeBarButtons": [["zoom2d", "pan2d", "resetScale2d", "toImage"]],
}

T = TypeVar("T")


def downsample(records: Sequence[T]) -> Sequence[T]:
    """Leave out records evenly where there are more than a screen can show."""
    if len(records) <= _MAX_POINTS:
        return records
    return [records[i] for i in np.linspace(0, len(records) - 1, _MAX_POINTS).astype(int)]


def base_layout(*, height: int) -> dict[str, Any]:
    """Return what the layouts of all of this app's figures have in common; `height` is in pixels.

    A layout is written as a dictionary, and given to Plotly together with the traces: each change
    of a figure that is there takes Plotly as long as to make one.
    """
    return {
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 28, "b": 8},
        "bargap": 0.25,
        # A finger that moves over a chart scrolls the page; to zoom is a tool of its own.
        "dragmode": False,
        "xaxis": {},
        "yaxis": {},
    }


def timeline_layout(
    *,
    seen: float,
    num_epochs: int,
    height: int = 260,
    legend_y: float = -0.3,
) -> dict[str, Any]:
    """Return what the layouts of all figures over the epochs have in common.

    The axis is as long as the data need, in steps, and its title says how much is to come.

    Args:
        seen: epochs so far, a fraction within an epoch.
        num_epochs: epochs that there are to be.
        height: in pixels.
        legend_y: where the legend's top is, below the axis, as a share of the plot's height.
    """
    shown = shown_epochs(seen, num_epochs=num_epochs)
    title = "Epoch"
    if 0 < seen < num_epochs:
        title = f"Epoch ({math.ceil(seen)} of {num_epochs})"
    return {
        **base_layout(height=height),
        "hovermode": "x unified",
        # Below, where it is not under the tools that a touch screen always shows.
        "legend": {"orientation": "h", "y": legend_y, "yanchor": "top", "x": 0},
        # The same value at each redrawing keeps what the user zoomed into.
        "uirevision": "kept",
        "xaxis": {
            "title": title,
            "range": [0, shown * _ROOM],
            "hoverformat": ".2f",
            "tick0": 0,
            "dtick": epoch_ticks(shown),
            "nticks": 6,
        },
    }


def as_label(name: str) -> str:
    """Return what Plotly shows as this name, which may hold tags of its markup; shortened."""
    if len(name) > _LABEL_LENGTH:
        # In the middle, since what tells names apart is as often at the end.
        name = f"{name[: _LABEL_LENGTH // 2]}…{name[-(_LABEL_LENGTH // 2 - 1) :]}"
    return html.escape(name, quote=False)
