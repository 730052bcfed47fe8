"""Draw a digit, or write a number, and see how a network reads it."""

import time
from concurrent.futures import Future

import streamlit as st

from core.charts import with_boxes
from core.classifier import Classifier, number_text, read_number
from core.drawing import preprocess_drawing
from pages.components.draw.answer import ask_for_label, show_answer, show_number
from pages.components.draw.canvas import drawing_canvas
from pages.components.draw.preprocessing_view import show_preprocessing
from pages.components.formats import as_text, confidence_text
from pages.components.model_choice import chosen_model, model_choice
from pages.components.resources import if_ready, loader, training_engine

_DIGIT, _NUMBER = "A digit", "A number"
_POLL_SECONDS = 0.3


@st.fragment
def draw_a_digit(future: Future[Classifier]) -> None:
    """Show the canvas beside the answer; runs again at each stroke."""
    with st.container(key="draw_columns"):
        left, right = st.columns(2, gap="medium")
    with left:
        drawing = drawing_canvas("digit", width=320, height=320, invitation="Draw a digit here")
    with right:
        start = time.perf_counter()
        image = preprocess_drawing(drawing.rgba)
        classifier = if_ready(future)
        prediction = classifier.predict(image) if classifier and image is not None else None
        milliseconds = 1000 * (time.perf_counter() - start)
        with show_answer(prediction, image, is_ready=future.done()):
            if prediction:
                st.caption(f"Read in {milliseconds:.1f} ms on {prediction.device}.")
            elif drawing.rgba is not None and image is None:
                st.markdown("A single dot is not a digit yet. Keep drawing.")
            else:
                show_no_answer(future, has_ink=drawing.has_ink)
        if prediction:
            if not prediction.is_sure:
                st.caption(
                    f"It looks most like a {prediction.digit} "
                    f"({confidence_text(prediction.confidence)}), but may be something else, or "
                    f"several digits: for these, choose *{_NUMBER}* above."
                )
            ask_for_label(drawing, prediction)
    show = st.toggle(
        "Show how the network saw it", key="show_preprocessing", persist_state="session"
    )
    if show and classifier and drawing.rgba is not None:
        show_preprocessing(drawing.rgba, classifier)


@st.fragment
def write_a_number(future: Future[Classifier]) -> None:
    """Show a wide canvas, and beside it the number with a box around each digit."""
    with st.container(key="draw_columns"):
        left, right = st.columns(2, gap="medium")
    with left:
        drawing = drawing_canvas("number", width=800, height=400, invitation="Write a number here")
    with right:
        start = time.perf_counter()
        classifier = if_ready(future)
        read = read_number(drawing.rgba, classifier) if classifier else []
        milliseconds = 1000 * (time.perf_counter() - start)
        show_number(number_text(read))
        if not read or drawing.rgba is None:
            show_no_answer(
                future, has_ink=drawing.has_ink, what="a number, its digits side by side"
            )
            return
        boxes = [
            ((box.left, box.top, box.right, box.bottom), str(answer.digit), answer.is_sure)
            for box, answer in read
        ]
        picture = with_boxes(drawing.rgba, boxes)
        st.image(picture, width=480, alt="The drawing with a box around each digit")
        sure = [f"{answer.digit} ({confidence_text(answer.confidence)})" for _, answer in read]
        device = read[0][1].device
        st.caption(f"{', '.join(sure)}. Read in {milliseconds:.1f} ms on {device}.")
        if not all(answer.is_sure for _, answer in read):
            st.caption(
                "A question mark stands for a digit that the network is not sure of. It cannot "
                "read digits that touch: leave a gap between them."
            )


def show_no_answer(
    future: Future[Classifier], *, has_ink: bool, what: str = "a digit from 0 to 9 in the square"
) -> None:
    """Say why there is no answer and what to do."""
    if not future.done():
        st.markdown(":material/hourglass_top: The network is loading. You can draw already.")
    elif future.exception():
        st.error(f"{as_text(str(future.exception()))} Choose another model above, or train one.")
    elif not has_ink:
        st.markdown(f"Draw {what}, with mouse, pen or finger.")


@st.fragment(run_every=_POLL_SECONDS)
def wait_for(future: Future[Classifier], *, since: float) -> None:
    """Run the page again as soon as the network is loaded.

    The fragment runs first with the page, and then when the browser asks: by then the canvas is
    shown, and loading no longer delays it.
    """
    if time.monotonic() - since > _POLL_SECONDS / 2:
        loader().begin()
    if future.done():
        st.rerun()


network = loader().classifier(chosen_model())
with st.container(horizontal=True, vertical_alignment="center"):
    mode = st.segmented_control(
        "What you draw",
        [_DIGIT, _NUMBER],
        default=_DIGIT,
        required=True,
        key="drawing_mode",
        label_visibility="collapsed",
        persist_state="session",
    )
    model_choice()
if mode == _NUMBER:
    write_a_number(network)
else:
    draw_a_digit(network)
if network.done():
    training_engine()  # starts its worker now, so that the first run need not wait for it
else:
    wait_for(network, since=time.monotonic())
