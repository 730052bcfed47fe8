"""Clean a drawing: remove stray dots and faint blots, and tell a dot from a digit."""

import numpy as np
import scipy

from core.drawing.pen_width import MEASURED_SIDE, TOUCHING, measure_pen_width
from core.drawing.resizing import crop_to_ink, reduce_to

# A blot whose strongest ink is below this is noise: JPEG leaves such beside every line.
_FAINTEST_BLOT = 0.4
# A speck is no longer than the pen is wide (a click is just that), and short beside the digit.
_SPECK_PEN_WIDTHS = 1.6
_SPECK_SHARE_OF_SIDE = 0.15
# Where specks make up more of the ink than this, the digit is drawn with them: a dotted line.
_LARGEST_SHARE_OF_SPECKS = 0.1


def remove_specks(ink: np.ndarray) -> np.ndarray:
    """Remove stray dots and faint blots that lie apart from the digit.

    A part stays where it is longer than about one and a half times the pen's width. All parts
    stay where specks make up a tenth of the ink or more: then they are the drawing. Where there is
    nothing to remove, `ink` itself is returned.
    """
    labels, count = scipy.ndimage.label(ink > 0, TOUCHING)
    if count <= 1:
        return ink
    index = np.arange(1, count + 1)
    areas = scipy.ndimage.sum_labels(ink, labels, index)
    faint = scipy.ndimage.maximum(ink, labels, index) < _FAINTEST_BLOT
    boxes = scipy.ndimage.find_objects(labels)
    lengths = np.array([max(part.stop - part.start for part in box) for box in boxes])
    main = int(np.argmax(np.where(faint, 0, areas)))
    alone = labels[boxes[main]] == main + 1
    reduced = reduce_to(alone, MEASURED_SIDE)
    pen = measure_pen_width(reduced) * max(alone.shape) / max(reduced.shape)
    limit = min(_SPECK_PEN_WIDTHS * pen + 1, _SPECK_SHARE_OF_SIDE * lengths[main])
    small = (lengths <= limit) & ~faint
    if areas[small].sum() > _LARGEST_SHARE_OF_SPECKS * areas[~faint].sum():
        small[:] = False
    removed = small | faint
    if not removed.any():
        return ink
    return np.where(np.concatenate([[False], removed])[labels], 0, ink).astype(np.float32)


def is_dot(ink: np.ndarray) -> bool:
    """Tell whether the ink is one blob, no longer than its pen is wide: a click, not a digit."""
    cropped = reduce_to(crop_to_ink(ink), MEASURED_SIDE) > 0.5
    if cropped.mean() < 0.5:  # measuring takes time, and a dot fills three quarters of its box
        return False
    pen_width = 2 * scipy.ndimage.distance_transform_edt(np.pad(cropped, 1)).max()
    return bool(max(cropped.shape) <= 1.3 * pen_width)
