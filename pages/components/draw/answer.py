"""A network's answer: the digit, how sure it is, what it saw; and which digit was meant."""

import numpy as np
import streamlit as st

from core.charts import PROBABILITY_HEIGHT, probability_figure, to_png
from core.classifier import Prediction
from core.drawing import LabelledDrawing
from pages.components.draw.canvas import CanvasDrawing
from pages.components.formats import confidence_text
from pages.components.resources import drawing_store

NO_ANSWER = "–"


def show_answer(prediction: Prediction | None, image: np.ndarray | None, *, is_ready: bool) -> None:
    """Show an answer, or placeholders for it; the chart waits until the network is ready.

    `image` is the network's input, shape `(28, 28)` in [0, 1], ink 1.
    """
    with st.container(horizontal=True, gap="medium"):
        with st.container(key="prediction", width=190):
            st.metric(*_headline(prediction))
        st.image(
            to_png(np.zeros((28, 28)) if image is None else image, side=140),
            caption="What the network sees: 28 x 28 pixels",
            width=140,
            alt="The drawing, shrunk and centred as the network gets it",
        )
    with st.container(height=PROBABILITY_HEIGHT, border=False):
        # The browser needs a second to load Plotly, which must not delay the canvas.
        if is_ready:
            st.plotly_chart(
                probability_figure(None if prediction is None else prediction.probabilities),
                key="probabilities",
                config={"displayModeBar": False},
                alt="Probability of each digit",
            )


def _headline(prediction: Prediction | None) -> tuple[str, str]:
    if prediction is None:
        return "Answer", NO_ANSWER
    if not prediction.is_sure:
        return "I am not sure", NO_ANSWER
    return f"Answer, {confidence_text(prediction.confidence)} sure", str(prediction.digit)


def ask_for_label(drawing: CanvasDrawing, prediction: Prediction) -> None:
    """Ask which digit was meant and save the drawing with it; another choice replaces it."""
    if st.session_state.get("labelled_strokes") != drawing.strokes:
        unlabelled = {"labelled_strokes": drawing.strokes, "kept_drawing": None, "label": None}
        st.session_state.update(unlabelled)
    st.pills(
        "Which digit was it? Your answer makes this drawing part of your own test set.",
        range(10),
        key="label",
        on_change=_keep,
        args=(drawing, prediction),
        help="The drawing is saved on the computer that runs this app and sent nowhere. It is used "
        "to test models, not to train them. The Evaluate page lists, exports and deletes it.",
    )
    if kept := st.session_state["kept_drawing"]:
        st.caption(f"Kept as a {kept.label} in {drawing_store().root}, and sent nowhere.")


def _keep(drawing: CanvasDrawing, prediction: Prediction) -> None:
    store = drawing_store()
    earlier: LabelledDrawing | None = st.session_state["kept_drawing"]
    label: int | None = st.session_state["label"]
    try:
        kept = None
        if label is not None and drawing.rgba is not None:
            answer = prediction.digit if prediction.is_sure else None
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
