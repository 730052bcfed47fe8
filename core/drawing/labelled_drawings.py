"""Drawings that a user has labelled: their own test set, kept in a local folder.

One folder per digit, as `benchmarks/drawn_digits.py --images` reads it; beside each picture lie its
strokes. Nothing here is sent anywhere, and no training reads from here.
"""

import io
import json
import secrets
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field, ValidationError

Stroke = tuple[tuple[float, float], ...]


class LabelledDrawing(BaseModel):
    """One drawing.

    Attributes:
        id: unique; sorts by time.
        label: the digit that the person meant, 0 to 9.
        answer: the network's answer, 0 to 9; None where it gave none.
        strokes: for each time the pen was down its points (x, y), in pixels of the canvas.
        created: when it was saved.
    """

    model_config = ConfigDict(frozen=True)

    id: str = Field(pattern=r"^[0-9a-f-]{1,60}$")
    label: int = Field(ge=0, le=9)
    answer: int | None = Field(None, ge=0, le=9)
    strokes: tuple[Stroke, ...] = ()
    created: datetime


class DrawingStore:
    """The folder of labelled drawings."""

    def __init__(self, root: Path | str) -> None:
        """Refer to the drawings in `root`, which is created with the first one."""
        self.root = Path(root)

    def add(
        self,
        rgba: np.ndarray,
        *,
        label: int,
        answer: int | None = None,
        strokes: Sequence[Sequence[Sequence[float]]] = (),
    ) -> LabelledDrawing:
        """Keep a drawing, a uint8 array of shape `(height, width, 4)`; see `LabelledDrawing`.

        Raises:
            ValueError: `label` or `answer` is not a digit.
            OSError: the folder cannot be written to.
        """
        created = datetime.now(UTC)
        drawing = LabelledDrawing(
            id=f"{created:%Y%m%d-%H%M%S-%f}-{secrets.token_hex(2)}",
            label=label,
            answer=answer,
            strokes=tuple(tuple((point[0], point[1]) for point in stroke) for stroke in strokes),
            created=created,
        )
        path = self._path(drawing)
        path.parent.mkdir(parents=True, exist_ok=True)
        png = io.BytesIO()
        Image.fromarray(np.asarray(rgba, np.uint8)).save(png, format="PNG")
        # The picture comes last: a drawing exists once its picture does.
        _write(path.with_suffix(".json"), drawing.model_dump_json().encode())
        try:
            _write(path, png.getvalue())
        except BaseException:
            path.with_suffix(".json").unlink(missing_ok=True)
            raise
        return drawing

    def list(self) -> list[LabelledDrawing]:
        """Return all drawings, newest first; a damaged one is left out."""
        found = []
        for path in self.root.glob("[0-9]/*.png"):
            try:
                text = path.with_suffix(".json").read_bytes()
                drawing = LabelledDrawing.model_validate_json(text)
            except (OSError, ValidationError):
                continue
            if drawing.id == path.stem and str(drawing.label) == path.parent.name:
                found.append(drawing)
        return sorted(found, key=lambda drawing: drawing.id, reverse=True)

    def picture(self, drawing: LabelledDrawing) -> np.ndarray:
        """Return a drawing as uint8 array of shape `(height, width, 4)`.

        Raises:
            OSError: its picture is missing or damaged.
        """
        try:
            with Image.open(self._path(drawing)) as image:
                return np.asarray(image.convert("RGBA"))
        except OSError:
            raise
        except Exception as error:  # Pillow raises whatever the damaged part of the file leads to.
            raise OSError(f"{self._path(drawing)} is not a readable picture ({error}).") from error

    def delete(self, drawings: Sequence[LabelledDrawing]) -> None:
        """Delete drawings permanently; one that no longer exists is ignored.

        Raises:
            OSError: the folder cannot be written to.
        """
        for drawing in drawings:
            self._path(drawing).unlink(missing_ok=True)
            self._path(drawing).with_suffix(".json").unlink(missing_ok=True)

    def export(self) -> bytes:
        """Return all drawings as a zip file: a folder of pictures per digit, and `strokes.json`.

        `strokes.json` is a list of `{"label": 7, "writer": "me", "strokes": [[[x, y], ...], ...]}`.
        """
        archive = io.BytesIO()
        strokes = []
        with zipfile.ZipFile(archive, "w") as file:
            for drawing in self.list():
                try:
                    picture = self._path(drawing).read_bytes()
                except FileNotFoundError:  # deleted in another browser meanwhile
                    continue
                file.writestr(f"{drawing.label}/{drawing.id}.png", picture)
                if drawing.strokes:
                    strokes.append(
                        drawing.model_dump(include={"label", "strokes"}) | {"writer": "me"}
                    )
            file.writestr("strokes.json", json.dumps(strokes))
        return archive.getvalue()

    def _path(self, drawing: LabelledDrawing) -> Path:
        return self.root / str(drawing.label) / f"{drawing.id}.png"


def _write(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
