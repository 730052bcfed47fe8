"""The confusion matrix, and from each of its cells to the images: which digits a model confuses."""

import base64
from collections.abc import Callable, Sequence

import streamlit as st

from core.charts import PROBABILITY_HEIGHT, confusion_figure, probability_figure, to_png
from core.data import as_floats
from core.evaluation import Evaluation, Shown, select_images
from pages.components.columns import wrapping_columns
from pages.components.evaluate.summary import per_digit
from pages.components.formats import as_text, confidence_text

_TILE, _LARGE = 56, 168  # in pixels
_NUM_AT_ONCE = 24
_ANY = "any"
_DIGITS = [_ANY, *map(str, range(10))]
_SHOWN: dict[str, Shown] = {"Misread": "misread", "Not sure": "not sure", "All": "all"}
_STYLE = (
    f".st-key-mistake_tiles img {{ width: {_TILE}px !important; height: {_TILE}px !important;"
    " max-height: none !important; image-rendering: pixelated; border-radius: 0.3rem; }"
    " .st-key-mistake_tiles button { height: auto; padding: 0.3rem 0.5rem;"
    " border-radius: 0.6rem; }"
)
_NUM_SHOWN = "num_mistakes"
_PLOT, _TRUE, _READ, _SHOW = "confusion_plot", "true_digit", "read_as", "shown_images"


@st.fragment
def confusions(evaluation: Evaluation, explain: Callable[[int], None]) -> None:
    """Show the confusion matrix beside the images of the cell that is chosen.

    `explain` leaves the page to explain the answer to an image, given its number from 1.
    """
    for key, options in ((_TRUE, _DIGITS), (_READ, _DIGITS), (_SHOW, [*_SHOWN])):
        # Streamlit hands back whatever the browser sends.
        if st.session_state.get(key) not in options:
            st.session_state[key] = options[0]
    left, right = wrapping_columns("confusions", 2)
    with left, st.container(key="confusion_matrix"):
        st.markdown("#### Confusion matrix")
        st.caption("Click a cell to see its images.")
        label, answer = _digit(_TRUE), _digit(_READ)
        selected = None if label is None or answer is None else (label, answer)
        st.plotly_chart(
            confusion_figure(evaluation.report.confusion, selected),
            key=_PLOT,
            config={"displayModeBar": False},
            on_select=_choose_cell,
            selection_mode="points",
            alt="How many images of each digit were read as which",
        )
    with right, st.container(key="mistakes"):
        st.markdown("#### Images")
        _images(evaluation, explain)
    per_digit(evaluation)


