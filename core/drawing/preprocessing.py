"""A drawing becomes a 28 x 28 image, made as MNIST's own images were made.

LeCun, Bottou, Bengio and Haffner 1998 ("Gradient-based learning applied to document recognition",
section III.A): scale the digit to fit 20 x 20 pixels with its aspect ratio kept and with
anti-aliasing, then place its centre of mass in the middle of 28 x 28. MNIST's writers all had pens
of much the same width; a drawing may not, so its lines are made thinner or thicker first where
they lie outside what MNIST has. A network trained on MNIST reads drawings well only when they are
made alike. Knows nothing of canvases or networks.
"""

from dataclasses import dataclass

import numpy as np
import scipy
from PIL import Image

SIZE = 28
_BOX = 20
# MNIST's centres of mass lie here, counted from the middle of the first pixel: measured, their mean
# is 13.99 and 14.00 with all of them within half a pixel, which whole-pixel placing leaves.
_CENTER = 14.0
# Fainter ink is noise of scaling or compression, not pen.
_FAINTEST_INK = 0.1
# A blot whose strongest ink is below this is noise too: JPEG leaves such beside every line.
_FAINTEST_BLOT = 0.4
# Larger drawings are reduced as they are read: 20 pixels are wanted, and time grows with area.
_LARGEST_SIDE = 640
# The longer side, in pixels, at which the pen is measured: 6 for each pixel of the result.
_MEASURED_SIDE = 6 * _BOX
# Width of the lines in pixels of the 20 x 20 box: what 5,000 MNIST images have, from their 10th to
# their 90th percentile or so. Drawings within it are left as they are, and so are MNIST's images.
_THINNEST_LINE = 1.7
_THICKEST_LINE = 4.0
_CORE_OF_A_LINE = 0.75
# A speck is no longer than the pen is wide (a click is just that), and short beside the digit.
_SPECK_PEN_WIDTHS = 1.6
_SPECK_SHARE_OF_SIDE = 0.15
# Where specks make up more of the ink than this, they are how the digit is drawn: a dotted line.
_LARGEST_SHARE_OF_SPECKS = 0.1
_TOUCHING = np.ones((3, 3), bool)  # pixels that meet at a corner belong together


@dataclass(frozen=True)
class Stage:
    """One step on the way from a drawing to what a network reads.

    Attributes:
        name: what to call the step, two or three words.
        sentence: what happened in it and why, in plain words.
        image: float32 array of shape `(height, width)` in [0, 1], ink 1: the result of the step.
    """

    name: str
    sentence: str
    image: np.ndarray


def preprocess_drawing(rgba: np.ndarray | None) -> np.ndarray | None:
    """Turn a drawing into the image that a network trained on MNIST expects.

    Args:
        rgba: array of shape `(height, width, 4)` of numbers 0 to 255, as a canvas gives it, or
            of shape `(height, width, 3)` or `(height, width)`. Ink may be dark on light or light
            on dark, in any colour. None, or nothing in it, is a drawing not yet begun.

    Returns:
        float32 array of shape `(28, 28)` in [0, 1], ink 1; None where there is no ink or only a
        dot.

    Raises:
        ValueError: the array has another shape.
    """
    passed = stages(rgba)
    return passed[-1].image if passed else None


def stages(rgba: np.ndarray | None) -> list[Stage]:
    """Return every step that `preprocess_drawing` takes, the last one holding its result.

    Args:
        rgba: as for `preprocess_drawing`.

    Returns:
        The steps in their order; an empty list where there is no ink or only a dot.

    Raises:
        ValueError: the array has another shape.
    """
    if rgba is None or np.size(rgba) == 0:
        return []
    return normalise_ink(find_ink(rgba))


def normalise_ink(found: np.ndarray) -> list[Stage]:
    """Take the steps of `stages` that follow `find_ink`, for ink that is found already.

    Args:
        found: float32 array of shape `(height, width)` in [0, 1], ink 1.
    """
    if not found.any():
        return []
    cleaned = remove_specks(crop_to_ink(found))
    if not cleaned.any() or is_dot(cleaned):
        return []
    cropped = crop_to_ink(cleaned)
    evened = even_pen_width(cropped)
    fitted = fit_into_box(crop_to_ink(evened))
    sentences = {
        "Ink": (found, "What differs from the paper is ink, whatever the colours."),
        "Without specks": (cleaned, "Stray dots go: they would push the digit aside."),
        "Cropped": (cropped, "Where and how large it was drawn no longer matters."),
        "Pen width": (evened, "Lines thinner or thicker than MNIST's are brought near them."),
        "20 x 20 box": (fitted, "The longer side becomes 20 pixels, as in MNIST."),
        "Centred": (place_by_mass(fitted), "The centre of mass comes to the middle of 28 x 28."),
    }
    return [Stage(name, sentence, image) for name, (image, sentence) in sentences.items()]


