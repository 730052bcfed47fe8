"""A changed image as the classifier reads it, beside the answer before: what the tools share."""

import numpy as np
import streamlit as st

from core.charts import COMPARED_HEIGHT, compared_figure, to_png
from core.classifier import Classifier, Prediction
from pages.components.explain.choice import Explained
from pages.components.explain.waiting import when_ready
from pages.components.formats import confidence_text
from pages.components.resources import explainer

SIDE = 168  # in pixels


def read_again(asked: Explained, image: np.ndarray) -> Prediction | None:
    """Return the answer of the same model to another image; None where there is none."""
    return when_ready(
        lambda: explainer().explain(Classifier.predict, asked.run, image), "Reading the image"
    )


def answer_text(prediction: Prediction) -> str:
    """Say what an image is read as, and whether the app would give that answer."""
    said = f"**{prediction.digit}**, {confidence_text(prediction.confidence)} sure"
    if prediction.is_sure:
        return f"read as {said}"
    return f"the app would say “I am not sure”; most like {said}"


def picture(png: bytes, caption: str, *, alt: str) -> None:
    """Show a picture with a caption of its width below it."""
    with st.container(width=SIDE, gap="xsmall"):
        st.image(png, width=SIDE, alt=alt)
        st.caption(caption)


def image_picture(image: np.ndarray, name: str, prediction: Prediction) -> None:
    """Show an image with what it is read as."""
    said = answer_text(prediction)
    png = to_png(image, side=SIDE)
    picture(png, f"{name}: {said}.", alt=f"{name}: {said.replace('*', '')}")


def compared(asked: Explained, after: Prediction, *, key: str) -> None:
    """Show the probabilities of a changed image beside those of the image as it was."""
    with st.container(height=COMPARED_HEIGHT, border=False):
        st.plotly_chart(
            compared_figure(asked.prediction.probabilities, after.probabilities),
            key=key,
            config={"displayModeBar": False},
            alt="Probability of each digit, before and after the change",
        )


def choose_digit(label: str, key: str, options: list[str], default: str, *, width: int) -> str:
    """Let the user choose a digit or another option; `default` at first, and for what is none."""
    # Streamlit hands back whatever the browser sends.
    if st.session_state.get(key) not in options:
        st.session_state[key] = default
    chosen: str = st.selectbox(label, options, key=key, persist_state="session", width=width)
    return chosen
