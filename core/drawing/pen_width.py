"""Measure how wide a drawing's lines are, and bring them near those of MNIST's pens."""

import numpy as np
import scipy

from core.drawing.ink import FAINTEST_INK
from core.drawing.resizing import reduce_to, resize

BOX = 20  # pixels of the longer side of a digit in MNIST, on which line widths are given here
# The longer side, in pixels, at which the pen is measured.
MEASURED_SIDE = 6 * BOX
TOUCHING = np.ones((3, 3), bool)  # pixels that meet at a corner belong together
# Width of the lines in pixels of the 20 x 20 box: measured on 5,000 MNIST images, from about their
# 10th to their 90th percentile. Drawings within it stay as they are, and so do MNIST's images.
_THINNEST_LINE = 1.7
_THICKEST_LINE = 4.0
_CORE_OF_A_LINE = 0.75


def even_pen_width(ink: np.ndarray) -> np.ndarray:
    """Make lines thicker or thinner where their width is outside that of MNIST's images.

    Takes ink without paper around it; returns it as it is where its lines are as MNIST's, else an
    array of another size, with some paper around it.
    """
    scale = MEASURED_SIDE / max(ink.shape)
    height, width = (max(1, round(length * scale)) for length in ink.shape)
    threshold = 0.5
    if scale < 1:
        measured = resize(reduce_to(ink, 2 * MEASURED_SIDE), width, height)
        # A thin line fades where it is reduced: what is left of it counts as the whole of it.
        if measured.any():
            threshold *= min(1.0, np.quantile(measured[measured > 0], 0.75))
    else:
        measured = resize(ink, width, height)
    solid = measured > threshold
    pen = _in_box(solid)
    if pen > _THICKEST_LINE:
        # Blurred lines look thick, and their loops closed; only their core is pen.
        core = measured > _CORE_OF_A_LINE
        if core.sum() < 0.85 * solid.sum():
            solid, pen = core, _in_box(core)
            if pen <= _THICKEST_LINE:
                return np.clip((measured - 0.5) * 2, 0, 1)
    if _THINNEST_LINE <= pen <= _THICKEST_LINE:
        return ink
    changed = _change_pen_width(solid, pen, float(np.clip(pen, _THINNEST_LINE, _THICKEST_LINE)))
    return ink if changed is None else changed


def measure_pen_width(solid: np.ndarray) -> float:
    """Measure how wide a drawing's lines are, in its own pixels; 0 where there are none.

    Across a line of width w the distance to its edge rises from 0 to w/2 and falls again, so its
    mean is w/4; counted in whole pixels, it is (w + 2 + 1/w) / 4, which is solved for w. The mean
    over all ink is used and not its largest value, so that no single blot decides. `solid` is True
    where there is ink.
    """
    distances = scipy.ndimage.distance_transform_edt(np.pad(solid, 1))
    inside = distances[distances > 0]
    if not inside.size:
        return 0.0
    doubled = max(2.0, 4 * float(inside.mean()) - 2)
    return (doubled + float(np.sqrt(doubled**2 - 4))) / 2


def _in_box(solid: np.ndarray) -> float:
    return measure_pen_width(solid) * BOX / MEASURED_SIDE


def _change_pen_width(solid: np.ndarray, pen: float, wanted: float) -> np.ndarray | None:
    """Move the outline along its distance transform, which changes every line by as much.

    With lines of width w on a digit of longer side s, moving the outline by d gives a width of
    (w + 2d) on a side of (s + 2d), which is solved for d; `pen` and `wanted` are such widths on the
    20 x 20 box. Thinning stops before it would break the digit into parts; None where it always
    would.
    """
    share = wanted / BOX
    move = (share * MEASURED_SIDE - pen * MEASURED_SIDE / BOX) / (2 * (1 - share))
    padded = np.pad(solid, int(np.ceil(max(0.0, move))) + 2)
    # Signed: positive inside the ink, zero on its outline.
    distance = (
        scipy.ndimage.distance_transform_edt(padded)
        - scipy.ndimage.distance_transform_edt(~padded)
        - np.where(padded, 0.5, -0.5)
    )
    parts = scipy.ndimage.label(padded, TOUCHING)[1]
    for part_of_move in (1.0, 0.6, 0.3):
        moved = np.clip(distance + part_of_move * move + 0.5, 0, 1)
        if move > 0 or scipy.ndimage.label(moved > 0.5, TOUCHING)[1] == parts:
            return np.where(moved < FAINTEST_INK, 0, moved).astype(np.float32)
    return None
