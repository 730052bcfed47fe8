"""A canvas with undo and clear, whose drawing is kept when the user leaves or reloads the page."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st
from streamlit_drawable_canvas import st_canvas

from pages.components.canvas_result import canvas_result
from pages.components.draw.history import INK, History

_PAPER = "#ffffff"
_BRUSH_WIDTH = 20
_FOLDER = Path(__file__).parent
# Fits the canvas into its column, names it, keeps its strokes, tells fingers from palms.
_companion = st.components.v2.component(
    "digit_lab.canvas_companion",
    js=(_FOLDER / "canvas.js").read_text(encoding="utf-8"),
    css=(_FOLDER / "canvas.css").read_text(encoding="utf-8"),
    isolate_styles=False,
)


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


def drawing_canvas(name: str, *, width: int, height: int, invitation: str) -> CanvasDrawing:
    """Show a canvas with its buttons and return what is on it.

    The browser scales the canvas to the space that it has, so that a drawing is the same on every
    screen.

    Args:
        name: identifies this canvas and its drawing within the session.
        width: what strokes and pictures are measured in, pixels from left to right.
        height: the same, from top to bottom.
        invitation: what the empty canvas says, and what a screen reader calls it.
    """
    history: History = st.session_state.setdefault(
        f"{name}_history", History(canvas=(width, height))
    )
    widget, companion = f"{name}_canvas_widget", f"{name}_companion"
    if widget not in st.session_state:
        history.begin()
    brush = st.session_state.get("brush_width", _BRUSH_WIDTH)
    with st.container(key=f"{name}_canvas"):
        _companion(
            key=companion,
            data={
                "name": name,
                "width": width,
                "height": height,
                "invitation": invitation,
                "brush": brush,
                "session": history.id,
                "revision": history.revision,
                "strokes": history.start.strokes(),
            },
            on_kept_change=lambda: history.restore(st.session_state[companion].kept),
        )
        # Not its result: what a browser sends may be anything, and is looked at in `_receive`.
        with suppress(AttributeError, KeyError, TypeError, ValueError):
            st_canvas(
                stroke_width=brush,
                stroke_color=INK,
                background_color=_PAPER,
                width=width,
                height=height,
                initial_drawing={"objects": history.start.objects, "revision": history.revision},
                return_image_data=True,
                key=widget,
            )
    _receive(history, widget)
    drawing = history.drawings[-1]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        st.button(
            "Clear",
            key="clear_canvas",
            icon=":material/delete:",
            on_click=_after_receiving,
            args=(history, widget, history.clear),
            disabled=not drawing.objects,
        )
        st.button(
            "Undo",
            key="undo_stroke",
            icon=":material/undo:",
            on_click=_after_receiving,
            args=(history, widget, history.undo),
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
    return CanvasDrawing(drawing.rgba(), drawing.points(), bool(drawing.objects))


def last_drawing(name: str) -> np.ndarray | None:
    """Return what this session has on a canvas, or had before clearing it; also another page's.

    Returns:
        uint8 array of shape `(height, width, 4)`; None where nothing was drawn.
    """
    history: History | None = st.session_state.get(f"{name}_history")
    pictures = (drawing.rgba() for drawing in reversed(history.drawings if history else []))
    return next((picture for picture in pictures if picture is not None), None)


def _receive(history: History, widget: str) -> None:
    """Record what the canvas has sent; ignore what none sends."""
    result = canvas_result(widget)
    with suppress(AttributeError, KeyError, TypeError, ValueError):
        if result and result.json_data and result.image_bytes is not None:
            history.receive(result.json_data.get("objects", []), result.image_bytes)


def _after_receiving(history: History, widget: str, act: Callable[[], None]) -> None:
    """Undo or clear what is on the canvas, its last stroke too if it came with the click."""
    _receive(history, widget)
    act()
