"""Drawings that a user has labelled: their own test set, kept in a local folder.

One folder per digit, as `benchmarks/drawn_digits.py --images` reads it; beside each picture lie its
strokes. Nothing here is sent anywhere, and no training reads from here.
"""

import io
import json
import secrets
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import numpy as np
from PIL import Image
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from core.drawing.pictures import MAX_BYTES, MAX_PIXELS, decode_picture
from core.reading import explain_os_error, is_file, read_file
from core.typed_text import clean_text

# More than a person draws.
MAX_STROKES, MAX_POINTS = 1_000, 20_000
_MAX_JSON_BYTES = 4_000_000
MAX_WRITER_LENGTH = 40

_Coordinate = Annotated[float, Field(ge=-1e6, le=1e6)]
Stroke = Annotated[tuple[tuple[_Coordinate, _Coordinate], ...], Field(max_length=MAX_POINTS)]


def _clean_writer(typed: str) -> str:
    return clean_text(typed, most=MAX_WRITER_LENGTH)


class LabelledDrawing(BaseModel):
    """One drawing.

    Attributes:
        id: unique; sorts by time.
        label: the digit that the person meant, 0 to 9.
        answer: the network's answer, 0 to 9; None where it gave none.
        strokes: for each time the pen was down its points (x, y), in pixels of the canvas.
        created: when it was saved.
        writer: a nickname of who drew it, one line of at most 40 characters; "" where that was not
            said. A longer one, and what nobody sees of it, is cut.
    """

    model_config = ConfigDict(frozen=True)

    id: str = Field(pattern=r"^[0-9a-f-]{1,60}$")
    label: int = Field(ge=0, le=9)
    answer: int | None = Field(None, ge=0, le=9)
    strokes: Annotated[tuple[Stroke, ...], Field(max_length=MAX_STROKES)] = ()
    created: datetime
    writer: Annotated[str, AfterValidator(_clean_writer)] = ""


class TooManyDrawings(Exception):
    """No more drawings are kept; the message says what to do."""


@dataclass(frozen=True)
class DrawingLimits:
    """What may be kept: see `core.settings.ServerSettings`."""

    per_person: int = 1_000
    in_all: int = 50_000
    days: int | None = None


