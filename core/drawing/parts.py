"""Divide the ink of a wide drawing into parts that may be digits. Knows nothing of networks.

A part is a piece of connected ink. Which parts make one digit is decided elsewhere.
"""

from dataclasses import dataclass

import numpy as np
import scipy

from core.drawing.pen_width import TOUCHING, measure_pen_width
from core.drawing.resizing import extent

# A line that lies is wider than high, and only where it ends is it higher than a slanting pen's
# width: by this factor, in no more than this share of its columns.
_LINE_PEN_WIDTHS = 2.0
_LINE_HIGH_SHARE = 0.2


@dataclass(frozen=True)
class Box:
    """A rectangle on a drawing, in its pixels; `right` and `bottom` lie just outside."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, eq=False)
class Part:
    """Some of the ink of a canvas.

    Attributes:
        canvas: float32 array of shape `(height, width)` in [0, 1]: this part's ink alone.
        rows: the rows of `canvas` that the ink covers.
        columns: the columns that it covers.
    """

    canvas: np.ndarray
    rows: slice
    columns: slice

    @property
    def width(self) -> int:
        """Return the width in pixels."""
        return self.columns.stop - self.columns.start

    @property
    def height(self) -> int:
        """Return the height in pixels."""
        return self.rows.stop - self.rows.start

    @property
    def ink(self) -> np.ndarray:
        """Return the ink without the paper around it."""
        return self.canvas[self.rows, self.columns]

    def box(self, factor: int, shape: tuple[int, ...]) -> Box:
        """Return where the part lies on a drawing of this shape, reduced by this factor."""
        right = min(self.columns.stop * factor, shape[1])
        bottom = min(self.rows.stop * factor, shape[0])
        return Box(self.columns.start * factor, self.rows.start * factor, right, bottom)


def find_parts(ink: np.ndarray) -> list[Part]:
    """Return the connected parts from left to right; gaps of a pixel or two are closed."""
    gap = max(1, round(min(ink.shape) / 100))
    near = scipy.ndimage.binary_dilation(ink > 0.3, iterations=gap, structure=TOUCHING)
    labels, _ = scipy.ndimage.label(near)
    labels[ink == 0] = 0
    boxes = enumerate(scipy.ndimage.find_objects(labels), start=1)
    parts = (Part(np.where(labels == index, ink, 0), *box) for index, box in boxes if box)
    return sorted(parts, key=middle)


def middle(part: Part) -> int:
    """Return twice the column of the part's middle, by which parts are sorted."""
    return part.columns.start + part.columns.stop


def join(one: Part, other: Part) -> Part:
    """Make two parts one."""
    ink = np.maximum(one.canvas, other.canvas)
    return Part(ink, *extent(ink))


def is_line(part: Part) -> bool:
    """Tell whether a part is a line that lies, such as a minus or a dash, be it slanted or bent."""
    if part.width <= part.height:
        return False
    solid = part.ink > 0.5
    limit = _LINE_PEN_WIDTHS * measure_pen_width(solid)
    inked = solid[:, solid.any(axis=0)]
    heights = inked.shape[0] - inked.argmax(axis=0) - inked[::-1].argmax(axis=0)
    return bool(np.mean(heights > limit) < _LINE_HIGH_SHARE)


def cut(part: Part) -> list[Part]:
    """Cut in two at the column with the least ink, away from the sides."""
    margin = max(1, round(0.2 * part.width))
    first, last = part.columns.start + margin, part.columns.stop - margin
    columns = part.canvas[:, first : max(last, first + 1)].sum(axis=0)
    # Among columns with equally little ink, the one nearest the middle.
    distance = np.abs(np.arange(len(columns)) - (len(columns) - 1) / 2) / len(columns)
    at = first + int(np.argmin(columns + distance))
    left, right = part.canvas.copy(), part.canvas.copy()
    left[:, at:], right[:, :at] = 0, 0
    return [Part(half, *extent(half)) for half in (left, right) if half.any()]
