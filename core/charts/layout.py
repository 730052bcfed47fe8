"""What all of this app's charts share: colours, layout, how many points they show."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import plotly.graph_objects as go

# Readable on white and on dark paper, and told apart by colour-blind eyes (after Okabe and Ito).
TRAINING_COLOR = "#3b82f6"
VALIDATION_COLOR = "#d97706"
RUN_COLORS = ("#3b82f6", "#d97706", "#8b5cf6", "#14a38b", "#e0457b", "#7b8794")
MUTED_COLOR = "#94a3b8"
# More would cost the browser more than it shows on half a screen.
_MAX_POINTS = 250
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


def new_figure() -> go.Figure:
    """Return an empty figure."""
    # Plotly looks at pandas wherever it is imported, which fails while another thread, such as the
    # one that loads the images, is halfway through. This waits for it.
    import pandas  # noqa: F401

    return go.Figure()


def lay_out(figure: go.Figure, *, height: int) -> None:
    """Give a figure what all of this app's have in common; `height` is in pixels."""
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 28, "b": 8},
        bargap=0.25,
        # A finger that moves over a chart scrolls the page; to zoom is a tool of its own.
        dragmode=False,
    )


def lay_out_timeline(
    figure: go.Figure, *, num_epochs: int, height: int = 260, legend_y: float = -0.3
) -> None:
    """Give a figure over the epochs what all of them have in common.

    `legend_y` is where the legend's top is, below the axis, as a share of the plot's height.
    """
    lay_out(figure, height=height)
    figure.update_layout(
        hovermode="x unified",
        # Below, where it is not under the tools that a touch screen always shows.
        legend={"orientation": "h", "y": legend_y, "yanchor": "top", "x": 0},
        # The same value at each redrawing keeps what the user zoomed into.
        uirevision="kept",
    )
    figure.update_xaxes(title="Epoch", range=[0, num_epochs], hoverformat=".2f")
