"""Draw pen strokes on a canvas, with any pen, at any size and place. Knows nothing of files."""

from collections.abc import Iterable, Sequence

import numpy as np
from PIL import Image, ImageDraw

# Lines are drawn this many times larger and reduced, which makes their edges smooth.
_OVERSAMPLING = 2


def fit_strokes(
    strokes: Sequence[np.ndarray], *, side: float, center: tuple[float, float]
) -> list[np.ndarray]:
    """Scale strokes and move them, with their aspect ratio kept.

    Args:
        strokes: arrays of shape `(n, 2)`.
        side: longer side of the result's bounding box, in pixels, measured along the pen's
            middle.
        center: x and y of the middle of that box, in pixels.
    """
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = side / max(float((high - low).max()), 1e-9)
    return [(stroke - (low + high) / 2) * scale + center for stroke in strokes]


def draw_strokes(
    strokes: Iterable[np.ndarray], *, width: int, height: int, pen_width: float
) -> np.ndarray:
    """Draw strokes with a round pen and smooth edges.

    Args:
        strokes: arrays of shape `(n, 2)`, x and y in pixels; what lies outside is cut off.
        width: width of the canvas in pixels.
        height: its height.
        pen_width: in pixels.

    Returns:
        uint8 array of shape `(height, width)`, 0 paper, 255 ink.
    """
    canvas = Image.new("L", (width * _OVERSAMPLING, height * _OVERSAMPLING))
    draw = ImageDraw.Draw(canvas)
    wide = max(1.0, pen_width * _OVERSAMPLING)
    radius = wide / 2
    for stroke in strokes:
        # Pillow counts from the middle of the first pixel, and a canvas from its edge.
        points = np.asarray(stroke, float) * _OVERSAMPLING - 0.5
        if len(points) > 1:
            draw.line([tuple(point) for point in points], fill=255, width=round(wide))
        if wide > 2:
            for x, y in points:
                draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
        elif len(points) == 1:
            draw.point([tuple(points[0])], fill=255)
    return np.asarray(canvas.reduce(_OVERSAMPLING))


def render_digit(
    strokes: Sequence[np.ndarray],
    *,
    canvas: int = 280,
    size: float = 0.6,
    place: tuple[float, float] = (0.5, 0.5),
    pen_width: float = 14,
) -> np.ndarray:
    """Draw a digit on a square canvas as the app's canvas would give it.

    Args:
        strokes: arrays of shape `(n, 2)`, in any unit.
        canvas: side of the canvas in pixels.
        size: longer side of the digit as a share of the canvas, in (0, 1].
        place: position in the free space, from (0, 0), the upper left corner, to (1, 1), the lower
            right one.
        pen_width: in pixels of the canvas.

    Returns:
        uint8 array of shape `(canvas, canvas, 4)`, black ink on white.
    """
    extent = np.ptp(np.concatenate(strokes), axis=0)
    extent = extent * (size * canvas / max(float(extent.max()), 1e-9)) + pen_width
    room = np.maximum(canvas - extent, 0)
    center = extent / 2 + room * np.asarray(place)
    fitted = fit_strokes(strokes, side=size * canvas, center=(center[0], center[1]))
    return ink_to_canvas(draw_strokes(fitted, width=canvas, height=canvas, pen_width=pen_width))


def ink_to_canvas(ink: np.ndarray) -> np.ndarray:
    """Turn ink, uint8 of shape `(height, width)`, into black on white, `(height, width, 4)`."""
    paper = 255 - ink
    return np.dstack([paper, paper, paper, np.full_like(ink, 255)])
