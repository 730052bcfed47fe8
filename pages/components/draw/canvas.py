"""A canvas with undo and clear, whose drawing is kept when the user visits another page."""

import io
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image
from streamlit_drawable_canvas import st_canvas

# The same in the light and the dark theme: what is drawn is what the network gets.
_PAPER, _INK = "#ffffff", "#111827"
_BRUSH_WIDTH = 20
_MAX_UNDO = 50


@dataclass(frozen=True)
class _Drawing:
    """A drawing: Fabric.js objects, one for each stroke, and a picture of them."""

    objects: list[dict[str, Any]] = field(default_factory=list)
    png: bytes | None = None  # until the canvas has sent it


@dataclass
class _History:
    """One session's drawings for undo, the newest last.

    Attributes:
        start: the objects that the canvas shows; it loads them whenever `revision` changes.
        received: what the canvas sent last, so that it is processed only once.
        undone: drawings that were undone. The canvas may still send them when somebody undoes
            twice in a row; they are not new strokes then.
    """

    drawings: list[_Drawing] = field(default_factory=lambda: [_Drawing()])
    start: list[dict[str, Any]] = field(default_factory=list)
    revision: int = 0
    received: Any = None
    undone: list[list[list[list[float]]]] = field(default_factory=list)

    def show(self) -> None:
        """Make the canvas show the newest drawing."""
        self.start = self.drawings[-1].objects
        self.revision += 1

    def undo(self) -> None:
        """Return to the previous drawing, also after `clear`."""
        if len(self.drawings) > 1:
            if undone := _strokes(self.drawings.pop().objects):
                self.undone = [*self.undone, undone][-_MAX_UNDO:]
            self.show()

    def clear(self) -> None:
        """Empty the canvas; `undo` restores the drawing."""
        if self.drawings[-1].objects:
            self.drawings.append(_Drawing())
            self.show()

    def receive(self, objects: list[dict[str, Any]], png: bytes) -> None:
        """Record what the canvas sent: new strokes, or its picture of what it was told to show."""
        if objects == self.received:
            return
        self.received = objects
        if _strokes(objects) in self.undone:
            return
        last = self.drawings[-1].objects
        if len(objects) == len(last):
            self.drawings[-1] = _Drawing(objects, png)
            return
        # Quick strokes arrive together, and each can be undone separately.
        between = [_Drawing(objects[:count]) for count in range(len(last) + 1, len(objects))]
        self.drawings = [*self.drawings, *between, _Drawing(objects, png)][-_MAX_UNDO:]


@dataclass(frozen=True)
class CanvasDrawing:
    """What is on a canvas now.

    Attributes:
        rgba: uint8 array of shape `(height, width, 4)`; None where the canvas is empty or has not
            sent its picture yet.
        strokes: for each time the pen was down its points `[x, y]`, in pixels of the canvas.
        has_ink: whether anything was drawn.
    """

    rgba: np.ndarray | None
    strokes: list[list[list[float]]]
    has_ink: bool


def drawing_canvas(name: str, *, width: int, height: int) -> CanvasDrawing:
    """Show a canvas, its size in pixels, with its buttons and return what is on it.

    `name` identifies this canvas and its drawing within the session.
    """
    history: _History = st.session_state.setdefault(f"{name}_history", _History())
    widget = f"{name}_canvas_widget"
    if widget not in st.session_state:
        history.start = history.drawings[-1].objects
        history.received = None
    with st.container(key="digit_canvas", width=width):
        result = st_canvas(
            stroke_width=st.session_state.get("brush_width", _BRUSH_WIDTH),
            stroke_color=_INK,
            background_color=_PAPER,
            width=width,
            height=height,
            initial_drawing={"objects": history.start, "revision": history.revision},
            return_image_data=True,
            key=widget,
        )
    if result.json_data and result.image_bytes is not None:
        history.receive(result.json_data.get("objects", []), result.image_bytes)
    drawing = history.drawings[-1]
    with st.container(horizontal=True, vertical_alignment="bottom", width=width):
        st.button(
            "Clear",
            key="clear_canvas",
            icon=":material/delete:",
            on_click=history.clear,
            disabled=not drawing.objects,
        )
        st.button(
            "Undo",
            key="undo_stroke",
            icon=":material/undo:",
            on_click=history.undo,
            disabled=len(history.drawings) < 2,
        )
        with st.popover("Brush", icon=":material/brush:"):
            st.slider(
                "Brush width, in pixels",
                min_value=3,
                max_value=40,
                value=_BRUSH_WIDTH,
                key="brush_width",
                persist_state="session",
            )
    return CanvasDrawing(_rgba(drawing), _strokes(drawing.objects), bool(drawing.objects))


def last_drawing(name: str) -> np.ndarray | None:
    """Return what this session has on a canvas, or had before clearing it; also another page's.

    Returns:
        uint8 array of shape `(height, width, 4)`; None where nothing was drawn.
    """
    history: _History = st.session_state.get(f"{name}_history", _History())
    pictures = (_rgba(drawing) for drawing in reversed(history.drawings))
    return next((picture for picture in pictures if picture is not None), None)


def _rgba(drawing: _Drawing) -> np.ndarray | None:
    if not drawing.objects or drawing.png is None:
        return None
    with Image.open(io.BytesIO(drawing.png)) as image:
        return np.asarray(image.convert("RGBA"))


def _strokes(objects: list[dict[str, Any]]) -> list[list[list[float]]]:
    """Return the points of Fabric.js paths, whose commands end in a point: `["Q", ..., x, y]`."""
    return [
        [[float(value) for value in command[-2:]] for command in item.get("path", [])]
        for item in objects
        if item.get("path")
    ]
