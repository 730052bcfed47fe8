"""What figures of accuracies share: an axis of shares, bars of intervals. Knows no figure."""

from collections.abc import Sequence
from typing import Any, Protocol

from core.charts.layout import MUTED_COLOR

LEGEND_BELOW = {"orientation": "h", "yanchor": "top", "x": 0}
# Room for a point at the edge.
_ROOM = 0.03


class Measured(Protocol):
    """An accuracy with its 95 % confidence interval, in [0, 1]."""

    @property
    def accuracy(self) -> float:
        """The share that is correct."""

    @property
    def interval(self) -> tuple[float, float]:
        """Both ends of its interval."""


class Counted(Measured, Protocol):
    """One with the number of images that it was measured on."""

    @property
    def count(self) -> int:
        """How many images there are."""


def share_axis(title: str, begin: float) -> dict[str, Any]:
    """Return an axis of shares from `begin` to 1, with a little room at both ends."""
    room = _ROOM * (1 - begin)
    return {
        "title": title,
        "range": [begin - room, 1 + room],
        "tickformat": ".4~%",
        "nticks": 6,
        "zeroline": False,
        "fixedrange": True,
    }


def interval_bars(measured: Sequence[Measured], color: str) -> dict[str, Any]:
    """Return the error bars of points, from one end of each interval to the other."""
    return {
        "type": "data",
        "symmetric": False,
        "array": [max(0.0, point.interval[1] - point.accuracy) for point in measured],
        "arrayminus": [max(0.0, point.accuracy - point.interval[0]) for point in measured],
        "color": color,
        "thickness": 1.2,
        "width": 0,
    }


def describe(counted: Counted) -> str:
    """Say how accurate, such as "97.2 % of 1,234 correct (95 % interval 96.1 to 98.0 %)"."""
    low, high = (100 * end for end in counted.interval)
    return (
        f"{100 * counted.accuracy:.1f} % of {counted.count:,} correct "
        f"(95 % interval {low:.1f} to {high:.1f} %)"
    )


def vertical_line(at: float) -> dict[str, Any]:
    """Return a dotted line over the whole height of a figure."""
    return {
        "type": "line",
        "x0": at,
        "x1": at,
        "y0": 0,
        "y1": 1,
        "yref": "paper",
        "line": {"color": MUTED_COLOR, "width": 1.5, "dash": "dot"},
    }
