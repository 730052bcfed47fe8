"""Read pen strokes from a file. Does not know how they are drawn.

A pen's path says how a digit was written, so one recorded digit can be drawn with any pen, at any
size and place. Two formats are read: JSON (`.json`, `.json.gz`), a list of
`{"label": 7, "writer": "tra01", "strokes": [[[x, y], ...], ...]}` with y growing downward; and
UNIPEN (`.tra`, `.tes`, also packed as `.Z` or inside UCI's `.zip`), as the "Pen-Based Recognition
of Handwritten Digits" has it (Alpaydin and Alimoglu 1998, https://doi.org/10.24432/C5MG6K).
"""

import gzip
import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from core.data.download import download

UCI_URL = (
    "https://archive.ics.uci.edu/static/public/81/pen+based+recognition+of+handwritten+digits.zip"
)
UCI_SHA256 = "1e02bea023613c2b11c9492f6f34caf975420455934f3527d270cee9a1f03b64"
UCI_TRAINING_MEMBER = "pendigits-orig.tra.Z"
UCI_CACHE = Path.home() / ".keras" / "datasets" / "uci_pen_digits.zip"
_UNIPEN_BOX = 500  # the tablet's height; UNIPEN counts y upward from its lower edge


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
            import uncompresspy  # only where UCI's own file is read

            with uncompresspy.LZWFile(io.BytesIO(content)) as file:
                content = bytes(file.read())
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


def _parse_json(content: bytes, path: Path) -> list[PenDigit]:
    try:
        records = _RECORDS.validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = " > ".join(str(part) for part in first["loc"]) or "the whole"
        problem = f"{place}: {first['msg']}"
        raise StrokeFileError(f"{path} is not a file of strokes: {problem}.") from None
    return [
        PenDigit(r.label, r.writer, tuple(np.array(stroke, np.float64) for stroke in r.strokes))
        for r in records
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
