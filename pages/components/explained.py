"""What the Explain page is to explain, as other pages choose it."""

import streamlit as st

from pages.components.model_choice import EXPLAINED_KEY, SHIPPED

# Of the session: which images are offered, of which one is the drawing on the Draw page, and the
# number of the image in a set, from 1.
IMAGES_KEY, IMAGE_KEY = "explained_images", "explained_image"
DRAWING = "drawing"


def explain_drawing() -> None:
    """Leave the Draw page to explain the answer to what is drawn there."""
    model = st.session_state.get("model", SHIPPED)
    st.session_state.update({IMAGES_KEY: DRAWING, EXPLAINED_KEY: model})
    st.switch_page("pages/explain.py")


def explain_image(model: str, images: str, number: int) -> None:
    """Leave the Evaluate page to explain a model's answer to one of a set of images.

    `model` is the id of a run or `SHIPPED`, `images` the kind of a `core.reports.Source`.
    """
    st.session_state.update({EXPLAINED_KEY: model, IMAGES_KEY: images, IMAGE_KEY: number})
    st.switch_page("pages/explain.py")
