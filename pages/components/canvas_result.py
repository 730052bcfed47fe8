"""What a canvas has sent: looked at with care, as a browser may send anything."""

from contextlib import suppress

import streamlit as st
from streamlit_drawable_canvas import CanvasResult


def canvas_result(widget: str) -> CanvasResult | None:
    """Return what the canvas with this key has sent; None for what no canvas sends."""
    with suppress(AttributeError, KeyError, TypeError, ValueError):
        drawing = st.session_state[widget].get("drawing") or {}
        return CanvasResult(
            json_data=drawing.get("raw"),
            image_data_url=drawing.get("data"),
            return_image_data=True,
        )
    return None
