"""Decode a canvas's picture, which comes from somebody else's browser or folder.

The size that a picture states is looked at before its pixels are decoded: 200 kB of PNG can hold
gigabytes of them. Does not know what is drawn.
"""

import io

import numpy as np
from PIL import Image

# More than any canvas has, on the sharpest screen; as many bytes as that takes without compression.
MAX_PIXELS = 5_000_000
MAX_BYTES = 4 * MAX_PIXELS
# A screen that shows several pixels for one of a page's: the canvas may send them all.
_MAX_SCALE = 4


def decode_picture(content: bytes, *, canvas: tuple[int, int] | None = None) -> np.ndarray:
    """Return the pixels of a PNG, uint8 of shape `(height, width, 4)`.

    Args:
        content: the file.
        canvas: width and height of the canvas that it is said to be a picture of.

    Raises:
        ValueError: it is not a PNG, is damaged, larger than `MAX_PIXELS`, or of another shape than
            the canvas.
    """
    if len(content) > MAX_BYTES:
        raise ValueError(f"a picture of {len(content):,} bytes; at most {MAX_BYTES:,} are read")
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
            width, height = image.size
            if width * height > MAX_PIXELS or not _fits(image.size, canvas):
                raise ValueError(f"a picture of {width:,} x {height:,} pixels")
            return np.asarray(image.convert("RGBA"))
    except ValueError:
        raise
    except Exception as error:  # Pillow raises whatever the damaged part of the file leads to.
        raise ValueError(f"not a readable picture ({error})") from error


def _fits(size: tuple[int, int], canvas: tuple[int, int] | None) -> bool:
    if canvas is None:
        return True
    scale = size[0] / canvas[0]
    # A browser may round a side to the next pixel.
    return 0 < scale <= _MAX_SCALE and abs(size[1] - scale * canvas[1]) <= scale + 1