def naive_shrink(rgba: np.ndarray | None) -> np.ndarray:
    """Shrink the whole drawing to 28 x 28 and do nothing else, as most demonstrations do.

    Args:
        rgba: as for `preprocess_drawing`.

    Returns:
        float32 array of shape `(28, 28)` in [0, 1], ink 1; all paper where there is no ink.

    Raises:
        ValueError: the array has another shape.
    """
    if rgba is None or np.size(rgba) == 0:
        return np.zeros((SIZE, SIZE), np.float32)
    return _resize(find_ink(rgba), SIZE, SIZE, Image.Resampling.BOX)


def find_ink(rgba: np.ndarray) -> np.ndarray:
    """Tell ink from paper, whatever their colours.

    Paper is the colour that most of the border has; ink is what differs from it, at full strength
    where it differs most. A drawing whose longer side is over 640 pixels is reduced, and each
    pixel then has the strongest ink of those it stands for: averages would fade thin lines.

    Returns:
        float32 array of shape `(height, width)` in [0, 1], with 1 where the ink is strongest.

    Raises:
        ValueError: the array is not a drawing.
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
    rows = [
        _reduce(_difference(pixels[top : top + step], paper), factor)
        for top in range(0, len(pixels), step)
    ]
    ink = np.concatenate(rows)
    strongest = ink.max()
    if strongest < _FAINTEST_INK:
        return np.zeros(ink.shape, np.float32)
    ink = ink / strongest
    return np.where(ink < _FAINTEST_INK, 0, ink).astype(np.float32)


def reduction(height: int, width: int) -> int:
    """Return how many pixels of a drawing, along each side, become one pixel of `find_ink`."""
    return max(1, -(-max(height, width) // _LARGEST_SIDE))


def remove_specks(ink: np.ndarray) -> np.ndarray:
    """Take away stray dots and faint blots that lie apart from the digit.

    A part stays where it is longer than about one and a half times the pen's width, and all parts
    stay where specks make up a tenth of the ink or more: then they are the drawing.

    Returns:
        float32 array of the same shape; `ink` itself where there is nothing to take away.
    """
    labels, count = scipy.ndimage.label(ink > 0, _TOUCHING)
    if count <= 1:
        return ink
    index = np.arange(1, count + 1)
    areas = scipy.ndimage.sum_labels(ink, labels, index)
    faint = scipy.ndimage.maximum(ink, labels, index) < _FAINTEST_BLOT
    boxes = scipy.ndimage.find_objects(labels)
    lengths = np.array([max(part.stop - part.start for part in box) for box in boxes])
    main = int(np.argmax(np.where(faint, 0, areas)))
    alone = labels[boxes[main]] == main + 1
    reduced = _reduce_to(alone, _MEASURED_SIDE)
    pen = _pen_width(reduced) * max(alone.shape) / max(reduced.shape)
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
    cropped = _reduce_to(crop_to_ink(ink), _MEASURED_SIDE) > 0.5
    if cropped.mean() < 0.5:  # measuring takes time, and a dot fills three quarters of its box
        return False
    pen_width = 2 * scipy.ndimage.distance_transform_edt(np.pad(cropped, 1)).max()
    return bool(max(cropped.shape) <= 1.3 * pen_width)


def crop_to_ink(ink: np.ndarray) -> np.ndarray:
    """Cut away the paper around the ink, of which there must be some."""
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def even_pen_width(ink: np.ndarray) -> np.ndarray:
    """Make lines thicker or thinner where they are outside what MNIST's images have.

    The width is measured on the drawing (`_pen_width`). To change it, the outline is moved along
    its distance transform, which thickens every line by the same amount. With lines of width w on
    a digit of longer side s, moving the outline by d gives a width of (w + 2d) on a side of
    (s + 2d), which is solved for d. Thinning stops before it would break the digit into parts.

    Args:
        ink: cropped to the ink.

    Returns:
        float32 array in [0, 1]: `ink` itself where its lines are as MNIST's, else an array of
        another size, with some paper around it.
    """
    side = max(ink.shape)
    scale = _MEASURED_SIDE / side
    height, width = (max(1, round(length * scale)) for length in ink.shape)
    if scale < 1:
        measured = _resize(_reduce_to(ink, 2 * _MEASURED_SIDE), width, height)
        # A thin line fades where it is reduced: what is left of it counts as the whole of it.
        strong = np.quantile(measured[measured > 0], 0.75) if measured.any() else 1.0
        solid = measured > 0.5 * min(1.0, strong)
    else:
        measured = _resize(ink, width, height)
        solid = measured > 0.5
    pen = _pen_width(solid) * _BOX / _MEASURED_SIDE
    if pen > _THICKEST_LINE:
        # Blurred lines look thick, and their loops closed; only their core is pen.
        core = measured > _CORE_OF_A_LINE
        if core.sum() < 0.85 * solid.sum():
            solid = core
            pen = _pen_width(solid) * _BOX / _MEASURED_SIDE
            if pen <= _THICKEST_LINE:
                return np.clip((measured - 0.5) * 2, 0, 1)
    if _THINNEST_LINE <= pen <= _THICKEST_LINE:
        return ink
    wanted = float(np.clip(pen, _THINNEST_LINE, _THICKEST_LINE)) / _BOX
    move = (wanted * _MEASURED_SIDE - pen * _MEASURED_SIDE / _BOX) / (2 * (1 - wanted))
    padded = np.pad(solid, int(np.ceil(max(0.0, move))) + 2)
    # Signed: positive inside the ink, zero on its outline.
    distance = (
        scipy.ndimage.distance_transform_edt(padded)
        - scipy.ndimage.distance_transform_edt(~padded)
        - np.where(padded, 0.5, -0.5)
    )
    parts = scipy.ndimage.label(padded, _TOUCHING)[1]
    for share in (1.0, 0.6, 0.3):
        moved = np.clip(distance + share * move + 0.5, 0, 1)
        if move > 0 or scipy.ndimage.label(moved > 0.5, _TOUCHING)[1] == parts:
            return np.where(moved < _FAINTEST_INK, 0, moved).astype(np.float32)
    return ink


def fit_into_box(ink: np.ndarray) -> np.ndarray:
    """Scale the longer side to 20 pixels, with anti-aliasing and the aspect ratio kept.

    Returns:
        float32 array whose longer side is 20, in [0, 1].
    """
    scale = _BOX / max(ink.shape)
    height, width = (max(1, round(side * scale)) for side in ink.shape)
    return _resize(ink, width, height)


def place_by_mass(ink: np.ndarray) -> np.ndarray:
    """Place the ink in 28 x 28 so that its centre of mass is in the middle, none of it cut off.

    Returns:
        float32 array of shape `(28, 28)` in [0, 1].
    """
    center = (
        scipy.ndimage.center_of_mass(ink) if ink.any() else [(side - 1) / 2 for side in ink.shape]
    )
    corner = [
        int(np.clip(round(_CENTER - middle), 0, SIZE - side))
        for middle, side in zip(center, ink.shape, strict=True)
    ]
    image = np.zeros((SIZE, SIZE), np.float32)
    image[corner[0] : corner[0] + ink.shape[0], corner[1] : corner[1] + ink.shape[1]] = ink
    return image


def _pen_width(solid: np.ndarray) -> float:
    """Measure how wide a drawing's lines are, in its own pixels.

    Across a line of width w the distance to its edge rises from 0 to w/2 and falls again, so its
    mean is w/4; counted in whole pixels, it is (w + 2 + 1/w) / 4, which is solved for w. The mean
    over all ink is used and not its largest value, so that no single blot decides.
    """
    distances = scipy.ndimage.distance_transform_edt(np.pad(solid, 1))
    inside = distances[distances > 0]
    if not inside.size:
        return 0.0
    doubled = max(2.0, 4 * float(inside.mean()) - 2)
    return (doubled + float(np.sqrt(doubled**2 - 4))) / 2


def _difference(pixels: np.ndarray, paper: np.ndarray) -> np.ndarray:
    """Return how far each pixel is from the paper, in the colour where it is farthest, 0 to 1."""
    if pixels.dtype == np.uint8 and pixels.shape[2] != 4:
        # What a canvas sends nearly always; a table of 256 differences is fast.
        tables = np.abs(np.arange(256) / 255 - paper[:, None]).astype(np.float32)
        channels = [table[pixels[..., k]] for k, table in enumerate(tables)]
        return np.maximum.reduce(channels)
    return np.abs(_as_seen(pixels) - paper).max(axis=-1)


def _as_seen(pixels: np.ndarray) -> np.ndarray:
    """Scale to [0, 1]; weaken colours by their alpha, for a transparent pixel has none."""
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


def _reduce(ink: np.ndarray, factor: int) -> np.ndarray:
    """Give each block of `factor` x `factor` pixels the strongest ink in it."""
    if factor <= 1:
        return ink
    padded: np.ndarray = np.pad(ink, [(0, -side % factor) for side in ink.shape])
    for _ in range(2):  # first the rows, then the columns
        padded = np.maximum.reduce([padded[start::factor] for start in range(factor)]).T
    return padded


def _reduce_to(ink: np.ndarray, side: int) -> np.ndarray:
    """Reduce by a whole factor where the longer side is over `side` pixels."""
    return _reduce(ink, -(-max(ink.shape) // side))


def _resize(
    ink: np.ndarray,
    width: int,
    height: int,
    method: Image.Resampling = Image.Resampling.BICUBIC,
) -> np.ndarray:
    image = Image.fromarray(np.ascontiguousarray(ink, np.float32))
    return np.clip(np.asarray(image.resize((width, height), method), np.float32), 0, 1)
