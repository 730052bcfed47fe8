"""What the Explain page opens with: the image, the answer, and the ink that decided."""

import numpy as np
import streamlit as st

from core.charts import PROBABILITY_HEIGHT, attribution_png, probability_figure, to_png
from core.explanation import attribute, describe_place
from pages.components.columns import wrapping_columns
from pages.components.explain.choice import Explained
from pages.components.explain.waiting import when_ready
from pages.components.formats import as_text, confidence_text
from pages.components.resources import explainer

_SIDE = 224  # in pixels
FOR_KEY, AGAINST_KEY = "explained_digit", "explained_against"
_SHOWN_KEY = "explained_before"
_ANY = "any other"


def reason(asked: Explained) -> None:
    """Show image, answer, and which ink speaks for and against the digit that the user chooses."""
    with st.container(key="explained_answer"):
        st.markdown(_answer_text(asked))
        left, middle, right = wrapping_columns("reason", 3, gap="small")
    with left:
        st.image(to_png(asked.image, side=_SIDE), width=_SIDE, alt=asked.name)
        st.caption("What the network gets: 28 x 28 pixels.")
    with middle, st.container(key="attribution_map"):
        place = st.container()  # the map, of what is chosen below it
        _choose_digits(asked)
        with place:
            _map(asked)
    with right, st.container(height=PROBABILITY_HEIGHT, border=False):
        st.plotly_chart(
            probability_figure(asked.prediction.probabilities),
            key="explained_probabilities",
            config={"displayModeBar": False},
            alt="Probability of each digit",
        )


def _answer_text(asked: Explained) -> str:
    prediction = asked.prediction
    said = f"{prediction.digit}, {confidence_text(prediction.confidence)} sure"
    if not prediction.is_sure:
        said = f"not sure, most like {said}"
    truth = "" if asked.label is None else f" It is a {asked.label}."
    return f"{as_text(asked.name)}: **{said}**.{truth}"


def _map(asked: Explained) -> None:
    digit, against = chosen_digits()
    found = when_ready(
        lambda: explainer().explain(
            attribute, asked.run, "integrated_gradients", asked.image, digit, against
        ),
        "Finding the ink that decided",
    )
    if found is not None:
        limit = float(np.abs(found.values).max())
        place = describe_place(found.values)
        st.image(
            attribution_png(asked.image, found.values, limit=limit, side=_SIDE),
            width=_SIDE,
            alt=f"{asked.name}, with the ink that decided in colour. {place}",
        )
        st.caption(f"Orange counts for it, blue against it. {place}")


def chosen_digits() -> tuple[int, int | None]:
    """Return the digit that the user asks about, and the one that it is compared with, if any."""
    digit, against = st.session_state[FOR_KEY], st.session_state[AGAINST_KEY]
    return int(digit), None if against in (_ANY, digit) else int(against)


def _choose_digits(asked: Explained) -> None:
    """Let the user choose a digit, the answer at first, and another that it is compared with."""
    digits = [str(digit) for digit in range(10)]
    this = (asked.model, asked.image.tobytes())
    if st.session_state.get(_SHOWN_KEY) != this or st.session_state.get(FOR_KEY) not in digits:
        # Another image has another answer.
        st.session_state.update({_SHOWN_KEY: this, FOR_KEY: str(asked.prediction.digit)})
        st.session_state[AGAINST_KEY] = _ANY
    if st.session_state.get(AGAINST_KEY) not in [_ANY, *digits]:
        st.session_state[AGAINST_KEY] = _ANY
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        st.selectbox("Why", digits, key=FOR_KEY, persist_state="session", width=92)
        st.selectbox(
            "and not", [_ANY, *digits], key=AGAINST_KEY, persist_state="session", width=130
        )
