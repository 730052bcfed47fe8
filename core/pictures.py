"""Images of ink as PNG pictures for a page, ink light on dark. Knows nothing of what they show."""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

_GAP = 4  # pixels between the images of a sheet


def to_png(image: np.ndarray, *, side: int) -> bytes:
    """Return an image as a PNG with square pixels, its longer side about `side` pixels.

    Args:
        image: float array of shape `(height, width)` in [0, 1], ink 1.
        side: wanted size on the page.
    """
    picture = Image.fromarray(np.uint8(255 * np.clip(image, 0, 1)))
    longer = max(picture.size)
    if longer < side:
        factor = side // longer
        size = (picture.width * factor, picture.height * factor)
        picture = picture.resize(size, Image.Resampling.NEAREST)
    else:
        picture.thumbnail((side, side))
    return _save(picture)


def sheet(rows: Sequence[np.ndarray], *, scale: int = 2) -> bytes:
    """Return rows of images of one size as one PNG, each pixel `scale` pixels wide.

    Args:
        rows: arrays of shape `(n, height, width)` in [0, 1], ink 1, each with the same `n`.
        scale: enlargement.
    """
    padded = [np.pad(row, ((0, 0), (0, _GAP // scale), (0, _GAP // scale))) for row in rows]
    lines = [np.concatenate(list(row), axis=1) for row in padded]
    pixels = np.uint8(255 * np.clip(np.concatenate(lines, axis=0), 0, 1))
    return _save(Image.fromarray(np.kron(pixels, np.ones((scale, scale), np.uint8))))


def _save(picture: Image.Image) -> bytes:
    png = io.BytesIO()
    picture.save(png, format="PNG")
    return png.getvalue()
