"""A network's answer: the digit, how sure it is, what it saw; and which digit was meant."""

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.access import NotAllowed
from core.charts import PROBABILITY_HEIGHT, probability_figure, to_png
from core.classifier import Prediction
from core.drawing import MAX_WRITER_LENGTH, DrawingStore, LabelledDrawing, TooManyDrawings
from core.reading import explain_os_error
from core.typed_text import clean_text
from pages.components.draw.canvas import CanvasDrawing
from pages.components.explained import explain_drawing
from pages.components.formats import as_text, confidence_text
from pages.components.resources import drawing_store, server_settings

NO_ANSWER = "–"
_HEADLINE_WIDTH, _TILE, _POPOVER_WIDTH = 160, 112, 300  # in pixels
_SHOWN_WRITER = 18  # in characters
_EMPTY_TILE = (
    f'<div style="height: {_TILE}px; border: 2px dashed currentColor; border-radius: 0.6rem; '
    'opacity: 0.25"></div>'
)


def show_answer(
    prediction: Prediction | None, image: np.ndarray | None, *, is_ready: bool
) -> DeltaGenerator:
    """Show an answer, or placeholders for it; the chart waits until the network is ready.

    `image` is the network's input, shape `(28, 28)` in [0, 1], ink 1.

    Returns:
        The place beside the answer for what there is to say about it.
    """
    with st.container(horizontal=True, gap="small"):
        with st.container(width=_HEADLINE_WIDTH):
            with st.container(key="prediction"):
                st.metric(*_headline(prediction))
            if prediction and st.button(
                "Why?", key="explain_drawing", icon=":material/psychology_alt:"
            ):
                explain_drawing()
        with st.container(width=_TILE):
            if image is None:
                st.html(_EMPTY_TILE)
            else:
                st.image(
                    to_png(image, side=_TILE),
                    width=_TILE,
                    alt="The drawing, shrunk and centred as the network gets it",
                )
            st.caption("What the network sees: 28 x 28 pixels", text_alignment="center")
    note = st.container()
    with st.container(height=PROBABILITY_HEIGHT, border=False):
        # The browser needs a second to load Plotly, which must not delay the canvas.
        if is_ready:
            st.plotly_chart(
                probability_figure(None if prediction is None else prediction.probabilities),
                key="probabilities",
                config={"displayModeBar": False},
                alt="Probability of each digit",
            )
    return note


def show_number(number: str) -> None:
    """Show a number as large as its length allows, or a dash in place of none."""
    with st.container(key="prediction"):
        st.html(f"<style>.st-key-prediction {{ --characters: {max(1, len(number))} }}</style>")
        st.metric("Number" if number else "No answer yet", number or NO_ANSWER)


def _headline(prediction: Prediction | None) -> tuple[str, str]:
    if prediction is None:
        return "No answer yet", NO_ANSWER
    if not prediction.is_sure:
        return "I am not sure", NO_ANSWER
    return f"Answer, {confidence_text(prediction.confidence)} sure", str(prediction.digit)


def ask_for_label(drawing: CanvasDrawing, prediction: Prediction) -> None:
    """Ask which digit was meant and save the drawing with it; another choice replaces it."""
    try:
        store = drawing_store()
    except NotAllowed:
        return  # the Evaluate page says why
    if st.session_state.get("labelled_strokes") != drawing.strokes:
        unlabelled = {"labelled_strokes": drawing.strokes, "kept_drawing": None, "label": None}
        st.session_state.update(unlabelled)
    with st.container(key="label_row", horizontal=True, vertical_alignment="bottom"):
        st.pills(
            "Which digit was it? Your answer makes this drawing part of your own test set.",
            range(10),
            key="label",
            wrap=True,
            on_change=_keep,
            args=(store, drawing, prediction),
            help="The drawing is saved on the computer that runs this app, sent nowhere and shown "
            "to nobody else. It is used to test models, not to train them. The Evaluate page "
            "lists, exports and deletes it.",
        )
        _ask_for_writer()
    if problem := st.session_state.pop("label_problem", None):
        st.error(as_text(problem), icon=":material/error:")
    elif kept := st.session_state["kept_drawing"]:
        where = "on this server" if server_settings().shared else f"in {as_text(str(store.root))}"
        by = f", drawn by {as_text(kept.writer)}" if kept.writer else ""
        st.caption(f"Kept as a {kept.label} {where}{by}, and sent nowhere.")


def _ask_for_writer() -> None:
    """Let somebody say who draws, for the drawings that are labelled from then on."""
    writer = clean_text(st.session_state.get("writer", ""), most=MAX_WRITER_LENGTH)
    # A long one would need a row of its own, and push what is below out of a laptop's window.
    short = writer if len(writer) <= _SHOWN_WRITER else f"{writer[: _SHOWN_WRITER - 1]}…"
    label = f"Drawn by {as_text(short)}" if writer else "Who draws?"
    with st.popover(label, icon=":material/person:", key="writer_popover"):
        st.text_input(
            "Drawn by (optional nickname)",
            key="writer",
            max_chars=MAX_WRITER_LENGTH,
            placeholder="Nobody named",
            width=_POPOVER_WIDTH,
            autocomplete="off",
            persist_state="session",
        )
        st.caption(
            "A nickname is enough. It stays with each drawing that you label from now on, and the "
            "Evaluate page tells for whom a model works less well.",
            width=_POPOVER_WIDTH,
        )


def _keep(store: DrawingStore, drawing: CanvasDrawing, prediction: Prediction) -> None:
    earlier: LabelledDrawing | None = st.session_state["kept_drawing"]
    label: int | None = st.session_state["label"]
    try:
        kept = None
        if label is not None and drawing.rgba is not None:
            answer = prediction.digit if prediction.is_sure else None
            kept = store.add(
                drawing.rgba,
                label=label,
                answer=answer,
                strokes=drawing.strokes,
                writer=st.session_state.get("writer", ""),
            )
        if earlier:
            store.delete([earlier])
        st.session_state["kept_drawing"] = kept
    except (OSError, ValueError, TooManyDrawings) as error:
        st.session_state["label"] = earlier.label if earlier else None
        problem = str(error)
        if isinstance(error, OSError):
            folder = "its folder" if server_settings().shared else str(store.root)
            problem = (
                f"The drawing cannot be kept: {folder} cannot be written to "
                f"({explain_os_error(error)}). Free some space or set "
                "DIGIT_LAB_DRAWINGS to another folder."
            )
        st.session_state["label_problem"] = problem
