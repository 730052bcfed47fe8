"""What the Explain page opens with: the image, the answer, and the ink that decided."""

import numpy as np
import streamlit as st

from core.charts import PROBABILITY_HEIGHT, attribution_png, probability_figure, to_png
from core.explanation import describe_place, integrated_gradients
from pages.components.columns import wrapping_columns
from pages.components.explain.choice import Explained
from pages.components.explain.waiting import when_ready
from pages.components.formats import as_text, confidence_text
from pages.components.resources import explainer

_SIDE = 224  # in pixels
FOR_KEY, AGAINST_KEY = "explained_digit", "explained_against"
_SHOWN_KEY = "explained_before"
_ANY = "any other"


@st.fragment
def reason(asked: Explained) -> None:
    """Show image, answer, and which ink speaks for and against the digit that the user chooses."""
    with st.container(key="explained_answer"):
        left, right = wrapping_columns("reason", 2, gap="medium")
    with left:
        _answer(asked)
    with right, st.container(key="attribution_map"):
        digit, against = choose_digits(asked)
        found = when_ready(
            lambda: explainer().explain(
                integrated_gradients, asked.run, asked.image, digit, against
            ),
            "Finding the ink that decided",
        )
        if found is not None:
            limit = float(np.abs(found).max())
            place = describe_place(found)
            st.image(
                attribution_png(asked.image, found, limit=limit, side=_SIDE),
                width=_SIDE,
                alt=f"{asked.name}, with the ink that decided in colour. {place}",
            )
            st.caption(f"Orange counts for it, blue against it. {place}")


def choose_digits(asked: Explained) -> tuple[int, int | None]:
    """Let the user choose a digit, the answer at first, and another that it is compared with."""
    digits = [str(digit) for digit in range(10)]
    this = (asked.run.id if asked.run else "", asked.image.tobytes())
    if st.session_state.get(_SHOWN_KEY) != this or st.session_state.get(FOR_KEY) not in digits:
        # Another image has another answer.
        st.session_state.update({_SHOWN_KEY: this, FOR_KEY: str(asked.prediction.digit)})
        st.session_state[AGAINST_KEY] = _ANY
    if st.session_state.get(AGAINST_KEY) not in [_ANY, *digits]:
        st.session_state[AGAINST_KEY] = _ANY
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        digit = st.selectbox("Why", digits, key=FOR_KEY, persist_state="session", width=92)
        against = st.selectbox(
            "and not", [_ANY, *digits], key=AGAINST_KEY, persist_state="session", width=130
        )
    return int(digit), None if against in (_ANY, digit) else int(against)


def _answer(asked: Explained) -> None:
    prediction = asked.prediction
    said = f"{prediction.digit}, {confidence_text(prediction.confidence)} sure"
    if not prediction.is_sure:
        said = f"not sure, most like {said}"
    truth = "" if asked.label is None else f" It is a {asked.label}."
    st.markdown(f"{as_text(asked.name)}: **{said}**.{truth}")
    with st.container(horizontal=True, gap="medium"):
        st.image(to_png(asked.image, side=_SIDE), width=_SIDE, alt=as_text(asked.name))
        with st.container(height=PROBABILITY_HEIGHT, border=False, width="stretch"):
            st.plotly_chart(
                probability_figure(prediction.probabilities),
                key="explained_probabilities",
                config={"displayModeBar": False},
                alt="Probability of each digit",
            )
