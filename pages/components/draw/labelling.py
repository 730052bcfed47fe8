"""Say which digit a drawing really was, and so build a test set of one's own."""

import streamlit as st

from core.classifier import Prediction
from core.drawing import LabelledDrawing
from pages.components.draw.canvas import CanvasDrawing
from pages.components.resources import drawing_store


def ask_for_label(drawing: CanvasDrawing, prediction: Prediction | None) -> None:
    """Ask which digit was meant and keep the drawing under it; another choice replaces it."""
    asked_before = st.session_state.get("labelled_strokes")
    if asked_before != drawing.strokes:
        st.session_state["labelled_strokes"] = drawing.strokes
        st.session_state["kept_drawing"] = None
        st.session_state["label"] = None
    st.pills(
        "Which digit was it? Your answer makes this drawing part of your own test set.",
        range(10),
        key="label",
        on_change=_keep,
        args=(drawing, prediction),
        help="The drawing is kept in a folder on the computer that runs this app and sent nowhere. "
        "It tests models and trains none. The page Evaluate lists, exports and deletes it.",
    )
    kept: LabelledDrawing | None = st.session_state["kept_drawing"]
    if kept:
        st.caption(f"Kept as a {kept.label} in {drawing_store().root}, and sent nowhere.")


def _keep(drawing: CanvasDrawing, prediction: Prediction | None) -> None:
    """Keep the drawing under the chosen label, in place of an earlier choice."""
    store = drawing_store()
    earlier: LabelledDrawing | None = st.session_state["kept_drawing"]
    label: int | None = st.session_state["label"]
    try:
        kept = None
        if label is not None and drawing.rgba is not None:
            answer = prediction.digit if prediction and prediction.is_sure else None
            kept = store.add(drawing.rgba, label=label, answer=answer, strokes=drawing.strokes)
        if earlier:
            store.delete([earlier])
        st.session_state["kept_drawing"] = kept
    except OSError as error:
        st.session_state["label"] = earlier.label if earlier else None
        st.error(
            f"The drawing cannot be kept: {store.root} cannot be written to ({error.strerror}). "
            "Free some space or set DIGIT_LAB_DRAWINGS to another folder."
        )
