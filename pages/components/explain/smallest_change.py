"""The smallest change of pixels that turns the answer into another digit."""

import numpy as np
import streamlit as st

from core.charts import CHANGE_HEIGHT, attribution_png, change_figure
from core.classifier import Prediction
from core.explanation import ChangeMethod, Changes, change_answer
from pages.components.columns import chart_columns
from pages.components.explain.changed_answer import (
    SIDE,
    choose_digit,
    compared,
    image_picture,
    picture,
    read_again,
)
from pages.components.explain.choice import Explained
from pages.components.explain.waiting import when_ready
from pages.components.resources import explainer

_ANY = "any other"
_METHODS: dict[str, ChangeMethod] = {"Many small steps (PGD)": "pgd", "One step (FGSM)": "fgsm"}
_METHOD_KEY, _TARGET_KEY, _SIZE_KEY = "change_method", "change_target", "change_size"
_SHOWN_KEY = "change_shown"


def smallest_change(asked: Explained) -> None:
    """Show the image changed by as little as turns its answer, or by what the user chooses."""
    st.caption(
        "Every pixel may get a little lighter or darker, by no more than the size below. A person "
        "would still read the same digit; see at which size the network no longer does."
    )
    with st.container(key="counterfactual"):
        pictures = st.container()
        method, target = _choose(asked)
        changes = when_ready(
            lambda: explainer().explain(change_answer, asked.run, asked.image, target, method),
            "Looking for the smallest change",
        )
        if changes is None:
            return
        index = _choose_size(asked, changes, (method, target))
        with pictures:
            after = _pictures(asked, changes, index)
    if after is None:
        return
    left, right = chart_columns("changes")
    with left:
        compared(asked, after, key="change_compared")
    with right, st.container(height=CHANGE_HEIGHT, border=False):
        turns = [] if changes.smallest is None else [float(changes.percent[changes.smallest])]
        st.plotly_chart(
            change_figure(
                changes.percent,
                changes.probabilities,
                title="Size of the change, of full ink",
                at=float(changes.percent[index]),
                turns=turns,
            ),
            key="change_sizes",
            config={"displayModeBar": False},
            alt="Probability of each digit for each size of the change",
        )


def _choose(asked: Explained) -> tuple[ChangeMethod, int | None]:
    """Let the user choose how to change the image, and which digit is to come of it."""
    if st.session_state.get(_METHOD_KEY) not in _METHODS:
        st.session_state[_METHOD_KEY] = next(iter(_METHODS))
    targets = [_ANY, *(str(d) for d in range(10) if d != asked.prediction.digit)]
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        target = choose_digit("Turn it into", _TARGET_KEY, targets, _ANY, width=130)
        method = st.selectbox(
            "Method", list(_METHODS), key=_METHOD_KEY, persist_state="session", width=220
        )
    return _METHODS[method], None if target == _ANY else int(target)


def _choose_size(asked: Explained, changes: Changes, how: tuple[ChangeMethod, int | None]) -> int:
    """Let the user choose the size, the smallest that turns the answer at first."""
    sizes = [int(size) for size in changes.percent]
    this = (asked.model, asked.image.tobytes(), how)
    at = len(sizes) - 1 if changes.smallest is None else changes.smallest
    if st.session_state.get(_SHOWN_KEY) != this or st.session_state.get(_SIZE_KEY) not in sizes:
        st.session_state.update({_SHOWN_KEY: this, _SIZE_KEY: sizes[at]})
    wanted = "another digit" if how[1] is None else f"a {how[1]}"
    if changes.smallest is None:
        st.markdown(
            f"In this way it is not read as {wanted} at any size up to {sizes[-1]}% of full ink."
        )
    else:
        st.markdown(
            f"From a size of **{sizes[at]}% of full ink** on it is read as {wanted}, and at "
            f"{sizes[at] - 1}% it is not."
        )
    size = st.select_slider(
        "Size of the change, in percent of full ink",
        sizes,
        format_func=lambda percent: f"{percent}%",
        key=_SIZE_KEY,
        persist_state="session",
        width=480,
    )
    return sizes.index(size)


def _pictures(asked: Explained, changes: Changes, index: int) -> Prediction | None:
    """Show the image, what is changed, and what comes of it; return the answer to that."""
    image = changes.images[index]
    after = read_again(asked, image)
    if after is None:
        return None
    difference = image - asked.image
    with st.container(horizontal=True, gap="small"):
        image_picture(asked.image, "Before", asked.prediction)
        picture(
            attribution_png(
                asked.image, difference, limit=float(np.abs(difference).max()), side=SIDE
            ),
            f"The change, by up to {changes.percent[index]}%: orange is more ink, blue less.",
            alt="Where ink is added and where it is taken away",
        )
        image_picture(image, "After", after)
    return after
