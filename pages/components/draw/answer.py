"""A network's answer: the digit, how sure it is, what it saw, and all ten probabilities."""

import numpy as np
import streamlit as st

from core.charts import PROBABILITY_HEIGHT, probability_figure, to_png
from core.classifier import Prediction
from pages.components.formats import confidence_text

NO_ANSWER = "–"


def show_answer(prediction: Prediction | None, image: np.ndarray | None, *, is_ready: bool) -> None:
    """Show an answer, or placeholders for it.

    Args:
        prediction: the answer, if there is one.
        image: the network's input, shape `(28, 28)` in [0, 1], ink 1; None where there is none.
        is_ready: whether the network is loaded; the chart waits for it.
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
