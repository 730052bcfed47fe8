"""A canvas for one digit, with undo and clear, whose drawing survives a visit to another page."""

import io
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image
from streamlit_drawable_canvas import st_canvas

SIZE = 320
# The same in light and dark, like a sheet of paper: what is drawn is what the network gets.
_PAPER, _INK = "#ffffff", "#111827"
_MAX_UNDO = 50


@dataclass(frozen=True)
class _Drawing:
    """What lies on the canvas: Fabric.js objects, one for each stroke, and how they look.

    `png` is None until the canvas has sent it.
    """

    objects: list[dict[str, Any]] = field(default_factory=list)
    png: bytes | None = None


@dataclass
class _History:
    """One session's drawings, the newest last.

    Attributes:
        start: what the canvas is told to show; it loads that whenever `revision` changes.
        received: what the canvas sent last, so that it is taken in only once.
    """

    drawings: list[_Drawing] = field(default_factory=lambda: [_Drawing()])
    start: list[dict[str, Any]] = field(default_factory=list)
    revision: int = 0
    received: Any = None

    def show(self) -> None:
        """Make the canvas show the newest drawing."""
        self.start = self.drawings[-1].objects
        self.revision += 1

    def undo(self) -> None:
        """Go back to the drawing before, a cleared one too."""
        if len(self.drawings) > 1:
            self.drawings.pop()
            self.show()

    def clear(self) -> None:
        """Begin with an empty canvas; `undo` brings the drawing back."""
        if self.drawings[-1].objects:
            self.drawings.append(_Drawing())
            self.show()

    def take_in(self, objects: list[dict[str, Any]], png: bytes) -> None:
        """Note what the canvas sent: a new stroke, or its own picture of what it was told."""
        if objects == self.received:
            return
        self.received = objects
        last = self.drawings[-1].objects
        if len(objects) == len(last):
            self.drawings[-1] = _Drawing(objects, png)
            return
        # Strokes in quick succession come together, and each is to be undone by itself.
        between = [_Drawing(objects[:count]) for count in range(len(last) + 1, len(objects))]
        self.drawings = [*self.drawings, *between, _Drawing(objects, png)][-_MAX_UNDO:]


def drawing_canvas() -> tuple[np.ndarray | None, bool]:
    """Show the canvas with its buttons.

    Returns:
        The drawing as uint8 array of shape `(SIZE, SIZE, 4)`, None where it is empty; and whether
        anything was drawn.
    """
    history: _History = st.session_state.setdefault("canvas_history", _History())
    if "canvas" not in st.session_state:
        history.start = history.drawings[-1].objects
        history.received = None
    with st.container(key="digit_canvas", width=SIZE):
        brush_width = st.session_state.get("brush_width", 20)
        result = st_canvas(
            stroke_width=brush_width,
            stroke_color=_INK,
            background_color=_PAPER,
            width=SIZE,
            height=SIZE,
            initial_drawing={"objects": history.start, "revision": history.revision},
            return_image_data=True,
            key="canvas",
        )
    if result.json_data and result.image_bytes is not None:
        history.take_in(result.json_data.get("objects", []), result.image_bytes)
    drawing = history.drawings[-1]
    with st.container(horizontal=True, vertical_alignment="bottom", width=SIZE):
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
                min_value=6,
                max_value=40,
                value=20,
                key="brush_width",
                persist_state="session",
            )
    if not drawing.objects or drawing.png is None:
        return None, bool(drawing.objects)
    with Image.open(io.BytesIO(drawing.png)) as image:
        return np.asarray(image.convert("RGBA")), True
