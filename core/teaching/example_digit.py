"""A digit for whoever has drawn none yet: a 4, normalised as every drawing is."""

from functools import cache

import numpy as np
from PIL import Image, ImageDraw

from core.drawing import preprocess_drawing

_SIDE, _WIDTH = 280, 22  # in pixels
_STROKES = (((150, 50), (70, 165), (215, 165)), ((175, 95), (175, 235)))


@cache
def example_digit() -> np.ndarray:
    """Return a drawn 4, float32 `(28, 28)` in [0, 1], ink 1."""
    picture = Image.new("RGBA", (_SIDE, _SIDE), "white")
    pen = ImageDraw.Draw(picture)
    for stroke in _STROKES:
        pen.line(stroke, fill="black", width=_WIDTH, joint="curve")
    image = preprocess_drawing(np.array(picture))
    assert image is not None
    image.flags.writeable = False
    return image
