"""Images as floats and as bytes."""

import numpy as np


def as_floats(images: np.ndarray) -> np.ndarray:
    """Return images as float32, integers in [0, 255] as shares of 255; others keep their values."""
    if np.issubdtype(images.dtype, np.integer):
        return images.astype(np.float32) / np.float32(255)
    return images.astype(np.float32)


def as_bytes(images: np.ndarray) -> np.ndarray:
    """Return images in [0, 1] as uint8, which take a quarter of the memory, rounded to 1/255."""
    return np.rint(255 * images).astype(np.uint8)
