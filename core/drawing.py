"""A drawing becomes a 28 x 28 image, made as MNIST's own images were made.

LeCun, Bottou, Bengio and Haffner 1998 ("Gradient-based learning applied to document recognition",
section III.A): scale the digit to fit 20 x 20 pixels with its aspect ratio kept and with
anti-aliasing, then place its centre of mass in the middle of 28 x 28. A network trained on MNIST
reads drawings well only when they are made alike. Knows nothing of canvases or networks.
"""

import numpy as np
from PIL import Image
from scipy import ndimage

SIZE = 28
_BOX = 20
# Where MNIST's images have their centre of mass, up to rounding; the first pixel's middle is 0.
# The hair more decides for symmetric drawings, which lie half-way between two pixels.
_CENTER = 14.001
# Fainter ink is noise of scaling or compression, not pen.
_FAINTEST_INK = 0.1
# Beyond this the drawing is reduced first: the result has 20 pixels, and time grows with area.
_LARGEST_SIDE = 1000


def preprocess_drawing(rgba: np.ndarray | None) -> np.ndarray | None:
    """Turn a drawing into the image that a network trained on MNIST expects.

    Args:
        rgba: array of shape `(height, width, 4)` of integers 0 to 255, as a canvas gives it, or
            of shape `(height, width, 3)` or `(height, width)`. Ink may be dark on light or light
            on dark, in any colour. None, or nothing in it, is a drawing not yet begun.

    Returns:
        float32 array of shape `(28, 28)` in [0, 1], ink 1; None where there is no ink or only a
        dot.

    Raises:
        ValueError: the array has another shape.
    """
    if rgba is None or np.size(rgba) == 0:
        return None
    ink = find_ink(rgba)
    if not ink.any() or is_dot(ink):
        return None
    return place_by_mass(fit_into_box(crop_to_ink(ink)))


def find_ink(rgba: np.ndarray) -> np.ndarray:
    """Tell ink from paper, whatever their colours.

    Paper is the colour that most of the border has; ink is what differs from it, at full strength
    where it differs most.

    Returns:
        float32 array of shape `(height, width)` in [0, 1], with 1 where the ink is strongest.
    """
    # Clipped before it becomes float32, which cannot hold every number.
    pixels = np.nan_to_num(np.clip(rgba, np.float32(0), np.float32(255)).astype(np.float32))
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    if pixels.ndim != 3 or pixels.shape[2] not in (1, 3, 4):
        raise ValueError(
            "expected a drawing of shape (height, width, 4), (height, width, 3) or "
            f"(height, width), received {np.shape(rgba)}"
        )
    pixels = _reduce(pixels / 255)
    if pixels.shape[2] == 4:
        # A transparent pixel has no colour of its own; its alpha says that it is not ink.
        color, alpha = pixels[..., :3], pixels[..., 3:]
        pixels = np.concatenate([color * alpha, alpha], axis=2)
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    paper = np.median(border, axis=0)
    ink = np.abs(pixels - paper).max(axis=2)
    strongest = ink.max()
    if strongest < _FAINTEST_INK:
        return np.zeros(ink.shape, np.float32)
    ink = ink / strongest
    return np.where(ink < _FAINTEST_INK, 0, ink).astype(np.float32)


def is_dot(ink: np.ndarray) -> bool:
    """Tell whether the ink is one blob, no longer than its pen is wide: a click, not a digit."""
    cropped = np.pad(crop_to_ink(ink) > 0.5, 1)
    pen_width = 2 * ndimage.distance_transform_edt(cropped).max()
    return max(cropped.shape) - 2 <= 1.3 * pen_width


def crop_to_ink(ink: np.ndarray) -> np.ndarray:
    """Cut away the paper around the ink, of which there must be some."""
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def fit_into_box(ink: np.ndarray) -> np.ndarray:
    """Scale the longer side to 20 pixels, with anti-aliasing and the aspect ratio kept.

    Returns:
        float32 array whose longer side is 20, in [0, 1].
    """
    scale = _BOX / max(ink.shape)
    height, width = (max(1, round(side * scale)) for side in ink.shape)
    image = Image.fromarray(np.ascontiguousarray(ink, np.float32))
    scaled = np.asarray(image.resize((width, height), Image.Resampling.BICUBIC))
    return np.clip(scaled, 0, 1)


def place_by_mass(ink: np.ndarray) -> np.ndarray:
    """Place the ink in 28 x 28 so that its centre of mass is in the middle, none of it cut off.

    Returns:
        float32 array of shape `(28, 28)` in [0, 1].
    """
    center = ndimage.center_of_mass(ink) if ink.any() else [(side - 1) / 2 for side in ink.shape]
    corner = [
        int(np.clip(round(_CENTER - middle), 0, SIZE - side))
        for middle, side in zip(center, ink.shape, strict=True)
    ]
    image = np.zeros((SIZE, SIZE), np.float32)
    image[corner[0] : corner[0] + ink.shape[0], corner[1] : corner[1] + ink.shape[1]] = ink
    return image


def _reduce(pixels: np.ndarray) -> np.ndarray:
    """Average whole blocks of pixels where the drawing is larger than needed."""
    factor = -(-max(pixels.shape[:2]) // _LARGEST_SIDE)
    if factor == 1:
        return pixels
    height, width = (max(factor, side - side % factor) for side in pixels.shape[:2])
    padding = [(0, max(0, height - pixels.shape[0])), (0, max(0, width - pixels.shape[1])), (0, 0)]
    padded = np.pad(pixels, padding, mode="edge")[:height, :width]
    blocks = padded.reshape(height // factor, factor, width // factor, factor, -1)
    return blocks.mean(axis=(1, 3))
