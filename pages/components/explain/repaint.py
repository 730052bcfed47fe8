"""Erase and see: paint over the image, with paper or with ink, and see the answer change."""

import hashlib
from contextlib import suppress

import numpy as np
import streamlit as st
from streamlit_drawable_canvas import st_canvas

from core.charts import to_png
from core.drawing import decode_picture
from core.explanation import paint_over
from pages.components.canvas_result import canvas_result
from pages.components.columns import wrapping_columns
from pages.components.explain.changed_answer import compared, image_picture, read_again
from pages.components.explain.choice import Explained

_CANVAS = 280  # pixels, ten for each of the image's
_PAINTS = {"Erase": "#ffffff", "Add ink": "#000000"}
_PAINT_KEY, _COUNT_KEY = "repaint_paint", "repaint_count"
_WIDTHS = {"Erase": 30, "Add ink": 22}


def repaint(asked: Explained) -> None:
    """Show a canvas with the image to paint over, and how the result is read."""
    st.caption(
        "Paint over some ink with a finger, a pen or the mouse. Look for the stroke without which "
        "the network changes its mind."
    )
    left, right = wrapping_columns("repaint", 2, gap="medium")
    with left:
        strokes = _canvas(asked)
    image = asked.image if strokes is None else paint_over(asked.image, strokes)
    with right:
        after = read_again(asked, image)
        if after is not None:
            with st.container(horizontal=True, gap="small"):
                image_picture(asked.image, "Before", asked.prediction)
                image_picture(image, "After", after)
            compared(asked, after, key="repaint_compared")


def _canvas(asked: Explained) -> np.ndarray | None:
    """Show the canvas; return what was painted, uint8 RGBA, or None where nothing was yet."""
    if st.session_state.get(_PAINT_KEY) not in _PAINTS:
        st.session_state[_PAINT_KEY] = next(iter(_PAINTS))
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.segmented_control(
            "Paint",
            list(_PAINTS),
            key=_PAINT_KEY,
            required=True,
            persist_state="session",
            label_visibility="collapsed",
        )
        st.button("Undo all", key="repaint_undo", icon=":material/undo:", on_click=_undo_all)
    paint: str = st.session_state[_PAINT_KEY]
    # Each image, and each new beginning, has a canvas of its own, on which nothing is left.
    digest = hashlib.sha256(asked.image.tobytes()).hexdigest()[:12]
    key = f"repaint_{digest}_{st.session_state.get(_COUNT_KEY, 0)}"
    # What comes back is not used: a browser may send anything, and `_received` looks at it.
    ignored = suppress(AttributeError, KeyError, TypeError, ValueError)
    with st.container(key="repaint_canvas", height=_CANVAS + 40, border=False), ignored:
        st_canvas(
            stroke_width=_WIDTHS[paint],
            stroke_color=_PAINTS[paint],
            background_image=to_png(1 - asked.image, side=_CANVAS),
            width=_CANVAS,
            height=_CANVAS,
            return_image_data=True,
            key=key,
        )
    return _received(key)


def _received(key: str) -> np.ndarray | None:
    """Return the canvas's picture at the canvas's own size; None for what no canvas sends."""
    result = canvas_result(key)
    with suppress(AttributeError, KeyError, TypeError, ValueError):
        if result and result.image_bytes is not None:
            strokes = decode_picture(result.image_bytes, canvas=(_CANVAS, _CANVAS))
            return strokes if len(strokes) % 28 == 0 and len(set(strokes.shape[:2])) == 1 else None
    return None


def _undo_all() -> None:
    st.session_state[_COUNT_KEY] = st.session_state.get(_COUNT_KEY, 0) + 1
