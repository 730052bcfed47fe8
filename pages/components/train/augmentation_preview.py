"""A preview of training images under the chosen augmentation."""

from concurrent.futures import wait

import streamlit as st

from core.hyperparameters import Hyperparameters
from pages.components.resources import loader, wait_for

# Long enough for a preview once TensorFlow is loaded, so that the page does not jump.
_PATIENCE_SECONDS = 0.25


def augmentation_preview(hyperparameters: Hyperparameters) -> None:
    """Show training images before and after augmentation; nothing where there is none."""
    if not hyperparameters.augments:
        return
    future = loader().augmentation_preview(hyperparameters)
    wait([future], timeout=_PATIENCE_SECONDS)
    with st.container(key="augmentation_preview"):
        if not future.done():
            wait_for(future, text="Preparing the preview of the augmentation.")
        elif not future.exception():
            st.image(future.result(), width="stretch", alt="Training images, augmented")
            st.caption(
                "Top row: training images as they are. Below: each as training might use it in "
                "three epochs. Validation and test images are never changed."
            )
