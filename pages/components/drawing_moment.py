"""How a run's network read its drawing at one moment of the training, and over all of it."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from core.charts import (
    CURVE_CONFIG,
    PROBABILITY_HEIGHT,
    drawing_figure,
    probability_figure,
    to_png,
)
from core.runs import DrawingRecord

_SIDE = 112  # in pixels


def drawing_moment(
    image: np.ndarray,
    records: Sequence[DrawingRecord],
    moment: DrawingRecord,
    *,
    num_epochs: int,
    at: float | None,
    prefix: str = "",
) -> None:
    """Show the drawing, its probabilities at a moment, and these over the epochs.

    Args:
        image: the drawing, float array of shape `(28, 28)` in [0, 1].
        records: of all moments.
        moment: one of them.
        num_epochs: that there are to be.
        at: the epoch to mark.
        prefix: of the elements' keys.
    """
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        st.image(to_png(image, side=_SIDE), width=_SIDE, alt="The drawing as the network gets it")
        with st.container(
            key=f"{prefix}drawing_bars",
            width="stretch",
            height=PROBABILITY_HEIGHT + 8,
            border=False,
        ):
            st.plotly_chart(
                probability_figure(np.array(moment.probabilities)),
                key=f"{prefix}plot_drawing",
                config={"displayModeBar": False},
                alt="Probability of each digit for your drawing",
            )
    digit = int(np.argmax(moment.probabilities))
    st.caption(
        f"After step {moment.step:,} (epoch {moment.epoch:.2f}) it reads your drawing as "
        f"**{digit}**, with {moment.probabilities[digit]:.0%}."
    )
    with st.container(key=f"{prefix}drawing_timeline"):
        st.plotly_chart(
            drawing_figure(records, num_epochs=num_epochs, at=at),
            key=f"{prefix}plot_timeline",
            config=CURVE_CONFIG,
            alt="How your drawing was classified over the epochs",
        )
