"""One session's drawings on a canvas: for undo, and restored after a reload."""

import secrets
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from core.drawing import decode_picture

# The same in the light and the dark theme: what is drawn is what the network gets.
INK = "#111827"
_MAX_UNDO = 50
# More than a person draws: of strokes, and of commands in one.
_MAX_STROKES, _MAX_COMMANDS = 1_000, 20_000


@dataclass(frozen=True)
class Drawing:
    """A drawing: Fabric.js objects, one for each stroke, and a picture of them."""

    objects: list[dict[str, Any]] = field(default_factory=list)
    png: bytes | None = None  # until the canvas has sent it

    def rgba(self) -> np.ndarray | None:
        """Return uint8 of shape `(height, width, 4)`; None where empty or not sent yet."""
        if not self.objects or self.png is None:
            return None
        return decode_picture(self.png)

    def points(self) -> list[list[list[float]]]:
        """Return the points `[x, y]` of each stroke, with which its commands end."""
        return [
            [[float(value) for value in command[-2:]] for command in item["path"]]
            for item in self.objects
            if item.get("path")
        ]

    def strokes(self) -> list[dict[str, Any]]:
        """Return what the browser keeps of each stroke, see `_Stroke`."""
        return [
            {"path": item["path"], "width": item["strokeWidth"]}
            for item in self.objects
            if item.get("path")
        ]


# SVG's commands: move to a point, draw a line or a quadratic curve to one.
_Path = Annotated[
    list[tuple[Literal["M", "L"], float, float] | tuple[Literal["Q"], float, float, float, float]],
    Field(min_length=2, max_length=_MAX_COMMANDS),
]


class _Stroke(BaseModel):
    """A stroke as a browser kept it: a path of SVG commands in canvas pixels, and its width."""

    model_config = ConfigDict(allow_inf_nan=False)

    path: _Path
    width: float = Field(gt=0, le=100)

    def fabric_object(self) -> dict[str, Any]:
        """Return the object that Fabric.js would have made of it."""
        round_ends = {"strokeLineCap": "round", "strokeLineJoin": "round"}
        return {
            "type": "Path",
            "path": [list(command) for command in self.path],
            "stroke": INK,
            "strokeWidth": self.width,
            "fill": None,
            **round_ends,
        }


_STROKES: TypeAdapter[list[_Stroke]] = TypeAdapter(
    Annotated[list[_Stroke], Field(max_length=_MAX_STROKES)]
)


class _SentStroke(BaseModel):
    """What is used of an object that a canvas sent: what `_Stroke` has, by Fabric.js's names."""

    model_config = ConfigDict(allow_inf_nan=False)

    path: _Path
    strokeWidth: float = Field(gt=0, le=100)  # noqa: N815 - Fabric.js's name


_SENT: TypeAdapter[list[_SentStroke]] = TypeAdapter(
    Annotated[list[_SentStroke], Field(max_length=_MAX_STROKES)]
)


@dataclass
class History:
    """One session's drawings for undo, the newest last.

    Attributes:
        canvas: width and height of the canvas, in pixels.
        start: what the canvas shows; it loads this whenever `revision` changes.
        received: what the canvas sent last, so that it is processed only once.
        undone: drawings that were undone. The canvas may still send them when somebody undoes
            twice in a row; they are not new strokes then.
        id: tells the browser whether what it kept is this session's or that of an earlier one.
    """

    canvas: tuple[int, int]
    drawings: list[Drawing] = field(default_factory=lambda: [Drawing()])
    start: Drawing = field(default_factory=Drawing)
    revision: int = 0
    received: Any = None
    undone: list[list[list[list[float]]]] = field(default_factory=list)
    id: str = field(default_factory=lambda: secrets.token_hex(8))

    def show(self) -> None:
        """Make the canvas show the newest drawing."""
        self.start = self.drawings[-1]
        self.revision += 1

    def begin(self) -> None:
        """Begin with a canvas that is new to the page."""
        self.start = self.drawings[-1]
        self.received = None

    def undo(self) -> None:
        """Return to the previous drawing, also after `clear`."""
        if len(self.drawings) > 1:
            if undone := self.drawings.pop().points():
                self.undone = [*self.undone, undone][-_MAX_UNDO:]
            self.show()

    def clear(self) -> None:
        """Empty the canvas; `undo` restores the drawing."""
        if self.drawings[-1].objects:
            self.drawings.append(Drawing())
            self.show()

    def restore(self, strokes: Any) -> None:
        """Show what the browser kept, which the server lost or never got; ignore what is none."""
        try:
            objects = [stroke.fabric_object() for stroke in _STROKES.validate_python(strokes)]
        except ValidationError:
            return
        if len(objects) > len(self.drawings[-1].objects):
            self._append(objects, png=None)
            self.show()

    def receive(self, objects: list[dict[str, Any]], png: bytes) -> None:
        """Record what the canvas sent: new strokes, or its picture of what it was told to show.

        What no canvas of ours sends, such as a picture of another size, is ignored: the drawing
        stays as it was.
        """
        if objects == self.received:
            return
        self.received = objects
        try:
            _SENT.validate_python(objects)
            decode_picture(png, canvas=self.canvas)
        except ValueError:  # pydantic's ValidationError is one
            return
        points = Drawing(objects).points()
        if points in self.undone and points != self.drawings[-1].points():
            return
        if len(objects) == len(self.drawings[-1].objects):
            self.drawings[-1] = Drawing(objects, png)
            return
        self._append(objects, png)

    def _append(self, objects: list[dict[str, Any]], png: bytes | None) -> None:
        # Quick strokes arrive together, and each can be undone separately.
        first = len(self.drawings[-1].objects) + 1
        between = [Drawing(objects[:count]) for count in range(first, len(objects))]
        self.drawings = [*self.drawings, *between, Drawing(objects, png)][-_MAX_UNDO:]
