"""The confusion matrix: which digits a model takes for which. Knows no model or page."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.charts.layout import TRAINING_COLOR, base_layout

CONFUSION_HEIGHT = 400  # in pixels
_DIGITS = list(range(10))
# Light enough for dark text, and dark enough to be seen on white paper as on dark. Mistakes grow in
# saturation more than in brightness, which would mean the opposite on dark paper.
_RIGHT_SCALE = [[0, "#d5dce6"], [1, "#a8b4c5"]]
_WRONG_SCALE = [[0, "#ecd9b8"], [1, "#ea8205"]]
_TEXT_COLOR = "#111827"
# Shares of a row at the ends of the mistakes' scale, which is logarithmic: beside a diagonal of
# 99 %, one of a thousand is still seen.
_LEAST_SHARE, _MOST_SHARE = 5e-4, 0.5
# Invisible, and touching each other, so that every place of a cell can be pointed at.
_INVISIBLE = {"marker": {"opacity": 0}}
_MARKER_SIZE = 30
_HALF = 0.5


def confusion_figure(confusion: np.ndarray, selected: tuple[int, int] | None = None) -> go.Figure:
    """Show how often each digit was read as each, mistakes in a colour of their own.

    A click on a cell selects a point whose customdata are the true digit and the one read.

    Args:
        confusion: int array of shape `(10, 10)`, how many images of the digit of the row were read
            as that of the column.
        selected: the true digit and the one read of a cell to outline.
    """
    counts = np.asarray(confusion)
    totals = counts.sum(axis=1)
    shares = counts / np.maximum(totals, 1)[:, None]
    layout = base_layout(height=CONFUSION_HEIGHT)
    layout["margin"]["t"] = 8
    layout["showlegend"] = False
    # The nearest of the invisible points, wherever in the matrix the pointer is.
    layout["hovermode"], layout["hoverdistance"] = "closest", -1
    layout["clickmode"] = "event+select"
    layout["xaxis"] = _axis("Read as", [-_HALF, 9 + _HALF])
    layout["yaxis"] = _axis("True digit", [9 + _HALF, -_HALF])
    layout["yaxis"] |= {"scaleanchor": "x", "constraintoward": "top"}
    if selected is not None:
        layout["shapes"] = [_outline(*selected)]
    is_right = np.eye(10, dtype=bool)
    wrong = np.log10(np.clip(shares, _LEAST_SHARE, _MOST_SHARE))
    ends = np.log10([_LEAST_SHARE, _MOST_SHARE]).tolist()
    traces = [
        _cells(counts, np.where(is_right, shares, np.nan), _RIGHT_SCALE, [0, 1]),
        _cells(counts, np.where(is_right, np.nan, wrong), _WRONG_SCALE, ends),
        _points(counts, totals),
    ]
    return go.Figure(traces, layout)


def _axis(title: str, ends: list[float]) -> dict[str, Any]:
    return {
        "title": title,
        "range": ends,
        "constrain": "domain",
        "tickmode": "array",
        "tickvals": _DIGITS,
        "ticktext": [str(digit) for digit in _DIGITS],
        "tickangle": 0,
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
    }


def _cells(
    counts: np.ndarray, values: np.ndarray, scale: list[list[Any]], ends: list[float]
) -> dict[str, Any]:
    """Return the cells that have a value and a count, each with the count."""
    shown = np.isfinite(values) & (counts > 0)
    return {
        "type": "heatmap",
        "x": _DIGITS,
        "y": _DIGITS,
        "z": np.where(shown, values, np.nan),
        "zmin": ends[0],
        "zmax": ends[1],
        "colorscale": scale,
        "showscale": False,
        "text": np.where(shown, counts.astype(str), ""),
        "texttemplate": "%{text}",
        "textfont": {"color": _TEXT_COLOR, "size": 11},
        "hoverinfo": "skip",
        "hoverongaps": False,
        "xgap": 2,
        "ygap": 2,
    }


def _points(counts: np.ndarray, totals: np.ndarray) -> dict[str, Any]:
    """Return a point on each cell, since Plotly cannot select the cells of a heatmap."""
    cells = [(true, read) for true in _DIGITS for read in _DIGITS]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [read for _, read in cells],
        "y": [true for true, _ in cells],
        "customdata": [list(cell) for cell in cells],
        "hovertext": [
            _sentence(true, read, int(counts[true, read]), int(totals[true]))
            for true, read in cells
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {"symbol": "square", "size": _MARKER_SIZE, "opacity": 0},
        "selected": _INVISIBLE,
        "unselected": _INVISIBLE,
    }


def _sentence(true: int, read: int, count: int, total: int) -> str:
    """Say what a cell means, such as "4 read as 9: 6 of 982 (0.61 %)"."""
    share = f" ({100 * count / total:.2f} %)" if total else ""
    return f"{true} read as {read}: {count:,} of {total:,}{share}"


def _outline(true: int, read: int) -> dict[str, Any]:
    return {
        "type": "rect",
        "x0": read - _HALF,
        "x1": read + _HALF,
        "y0": true - _HALF,
        "y1": true + _HALF,
        "line": {"color": TRAINING_COLOR, "width": 3},
    }
