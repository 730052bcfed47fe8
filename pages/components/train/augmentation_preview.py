"""A picture of what the chosen augmentation does to training images."""

from concurrent.futures import wait
from typing import TYPE_CHECKING

import streamlit as st

from core.hyperparameters import Hyperparameters
from pages.components.resources import loader

if TYPE_CHECKING:
    from concurrent.futures import Future

# Long enough for a picture once TensorFlow is loaded, so that the page shows it without a jump.
_PATIENCE_SECONDS = 0.25


def augmentation_preview(settings: Hyperparameters) -> None:
    """Show training images as they are and as these settings change them; nothing without any."""
    if not settings.augments:
        return
    future = loader().augmentation_preview(settings)
    wait([future], timeout=_PATIENCE_SECONDS)
    with st.container(key="augmentation_preview"):
        if not future.done():
            _wait_for(future)
        elif not future.exception():
            st.image(future.result(), width="stretch", alt="Training images, augmented")
            st.caption(
                "Top row: training images as they are. Below: each as training might see it in "
                "three epochs. Validation and test images stay as they are."
            )


@st.fragment(run_every=0.5)
def _wait_for(future: "Future[bytes]") -> None:
    st.caption(":shimmer[Drawing what augmentation does to the images.]")
    if future.done():
        st.rerun()
