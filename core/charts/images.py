"""Encode images and weights as PNG for a page. Knows nothing of what they show."""

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

Box = tuple[int, int, int, int]
SURE_COLOR, UNSURE_COLOR = "#2563eb", "#d97706"
_NEGATIVE, _POSITIVE = np.array([29, 78, 216]), np.array([194, 94, 0])
_FRAME_COLOR = "#94a3b8"
_INK_UNDER_COLOR = 0.35  # how dark ink is below the colours that say how much it counts
_GAP = 4  # pixels between the images of a sheet


def to_png(image: np.ndarray, *, side: int) -> bytes:
    """Return an image in the middle of a square PNG, ink light on dark, small ones pixelated.

    Args:
        image: float array of shape `(height, width)` in [0, 1], ink 1.
        side: width and height of the PNG, in pixels.
    """
    picture = Image.fromarray(np.uint8(255 * np.clip(image, 0, 1)))
    method = Image.Resampling.NEAREST if max(picture.size) < side else Image.Resampling.LANCZOS
    return _save(ImageOps.pad(picture, (side, side), method))


def sheet(rows: Sequence[np.ndarray], *, scale: int = 2) -> bytes:
    """Return rows of images of one size as one PNG, ink light on dark.

    Args:
        rows: arrays of shape `(n, height, width)` in [0, 1], ink 1, each with the same `n`.
        scale: width and height of each pixel, in pixels of the PNG.
    """
    padded = [np.pad(row, ((0, 0), (0, _GAP // scale), (0, _GAP // scale))) for row in rows]
    lines = [np.concatenate(list(row), axis=1) for row in padded]
    pixels = np.uint8(255 * np.clip(np.concatenate(lines, axis=0), 0, 1))
    return _save(Image.fromarray(np.kron(pixels, np.ones((scale, scale), np.uint8))))


def weight_sheet(
    weights: np.ndarray, *, columns: int = 8, side: int = 56, limit: float | None = None
) -> bytes:
    """Return weights as a PNG: blue below zero, white at zero, orange above.

    Args:
        weights: float array of shape `(n, height, width)`; all share one colour scale.
        columns: pictures in a row.
        side: the longer side of each picture, in pixels.
        limit: the absolute value that has the full colour, so that several sheets may share it;
            the largest of these weights by default.
    """
    scale = max(1, side // max(weights.shape[1:]))
    weights = np.nan_to_num(weights, posinf=0.0, neginf=0.0)  # from a training that diverged
    limit = limit or np.abs(weights).max() or 1.0
    colors = _diverging(np.clip(weights / limit, -1, 1)).repeat(scale, axis=1).repeat(scale, axis=2)
    columns = min(columns, len(colors))
    rows = -(-len(colors) // columns)
    height, width = colors.shape[1] + _GAP, colors.shape[2] + _GAP
    picture = Image.new("RGBA", (columns * width - _GAP, rows * height - _GAP))
    for number, pixels in enumerate(colors):
        corner = (number % columns * width, number // columns * height)
        picture.paste(Image.fromarray(pixels), corner)
    return _save(picture)


def activation_png(
    activation: np.ndarray, *, limit: float, side: int, box: tuple[int, int, int] | None = None
) -> bytes:
    """Return what a channel gives as a PNG in a frame: blue below zero, white at 0, orange above.

    Args:
        activation: float array of shape `(height, width)`.
        limit: the absolute value that has the full colour; channels of a layer share it.
        side: the longer side of the PNG, in pixels.
        box: row, column and size of a square of the activation that is marked.
    """
    strength = np.clip(np.nan_to_num(activation) / (limit or 1.0), -1, 1)
    picture = Image.fromarray(_diverging(strength))
    scale = side / max(picture.size)
    size = (max(1, round(scale * picture.width)), max(1, round(scale * picture.height)))
    enlarged = picture.resize(size, Image.Resampling.NEAREST)
    if box:
        top, left, count = box
        corners = [round(scale * at) for at in (left, top, left + count, top + count)]
        ImageDraw.Draw(enlarged).rectangle(corners, outline=SURE_COLOR, width=3)
    # White would have no edge on white paper.
    return _save(ImageOps.expand(ImageOps.crop(enlarged, 1), 1, _FRAME_COLOR))


def in_blocks(weights: np.ndarray, *, width: int = 64) -> np.ndarray:
    """Return a picture that is many times wider than high, `(1, height, n)`, as several.

    Other weights stay as they are.

    Args:
        weights: float array of shape `(n, height, width)`.
        width: of each block; the last one is filled up with zeros.
    """
    if len(weights) > 1 or weights.shape[2] <= max(width, 2 * weights.shape[1]):
        return weights
    padded = np.pad(weights[0], ((0, 0), (0, -weights.shape[2] % width)))
    return padded.reshape(len(padded), -1, width).transpose(1, 0, 2)


def attribution_png(
    image: np.ndarray, attribution: np.ndarray, *, limit: float, side: int
) -> bytes:
    """Return an image as a PNG, dark ink on paper, coloured by how much each pixel counts.

    Orange counts for, blue against.

    Args:
        image: float array of shape `(28, 28)` in [0, 1], ink 1.
        attribution: float array of the same shape.
        limit: the absolute value that has the full colour; several maps may share it.
        side: width and height of the PNG, in pixels.
    """
    strength = np.clip(np.nan_to_num(attribution) / (limit or 1.0), -1, 1)
    # Stronger than in proportion: what counts a little would be hard to see.
    colors = _diverging(np.sign(strength) * np.sqrt(np.abs(strength)))
    ink = 1 - _INK_UNDER_COLOR * image[..., None]
    picture = Image.fromarray(np.uint8(colors * ink))
    return _save(picture.resize((side, side), Image.Resampling.NEAREST))


def with_boxes(rgba: np.ndarray, boxes: Sequence[tuple[Box, str, bool]]) -> bytes:
    """Return a drawing as a PNG with a labelled box around each of its digits.

    Args:
        rgba: uint8 array of shape `(height, width, 4)`.
        boxes: for each digit its left, top, right and bottom in pixels, what it was read as, and
            whether that is sure; otherwise it gets another colour and a question mark.
    """
    picture = Image.fromarray(np.asarray(rgba, np.uint8)).convert("RGB")
    pen = ImageDraw.Draw(picture)
    size = max(14, picture.height // 9)
    font = ImageFont.load_default(size=size)
    for (left, top, right, bottom), text, is_sure in boxes:
        color = SURE_COLOR if is_sure else UNSURE_COLOR
        frame = (max(0, left - 3), max(0, top - 3), right + 3, bottom + 3)
        pen.rectangle(frame, outline=color, width=3)
        above = max(0, frame[1] - size - 4)
        pen.text((frame[0], above), text if is_sure else "?", fill=color, font=font)
    return _save(picture)


def _diverging(values: np.ndarray) -> np.ndarray:
    """Return uint8 colours of shape `(..., 3)` for values in [-1, 1]."""
    strength = np.abs(values)[..., None]
    color = np.where(values[..., None] < 0, _NEGATIVE, _POSITIVE)
    return (255 + strength * (color - 255.0)).astype(np.uint8)


def _save(picture: Image.Image) -> bytes:
    png = io.BytesIO()
    picture.save(png, format="PNG")
    return png.getvalue()
