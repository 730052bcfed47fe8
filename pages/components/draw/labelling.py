"""Let the user label a drawing with its true digit, and so build their own test set."""

import streamlit as st

from core.classifier import Prediction
from core.drawing import LabelledDrawing
from pages.components.draw.canvas import CanvasDrawing
from pages.components.resources import drawing_store


def ask_for_label(drawing: CanvasDrawing, prediction: Prediction | None) -> None:
    """Ask which digit was meant and save the drawing with it; another choice replaces it."""
    if st.session_state.get("labelled_strokes") != drawing.strokes:
        st.session_state["labelled_strokes"] = drawing.strokes
        st.session_state["kept_drawing"] = None
        st.session_state["label"] = None
    st.pills(
        "Which digit was it? Your answer makes this drawing part of your own test set.",
        range(10),
        key="label",
        on_change=_keep,
        args=(drawing, prediction),
        help="The drawing is saved on the computer that runs this app and sent nowhere. It is used "
        "to test models, not to train them. The Evaluate page lists, exports and deletes it.",
    )
    kept: LabelledDrawing | None = st.session_state["kept_drawing"]
    if kept:
        st.caption(f"Kept as a {kept.label} in {drawing_store().root}, and sent nowhere.")


def _keep(drawing: CanvasDrawing, prediction: Prediction | None) -> None:
    """Save the drawing with the chosen label, in place of an earlier choice."""
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
