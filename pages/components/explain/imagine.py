"""What the network imagines for a digit, or for two at once."""

import streamlit as st

from core.charts import PROBABILITY_HEIGHT, probability_figure, sheet
from core.explanation import imagine
from pages.components.explain.changed_answer import choose_digit, image_picture, read_again
from pages.components.explain.choice import Explained
from pages.components.explain.waiting import when_ready
from pages.components.resources import explainer

_NONE = "no other"


def imagined_digit(asked: Explained) -> None:
    """Show an image made for the network alone, which it takes for the digits that are chosen."""
    st.caption(
        "It begins with noise and changes every pixel, again and again, so that the network gets "
        "surer of a digit. Look for strokes that you know: it need not look like a digit to you, "
        "and yet the network takes it for one."
    )
    digits = [str(digit) for digit in range(10)]
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        digit = choose_digit(
            "Digit", "imagined_digit", digits, str(asked.prediction.digit), width=92
        )
        also = choose_digit("and at once", "imagined_also", [_NONE, *digits], _NONE, width=130)
    other = None if also in (_NONE, digit) else int(also)
    found = when_ready(
        lambda: explainer().explain(imagine, asked.run, int(digit), other), "Imagining"
    )
    after = read_again(asked, found.images[-1]) if found is not None else None
    if found is None or after is None:
        return
    name = f"Imagined {digit}" if other is None else f"Imagined {digit} and {also} at once"
    with st.container(horizontal=True, gap="small"):
        image_picture(found.images[-1], name, after)
        with st.container(height=PROBABILITY_HEIGHT, border=False, width="stretch"):
            st.plotly_chart(
                probability_figure(after.probabilities),
                key="imagined_probabilities",
                config={"displayModeBar": False},
                alt="Probability of each digit for the imagined image",
            )
    st.image(sheet([found.images], scale=2), alt="From noise to the imagined image in six pictures")
    st.caption("From noise, on the left, to the image above.")