class DrawingStore:
    """The folder of one person's labelled drawings."""

    def __init__(
        self,
        root: Path | str,
        *,
        limits: DrawingLimits | None = None,
        check_room: Callable[[], None] = lambda: None,
    ) -> None:
        """Refer to the drawings in `root`, which is created with the first one.

        `check_room` raises `TooManyDrawings` where there is no room for one more, beside what other
        people keep.
        """
        self.root = Path(root)
        self._limits, self._check_room = limits or DrawingLimits(), check_room

    def add(
        self,
        rgba: np.ndarray,
        *,
        label: int,
        answer: int | None = None,
        strokes: Sequence[Sequence[Sequence[float]]] = (),
        writer: str = "",
    ) -> LabelledDrawing:
        """Keep a drawing, a uint8 array of shape `(height, width, 4)`; see `LabelledDrawing`.

        Raises:
            ValueError: `label` or `answer` is not a digit, or the drawing is too large.
            TooManyDrawings: as many are kept as may be.
            OSError: the folder cannot be written to.
        """
        picture = np.asarray(rgba, np.uint8)
        if picture.ndim != 3 or picture.shape[2] != 4 or picture[..., 0].size > MAX_PIXELS:
            raise ValueError(f"expected a canvas's picture, received shape {picture.shape}")
        if self.count() >= self._limits.per_person:
            raise TooManyDrawings(
                f"At most {self._limits.per_person:,} drawings are kept. Delete some first, on the "
                "Evaluate page."
            )
        self._check_room()
        created = datetime.now(UTC)
        drawing = LabelledDrawing(
            id=f"{created:%Y%m%d-%H%M%S-%f}-{secrets.token_hex(2)}",
            label=label,
            answer=answer,
            strokes=tuple(tuple((point[0], point[1]) for point in stroke) for stroke in strokes),
            created=created,
            writer=_clean_writer(writer),
        )
        path = self._path(drawing)
        path.parent.mkdir(parents=True, exist_ok=True)
        png = io.BytesIO()
        Image.fromarray(picture).save(png, format="PNG")
        # The picture comes last: a drawing exists once its picture does.
        _write(path.with_suffix(".json"), drawing.model_dump_json().encode())
        try:
            _write(path, png.getvalue())
        except BaseException:
            path.with_suffix(".json").unlink(missing_ok=True)
            raise
        return drawing

    def count(self) -> int:
        """Return how many pictures there are, damaged and expired ones included."""
        return sum(1 for _ in self._pictures())

    def list(self) -> list[LabelledDrawing]:
        """Return the drawings, newest first; damaged and expired ones are left out.

        Of a folder with more than may be kept, the newest ones.
        """
        oldest, found = self._oldest(), []
        pictures = sorted(self._pictures(), key=lambda path: path.name, reverse=True)
        for path in pictures[: self._limits.per_person]:
            drawing = _read(path)
            if drawing and (oldest is None or _when(drawing) >= oldest):
                found.append(drawing)
        return found

    def picture(self, drawing: LabelledDrawing) -> np.ndarray:
        """Return a drawing as uint8 array of shape `(height, width, 4)`.

        Raises:
            OSError: its picture is missing, damaged, or larger than any canvas.
        """
        path = self._path(drawing)
        try:
            return decode_picture(read_file(path, most=MAX_BYTES))
        except OSError as error:
            reason = explain_os_error(error)
        except ValueError as error:
            reason = f"it is {error}"
        raise OSError(f"{path.name} cannot be read: {reason}.")

    def set_writer(self, drawings: Sequence[LabelledDrawing], writer: str) -> None:
        """Change who drew these, "" for nobody named; a drawing that no longer exists is ignored.

        Where there is no room on the disk for all changes, none is made.

        Raises:
            OSError: the folder cannot be written to.
        """
        written: list[tuple[Path, Path]] = []
        change = {"writer": _clean_writer(writer)}
        try:
            for drawing in drawings:
                picture = self._path(drawing)
                if current := _read(picture):
                    changed = current.model_copy(update=change)
                    record = picture.with_suffix(".json")
                    written.append((_temporary(record), record))
                    _temporary(record).write_bytes(changed.model_dump_json().encode())
            for temporary, record in written:
                temporary.replace(record)
                if not is_file(record.with_suffix(".png")):  # deleted meanwhile, in another browser
                    record.unlink(missing_ok=True)
        finally:
            for temporary, _ in written:
                temporary.unlink(missing_ok=True)

    def delete(self, drawings: Sequence[LabelledDrawing]) -> None:
        """Delete drawings permanently; one that no longer exists is ignored.

        Raises:
            OSError: the folder cannot be written to.
        """
        for drawing in drawings:
            self._path(drawing).unlink(missing_ok=True)
            self._path(drawing).with_suffix(".json").unlink(missing_ok=True)

    def delete_all(self) -> None:
        """Delete everything, damaged drawings too.

        Raises:
            OSError: the folder cannot be written to.
        """
        for pattern in ("[0-9]/*.png", "[0-9]/*.json", "[0-9]/.*.png", "[0-9]/.*.json"):
            for path in [*self.root.glob(pattern)]:
                if path.is_file() or path.is_symlink():
                    path.unlink(missing_ok=True)

    def delete_expired(self) -> int:
        """Delete what is older than drawings are kept; return how many there were."""
        oldest = self._oldest()
        if oldest is None:
            return 0
        read = [_read(path) for path in [*self._pictures()]]
        expired = [drawing for drawing in read if drawing and _when(drawing) < oldest]
        self.delete(expired)
        return len(expired)

    def export(self) -> bytes:
        """Return all drawings as a zip file: a folder of pictures per digit, and `strokes.json`.

        `strokes.json` is a list of `{"label": 7, "writer": "me", "strokes": [[[x, y], ...], ...]}`;
        "me" stands for a writer who is not named.
        """
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as file:
            self.export_to(file)
        return archive.getvalue()

    def export_to(self, archive: zipfile.ZipFile, *, folder: str = "") -> None:
        """Write what `export` returns into a folder of an open archive, such as "drawings/"."""
        strokes = []
        for drawing in self.list():
            try:
                picture = read_file(self._path(drawing), most=MAX_BYTES)
            except OSError:  # deleted in another browser meanwhile, or too large
                continue
            archive.writestr(f"{folder}{drawing.label}/{drawing.id}.png", picture)
            if drawing.strokes:
                record = drawing.model_dump(include={"label", "strokes"})
                strokes.append(record | {"writer": drawing.writer or "me"})
        archive.writestr(f"{folder}strokes.json", json.dumps(strokes))

    def _pictures(self) -> Iterator[Path]:
        return self.root.glob("[0-9]/[!.]*.png")

    def _oldest(self) -> datetime | None:
        days = self._limits.days
        return None if days is None else datetime.now(UTC) - timedelta(days=days)

    def _path(self, drawing: LabelledDrawing) -> Path:
        return self.root / str(drawing.label) / f"{drawing.id}.png"


def _read(picture: Path) -> LabelledDrawing | None:
    """Return the drawing of a picture; None where what lies beside it does not fit to it."""
    try:
        content = read_file(picture.with_suffix(".json"), most=_MAX_JSON_BYTES)
        drawing = LabelledDrawing.model_validate_json(content)
    except (OSError, ValueError):
        return None
    is_its = drawing.id == picture.stem and str(drawing.label) == picture.parent.name
    return drawing if is_its and is_file(picture) else None


def _when(drawing: LabelledDrawing) -> datetime:
    created = drawing.created
    return created if created.tzinfo else created.replace(tzinfo=UTC)


def _temporary(path: Path) -> Path:
    return path.with_name(f".{path.name}")


def _write(path: Path, content: bytes) -> None:
    temporary = _temporary(path)
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
