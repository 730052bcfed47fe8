"""Show how a drawing becomes the network's input, and what normalising it changes."""

import numpy as np
import streamlit as st

from core.charts import to_png
from core.classifier import Classifier, Prediction
from core.drawing import naive_shrink, stages
from pages.components.formats import confidence_text


def show_preprocessing(rgba: np.ndarray, classifier: Classifier) -> None:
    """Show the drawing merely shrunk and normalised, with an answer for each; then every stage."""
    steps = stages(rgba)
    shrunk = naive_shrink(rgba)
    st.markdown("##### The same drawing, two ways")
    with st.container(horizontal=True):  # two of these have room beside each other on a phone
        _tile("Your drawing", steps[0].image if steps else shrunk, "as you drew it")
        _tile("Merely shrunk", shrunk, _reads(classifier.predict(shrunk)))
        if steps:
            normalised = steps[-1].image
            _tile("Normalised", normalised, _reads(classifier.predict(normalised)))
    st.caption(
        "The network learned from MNIST's images, in which every digit has the same size and is "
        "centred. Merely shrunk, a drawing keeps its size and position: draw a small digit in a "
        "corner and compare."
    )
    st.markdown("##### Step by step")
    with st.container(horizontal=True, gap="medium"):
        for number, step in enumerate(steps, start=1):
            _tile(f"{number}. {step.name}", step.image, step.sentence, side=140)


def _tile(title: str, image: np.ndarray, note: str, *, side: int = 168) -> None:
    with st.container(width=side):
        st.image(to_png(image, side=side), width=side, alt=f"{title}: {note}")
        st.markdown(f"**{title}**")
        st.caption(note)


def _reads(prediction: Prediction) -> str:
    if not prediction.is_sure:
        return f"not sure, most like {prediction.digit}"
    return f"read as {prediction.digit}, {confidence_text(prediction.confidence)} sure"
