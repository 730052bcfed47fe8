"""How a run came to its answers: its first layer and its drawing over the training, to scrub."""

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np
import streamlit as st

from core.charts import in_blocks, weight_sheet
from core.runs import Run, RunRecord
from pages.components.columns import wrapping_columns
from pages.components.drawing_moment import drawing_moment
from pages.components.explain.choice import Explained

_MOMENT = "film_moment"
_STRIP, _SMALL = 8, 9  # frames of the strip, and the pictures of weights in each of them
_STRIP_WIDTH, _WIDE = 92, 256  # in pixels

Frames = Sequence[tuple[int, np.ndarray]]


@st.fragment
def training_film_tab(asked: Explained) -> None:
    """Show how the first layer and the answer to the run's drawing became what they are."""
    with st.container(key="training_film"):
        st.markdown(
            "Move through the training: patterns appear among the first layer's weights while the "
            "answer to the run's drawing settles."
        )
        run = asked.run
        frames = [(step, in_blocks(w)) for step, w in run.film.frames()] if run else []
        if run is None or not frames:
            _empty(run)
            return
        record = run.read()
        limit = max(float(np.abs(weights).max()) for _, weights in frames)
        _strip(frames, limit)
        chosen = _choose(frames)
        left, right = wrapping_columns("training_film", 2, gap="medium")
        with left:
            _weights(frames[chosen], record, limit)
        with right:
            _drawing(run, record, frames[chosen][0])


def _empty(run: Run | None) -> None:
    """Say where there is a film."""
    with st.container(key="no_film", border=True):
        st.markdown("#### Train a network to see how it learns")
        missing = (
            "The model that comes with the app has no record of its training."
            if run is None
            else "This run has no film: it was trained before films were kept, or elsewhere."
        )
        st.markdown(
            f"{missing} Train one here, choose it above, and this shows its first layer's weights "
            "from chance to the end."
        )
        st.page_link("pages/train.py", label="Train a network", icon=":material/model_training:")


def _strip(frames: Frames, limit: float) -> None:
    """Show some frames side by side, small: from the first to the last."""
    places = sorted({int(p) for p in np.linspace(0, len(frames) - 1, min(_STRIP, len(frames)))})
    with st.container(horizontal=True, gap="small", key="film_strip"):
        for place in places:
            step, weights = frames[place]
            st.image(
                weight_sheet(weights[:_SMALL], columns=3, side=_STRIP_WIDTH // 3, limit=limit),
                width=_STRIP_WIDTH,
                caption=f"Step {step:,}",
                alt=f"The first layer's weights after step {step:,}",
            )


def _choose(frames: Frames) -> int:
    """Let the user choose a moment; return the place of its frame."""
    places = range(len(frames))
    if st.session_state.get(_MOMENT) not in places:
        st.session_state[_MOMENT] = places[-1]
    if len(places) == 1:
        return 0
    chosen: int = st.select_slider(
        "Moment",
        places,
        format_func=lambda place: f"Step {frames[place][0]:,}",
        key=_MOMENT,
        persist_state="session",
    )
    return chosen


def _weights(frame: tuple[int, np.ndarray], record: RunRecord, limit: float) -> None:
    step, weights = frame
    per_epoch = record.steps_per_epoch
    when = f"step {step:,}" + (f" (epoch {step / per_epoch:.2f})" if per_epoch else "")
    st.markdown(f"#### First layer after {when}")
    # Of a row of pixels at a time: the neurons stand side by side.
    is_wide = weights.shape[2] > 2 * weights.shape[1]
    shown = {"columns": 2, "side": _WIDE} if is_wide else {}
    st.image(weight_sheet(weights, limit=limit, **shown), alt=f"The first layer's weights: {when}")
    each = (
        "Its weights for the 28 pixels of a row, a column for each gate of each unit"
        if is_wide
        else "One picture for each of its first 64 neurons or filters"
    )
    st.caption(
        f"{each}: orange counts for it, blue against it. All moments share one colour scale."
    )


def _drawing(run: Run, record: RunRecord, step: int) -> None:
    """Show how the run's drawing was read at that moment."""
    st.markdown("#### The drawing of this run")
    image, records = run.drawing(), run.metrics().drawings
    if image is None or not records:
        st.caption(
            "This run was started without a drawing. Draw a digit on the Draw page before you "
            "start one, and here you see how the network learns to read it."
        )
        return
    # The last one of that step or before; the first one comes some steps after the first frame.
    place = max(0, bisect_right([one.step for one in records], step) - 1)
    drawing_moment(
        image,
        records,
        records[place],
        num_epochs=record.num_epochs,
        at=records[place].epoch,
        prefix="film_",
    )
