"""Pen strokes: read them from a file, draw them on a canvas. Knows nothing of networks.

A pen's path says how a digit was written, so one recorded digit can be drawn with any pen, at any
size and place. Two formats are read: JSON (`.json`, `.json.gz`), a list of
`{"label": 7, "writer": "tra01", "strokes": [[[x, y], ...], ...]}` with y growing downward; and
UNIPEN (`.tra`, `.tes`, also packed as `.Z` or inside UCI's `.zip`), as the "Pen-Based Recognition
of Handwritten Digits" has it (Alpaydin and Alimoglu 1998, https://doi.org/10.24432/C5MG6K).
"""

import gzip
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
from PIL import Image, ImageDraw
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from core.download import download

UCI_URL = (
    "https://archive.ics.uci.edu/static/public/81/pen+based+recognition+of+handwritten+digits.zip"
)
UCI_SHA256 = "1e02bea023613c2b11c9492f6f34caf975420455934f3527d270cee9a1f03b64"
UCI_TRAINING_MEMBER = "pendigits-orig.tra.Z"
UCI_CACHE = Path.home() / ".keras" / "datasets" / "uci_pen_digits.zip"
_UNIPEN_BOX = 500  # the tablet's height; UNIPEN counts y upward from its lower edge
# Lines are drawn this many times larger and reduced, which makes their edges smooth.
_OVERSAMPLING = 2


class StrokeFileError(Exception):
    """A file of strokes cannot be used; the message says which and why, in one sentence."""


@dataclass(frozen=True, eq=False)
class PenDigit:
    """One written digit.

    Attributes:
        label: which digit it is, 0 to 9.
        writer: who wrote it; digits of one writer belong in one part of a split.
        strokes: for each time the pen was down, a float array of shape `(n, 2)`, n >= 1, of x and
            y, y growing downward, in any unit.
    """

    label: int
    writer: str
    strokes: tuple[np.ndarray, ...]


_Number = Annotated[float, Field(allow_inf_nan=False, ge=-1e6, le=1e6)]
_Stroke = Annotated[list[tuple[_Number, _Number]], Field(min_length=1)]


class _Record(BaseModel):
    label: int = Field(ge=0, le=9)
    writer: str = ""
    strokes: list[_Stroke] = Field(min_length=1)


_RECORDS = TypeAdapter(list[_Record])


