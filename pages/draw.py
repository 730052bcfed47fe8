"""Draw a digit and see how a network reads it."""

import io
import time
from concurrent.futures import Future

import numpy as np
import streamlit as st
from PIL import Image

from core.classifier import Classifier, Prediction
from core.drawing import preprocess_drawing
from core.figures import PROBABILITY_HEIGHT, probability_figure
from pages.components.canvas import drawing_canvas
from pages.components.frame import ensure_frame
from pages.components.model_choice import chosen_model, model_choice
from pages.components.resources import loader, training_engine


@st.fragment
def draw_and_read(future: "Future[Classifier]") -> None:
    """Show the canvas beside the answer; runs again at each stroke."""
    left, right = st.columns([360, 640], gap="large")
    with left:
        rgba, has_ink = drawing_canvas()
    with right:
        start = time.perf_counter()
        image = preprocess_drawing(rgba)
        classifier = future.result() if future.done() and not future.exception() else None
        prediction = classifier.predict(image) if classifier and image is not None else None
        milliseconds = 1000 * (time.perf_counter() - start)
        show_answer(prediction, image, is_ready=future.done())
        if prediction:
            st.caption(f"Read in {milliseconds:.1f} ms on {prediction.device}.")
        elif not future.done():
            st.caption(":shimmer[The network is loading. You can draw already.]")
        elif future.exception():
            st.error(f"{future.exception()} Choose another model below, or train one.")
        elif rgba is not None:
            st.caption("A single dot is not a digit yet. Go on drawing.")
        elif not has_ink:
            st.caption("Draw a digit from 0 to 9 in the square, with mouse, pen or finger.")


def show_answer(prediction: Prediction | None, image: np.ndarray | None, *, is_ready: bool) -> None:
    """Show the digit, how sure the network is, what it saw and the ten probabilities."""
    with st.container(horizontal=True, gap="medium"):
        with st.container(key="prediction", width=190):
            st.metric(
                "Answer"
                if prediction is None
                else f"Answer, {to_percent(prediction.confidence)} sure",
                "–" if prediction is None else str(prediction.digit),
            )
        pixels = np.zeros((28, 28)) if image is None else image
        enlarged = Image.fromarray(np.uint8(255 * pixels)).resize(
            (140, 140), Image.Resampling.NEAREST
        )
        png = io.BytesIO()
        enlarged.save(png, format="PNG")
        st.image(
            png.getvalue(),
            caption="What the network sees: 28 x 28 pixels",
            width=140,
            alt="The drawing, shrunk and centred as the network gets it",
        )
    probabilities = None if prediction is None else prediction.probabilities
    with st.container(height=PROBABILITY_HEIGHT, border=False):
        # The browser needs a second to load Plotly, which must not keep the canvas waiting.
        if is_ready:
            st.plotly_chart(
                probability_figure(probabilities),
                key="probabilities",
                config={"displayModeBar": False},
                alt="Probability of each digit",
            )


def to_percent(share: float) -> str:
    """Write a share as a percentage that never rounds a doubt away."""
    return "over 99.9%" if share > 0.999 else f"{share:.1%}"


@st.fragment(run_every=0.3)
def wait_for(future: "Future[Classifier]") -> None:
    """Show the page anew as soon as the network is there."""
    if future.done():
        st.rerun()


ensure_frame()
network = loader().classifier(chosen_model())
draw_and_read(network)
model_choice()
if network.done():
    training_engine()  # starts its worker now, so that the first run need not wait for it
else:
    wait_for(network)