def _images(evaluation: Evaluation, explain: Callable[[int], None]) -> None:
    """Show the images that fit what the user asks for."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.selectbox("True digit", _DIGITS, key=_TRUE, on_change=_show_all, width=92)
        st.selectbox("Read as", _DIGITS, key=_READ, on_change=_show_all, width=92)
        st.selectbox("Show", [*_SHOWN], key=_SHOW, width=122)
        low, high = st.slider("Confidence (%)", 0, 100, (0, 100), width=170)
    found = select_images(
        evaluation.probabilities,
        evaluation.images.labels,
        evaluation.calibration,
        shown=_SHOWN[st.session_state[_SHOW]],
        label=_digit(_TRUE),
        answer=_digit(_READ),
        confidence=(low / 100, high / 100),
    )
    if not len(found):
        st.info("There is no such image.", icon=":material/search:")
        return
    num_shown = st.session_state.get(_NUM_SHOWN, _NUM_AT_ONCE)
    shown = [int(index) for index in found[:num_shown]]
    num_found = "1 image" if len(found) == 1 else f"{len(found):,} images"
    st.caption(f"{num_found}, the most confident mistakes first. Click one to see its answer.")
    chosen = _tiles(evaluation, shown)
    if len(found) > num_shown:
        st.button(
            "Show more", key="more_mistakes", icon=":material/expand_more:", on_click=_show_more
        )
    if chosen is not None:
        _one_image(evaluation, chosen, explain)


def _tiles(evaluation: Evaluation, shown: Sequence[int]) -> int | None:
    """Show some images, each with its digit and the answer; return the one that is chosen."""
    if st.session_state.get("chosen_image") not in shown:
        st.session_state["chosen_image"] = None
    st.html(f"<style>{_STYLE}</style>")
    with st.container(key="mistake_tiles"):
        chosen: int | None = st.pills(
            "Images",
            shown,
            format_func=lambda index: _tile(evaluation, index),
            key="chosen_image",
            label_visibility="collapsed",
            wrap=True,
        )
    return chosen


def _tile(evaluation: Evaluation, index: int) -> str:
    """Return Markdown of one image: Streamlit tells options apart by it, so it names the image."""
    png = base64.b64encode(_png(evaluation, index, side=_TILE)).decode()
    label, answer = _label(evaluation, index), evaluation.probabilities[index].argmax()
    picture = f"![Image {evaluation.indices[index] + 1}](data:image/png;base64,{png})"
    return f"{picture} **{label}** as {answer}"


def _one_image(evaluation: Evaluation, index: int, explain: Callable[[int], None]) -> None:
    """Show one image, all ten probabilities of the answer to it, and the way to the reasons."""
    number = int(evaluation.indices[index]) + 1
    probabilities = evaluation.probabilities[index]
    label, answer = _label(evaluation, index), int(probabilities.argmax())
    said = f"read as {answer}, {confidence_text(float(probabilities[answer]))} sure"
    if not evaluation.calibration.is_sure(probabilities):
        said += ", below the threshold: “I am not sure”"
    writers = evaluation.images.writers
    by = f", drawn by {as_text(writers[index])}" if writers and writers[index] else ""
    with st.container(key="chosen_image_answer", border=True):
        st.markdown(f"Image {number:,}: a **{label}**{by}, {said}.")
        with st.container(horizontal=True, gap="medium"):
            st.image(_png(evaluation, index, side=_LARGE), width=_LARGE, alt=f"A {label}, {said}")
            with st.container(height=PROBABILITY_HEIGHT, border=False, width="stretch"):
                st.plotly_chart(
                    probability_figure(probabilities),
                    key="image_probabilities",
                    config={"displayModeBar": False},
                    alt="Probability of each digit",
                )
        if st.button("Why?", key="explain_image", icon=":material/psychology_alt:"):
            explain(number)


def _png(evaluation: Evaluation, index: int, *, side: int) -> bytes:
    return to_png(as_floats(evaluation.images.images[index]), side=side)


def _label(evaluation: Evaluation, index: int) -> int:
    return int(evaluation.images.labels[index])


def _digit(key: str) -> int | None:
    """Return the digit that a filter asks for; None where any will do."""
    value = st.session_state[key]
    return None if value == _ANY else int(value)


def _show_more() -> None:
    st.session_state[_NUM_SHOWN] = st.session_state.get(_NUM_SHOWN, _NUM_AT_ONCE) + _NUM_AT_ONCE


def _show_all() -> None:
    """Show what was read correctly, too, where a cell is chosen by its digits."""
    if _ANY not in (st.session_state[_TRUE], st.session_state[_READ]):
        st.session_state[_SHOW] = "All"


def _choose_cell() -> None:
    """Filter by the cell that was clicked; by none where it was clicked again."""
    points = st.session_state[_PLOT].selection.points
    cell = points[0].get("customdata") if points else None
    if isinstance(cell, list) and len(cell) == 2 and all(map(range(10).__contains__, cell)):
        st.session_state[_TRUE], st.session_state[_READ] = (str(int(digit)) for digit in cell)
        st.session_state[_SHOW] = "All"
    else:
        st.session_state.update({_TRUE: _ANY, _READ: _ANY, _SHOW: next(iter(_SHOWN))})
