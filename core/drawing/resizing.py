"""Crop, reduce and resize arrays of ink. Knows neither what is drawn nor MNIST's rules."""

import numpy as np
from PIL import Image


def extent(ink: np.ndarray) -> tuple[slice, slice]:
    """Return the rows and columns that the ink covers, of which there must be some."""
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def crop_to_ink(ink: np.ndarray) -> np.ndarray:
    """Cut away the paper around the ink, of which there must be some."""
    return ink[extent(ink)]


def reduce_by(ink: np.ndarray, factor: int) -> np.ndarray:
    """Give each block of `factor` x `factor` pixels its strongest ink: a mean fades thin lines."""
    if factor <= 1:
        return ink
    padded: np.ndarray = np.pad(ink, [(0, -side % factor) for side in ink.shape])
    for _ in range(2):  # first the rows, then the columns
        padded = np.maximum.reduce([padded[start::factor] for start in range(factor)]).T
    return padded


def reduce_to(ink: np.ndarray, side: int) -> np.ndarray:
    """Reduce by a whole factor where the longer side is over `side` pixels."""
    return reduce_by(ink, -(-max(ink.shape) // side))


def resize(
    ink: np.ndarray, width: int, height: int, method: Image.Resampling = Image.Resampling.BICUBIC
) -> np.ndarray:
    """Resample with anti-aliasing to a float32 array of shape `(height, width)` in [0, 1]."""
    image = Image.fromarray(np.ascontiguousarray(ink, np.float32))
    return np.clip(np.asarray(image.resize((width, height), method), np.float32), 0, 1)