def read_strokes(path: Path | str) -> list[PenDigit]:
    """Read a file of written digits in one of the formats that this module knows.

    Raises:
        StrokeFileError: there is no such file, or it is not in such a format.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                content = archive.read(UCI_TRAINING_MEMBER)
            path = path / UCI_TRAINING_MEMBER
        if path.suffix == ".Z":
            content = _uncompress(content)
        elif path.suffix == ".gz":
            content = gzip.decompress(content)
    except FileNotFoundError:
        raise StrokeFileError(f"{path} does not exist.") from None
    except KeyError:
        raise StrokeFileError(f"{path} holds no {UCI_TRAINING_MEMBER}.") from None
    except (OSError, EOFError, ValueError, zlib.error, zipfile.BadZipFile) as error:
        raise StrokeFileError(f"{path} cannot be unpacked ({error}).") from error
    if ".json" in path.suffixes:
        return _parse_json(content, path)
    return _parse_unipen(content, path)


def download_strokes(destination: Path = UCI_CACHE, *, seconds: float = 600) -> Path:
    """Download UCI's pen digits to `destination`, in a bounded time, unless they are there.

    Raises:
        core.download.DownloadError: no connection, too slow, or not the expected file.
    """
    if not destination.exists():
        download(UCI_URL, destination, seconds=seconds, sha256=UCI_SHA256, what="UCI's pen digits")
    return destination


def fit_strokes(
    strokes: Sequence[np.ndarray], *, side: float, center: tuple[float, float]
) -> list[np.ndarray]:
    """Scale strokes and move them, with their aspect ratio kept.

    Args:
        strokes: arrays of shape `(n, 2)`.
        side: longer side of the result's bounding box, in pixels, measured along the pen's
            middle.
        center: x and y of the middle of that box, in pixels.
    """
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = side / max(float((high - low).max()), 1e-9)
    return [(stroke - (low + high) / 2) * scale + center for stroke in strokes]


def draw_strokes(
    strokes: Iterable[np.ndarray], *, width: int, height: int, pen_width: float
) -> np.ndarray:
    """Draw strokes with a round pen and smooth edges.

    Args:
        strokes: arrays of shape `(n, 2)`, x and y in pixels; what lies outside is cut off.
        width: width of the canvas in pixels.
        height: its height.
        pen_width: in pixels.

    Returns:
        uint8 array of shape `(height, width)`, 0 paper, 255 ink.
    """
    canvas = Image.new("L", (width * _OVERSAMPLING, height * _OVERSAMPLING))
    draw = ImageDraw.Draw(canvas)
    wide = max(1.0, pen_width * _OVERSAMPLING)
    radius = wide / 2
    for stroke in strokes:
        # Pillow counts from the middle of the first pixel, and a canvas from its edge.
        points = np.asarray(stroke, float) * _OVERSAMPLING - 0.5
        if len(points) > 1:
            draw.line([tuple(point) for point in points], fill=255, width=round(wide))
        if wide > 2:
            for x, y in points:
                draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
        elif len(points) == 1:
            draw.point([tuple(points[0])], fill=255)
    return np.asarray(canvas.reduce(_OVERSAMPLING))


def render_digit(
    strokes: Sequence[np.ndarray],
    *,
    canvas: int = 280,
    size: float = 0.6,
    place: tuple[float, float] = (0.5, 0.5),
    pen_width: float = 14,
) -> np.ndarray:
    """Draw a digit on a square canvas as the app's canvas would give it.

    Args:
        strokes: arrays of shape `(n, 2)`, in any unit.
        canvas: side of the canvas in pixels.
        size: longer side of the digit as a share of the canvas, in (0, 1].
        place: where the digit lies in the room that is left, from (0, 0), the upper left corner,
            to (1, 1), the lower right one.
        pen_width: in pixels of the canvas.

    Returns:
        uint8 array of shape `(canvas, canvas, 4)`, black ink on white.
    """
    points = np.concatenate(strokes)
    extent = points.max(axis=0) - points.min(axis=0)
    extent = extent * (size * canvas / max(float(extent.max()), 1e-9)) + pen_width
    room = np.maximum(canvas - extent, 0)
    center = extent / 2 + room * np.asarray(place)
    fitted = fit_strokes(strokes, side=size * canvas, center=(center[0], center[1]))
    return ink_to_canvas(draw_strokes(fitted, width=canvas, height=canvas, pen_width=pen_width))


def ink_to_canvas(ink: np.ndarray) -> np.ndarray:
    """Turn ink, uint8 of shape `(height, width)`, into black on white, `(height, width, 4)`."""
    paper = 255 - ink
    return np.dstack([paper, paper, paper, np.full_like(ink, 255)])


def _parse_json(content: bytes, path: Path) -> list[PenDigit]:
    try:
        records = _RECORDS.validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = " > ".join(str(part) for part in first["loc"]) or "the whole"
        raise StrokeFileError(
            f"{path} is not a file of strokes: {place}: {first['msg']}."
        ) from None
    return [
        PenDigit(
            label=record.label,
            writer=record.writer,
            strokes=tuple(np.array(stroke, np.float64) for stroke in record.strokes),
        )
        for record in records
    ]


def _parse_unipen(content: bytes, path: Path) -> list[PenDigit]:
    """Read UNIPEN's keywords that UCI's file uses; `.COMMENT` holds digit, writer and a number."""
    prefix = next((part[1:] for part in path.suffixes if part in (".tra", ".tes")), "writer")
    digits: list[PenDigit] = []
    for segment in re.split(r"^\.SEGMENT DIGIT", content.decode("latin-1"), flags=re.MULTILINE)[1:]:
        label = re.search(r'"(\d)"', segment.partition("\n")[0])
        comment = re.search(r"^\.COMMENT\s+\d+\s+(\d+)", segment, re.MULTILINE)
        if label is None or comment is None:
            raise StrokeFileError(f"{path}: digit {len(digits) + 1} lacks its label or its writer.")
        strokes = []
        for drawn in re.findall(r"^\.PEN_DOWN([^.]*)", segment, re.MULTILINE):
            numbers = drawn.split()
            if len(numbers) % 2 or not all(re.fullmatch(r"-?\d+", number) for number in numbers):
                raise StrokeFileError(f"{path}: digit {len(digits) + 1} has no pairs of x and y.")
            if numbers:
                points = np.array(numbers, np.float64).reshape(-1, 2)
                strokes.append(np.column_stack([points[:, 0], _UNIPEN_BOX - points[:, 1]]))
        if strokes:
            writer = f"{prefix}{int(comment[1]):02d}"
            digits.append(PenDigit(label=int(label[1]), writer=writer, strokes=tuple(strokes)))
    if not digits:
        raise StrokeFileError(f"{path} holds no written digits.")
    return digits


def _uncompress(content: bytes) -> bytes:
    """Unpack what Unix's `compress` packed."""
    import uncompresspy  # only where UCI's own file is read

    with uncompresspy.LZWFile(io.BytesIO(content)) as file:
        return bytes(file.read())


def to_json(digits: Iterable[PenDigit]) -> str:
    """Write digits in the JSON format that `read_strokes` reads."""
    return json.dumps(
        [
            {
                "label": digit.label,
                "writer": digit.writer,
                "strokes": [np.round(stroke, 2).tolist() for stroke in digit.strokes],
            }
            for digit in digits
        ]
    )
