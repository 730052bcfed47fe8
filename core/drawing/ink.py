"""Tell ink from paper, whatever their colours. Knows nothing of digits."""

import numpy as np

from core.drawing.resizing import reduce_by

# Fainter ink is noise of scaling or compression, not pen.
FAINTEST_INK = 0.1
# Larger drawings are reduced as they are read: 20 pixels are needed, and time grows with area.
_LARGEST_SIDE = 640


def find_ink(rgba: np.ndarray) -> np.ndarray:
    """Return the ink of a drawing as float32 array of shape `(height, width)` in [0, 1].

    Paper is the colour that most of the border has; ink is what differs from it, 1 where it differs
    most. A drawing whose longer side is over 640 pixels is reduced. Takes and raises what
    `preprocess_drawing` does.
    """
    pixels = np.asarray(rgba)
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    if pixels.ndim != 3 or pixels.shape[2] not in (1, 3, 4) or pixels.dtype.kind not in "buif":
        raise ValueError(
            "expected a drawing of shape (height, width, 4), (height, width, 3) or "
            f"(height, width), received {np.shape(rgba)} of {np.asarray(rgba).dtype}"
        )
    if pixels.size == 0:
        return np.zeros(pixels.shape[:2], np.float32)
    factor = reduction(*pixels.shape[:2])
    # A few rows at a time, so that a drawing of 8,000 x 8,000 pixels needs little memory.
    step = max(1, 64 // factor) * factor
    if pixels.dtype == np.uint8 and pixels.shape[2] == 4 and pixels[..., 3].min() == 255:
        pixels = pixels[..., :3]
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    paper = np.median(_as_seen(border), axis=0)
    rows = (pixels[top : top + step] for top in range(0, len(pixels), step))
    ink = np.concatenate([reduce_by(_difference(some, paper), factor) for some in rows])
    strongest = ink.max()
    if strongest < FAINTEST_INK:
        return np.zeros(ink.shape, np.float32)
    ink = ink / strongest
    return np.where(ink < FAINTEST_INK, 0, ink).astype(np.float32)


def reduction(height: int, width: int) -> int:
    """Return how many pixels of a drawing, along each side, become one pixel of `find_ink`."""
    return max(1, -(-max(height, width) // _LARGEST_SIDE))


def _difference(pixels: np.ndarray, paper: np.ndarray) -> np.ndarray:
    """Return how far each pixel is from the paper, in the channel where it is farthest, 0 to 1."""
    if pixels.dtype == np.uint8 and pixels.shape[2] != 4:
        # What a canvas sends nearly always; a table of 256 differences is fast.
        tables = np.abs(np.arange(256) / 255 - paper[:, None]).astype(np.float32)
        return np.maximum.reduce([table[pixels[..., k]] for k, table in enumerate(tables)])
    return np.abs(_as_seen(pixels) - paper).max(axis=-1)


def _as_seen(pixels: np.ndarray) -> np.ndarray:
    """Scale to [0, 1] and multiply colours by their alpha: a transparent pixel has no colour."""
    if pixels.dtype.kind == "b":
        unit = pixels.astype(np.float32)
    elif pixels.dtype == np.uint8:
        unit = pixels.astype(np.float32) / np.float32(255)
    else:
        # Clipped before it becomes float32, which cannot hold every number.
        unit = np.nan_to_num(np.clip(pixels, 0, 255)).astype(np.float32) / np.float32(255)
    if unit.shape[-1] == 4:
        unit[..., :3] *= unit[..., 3:]
    return unit
