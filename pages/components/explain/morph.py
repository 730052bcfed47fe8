"""A morph from the image to another one, and the place where the answer turns."""

import numpy as np
import streamlit as st

from core.charts import CHANGE_HEIGHT, change_figure, sheet
from core.explanation import Morph, morph, nearest_image
from core.reports import Measurement, Source
from pages.components.columns import chart_columns
from pages.components.explain.changed_answer import (
    choose_digit,
    compared,
    image_picture,
    read_again,
)
from pages.components.explain.choice import Explained
from pages.components.explain.waiting import when_ready
from pages.components.resources import explainer, reports

_END_KEY, _STEP_KEY, _SHOWN_KEY = "morph_end", "morph_step", "morph_shown"
_DRAWING = "your drawing"


def morph_between(asked: Explained) -> None:
    """Show the image on its way to another one, and how it is read there."""
    st.caption(
        "The ink moves, step by step, to where it is in another image; a line marks where the "
        "answer turns. Look whether you would change your mind at the same place."
    )
    place = st.container()
    end = _choose_end(asked)
    if end is None:
        return
    found = when_ready(
        lambda: explainer().explain(morph, asked.run, asked.image, end), "Moving the ink"
    )
    if found is None:
        return
    step = _choose_step(asked, found, end)
    after = read_again(asked, found.images[step])
    if after is None:
        return
    with place, st.container(horizontal=True, gap="small"):
        image_picture(asked.image, "Before", asked.prediction)
        image_picture(found.images[step], f"After {_percent(found, step)}% of the way", after)
        shown = range(0, len(found.images), 2)
        st.image(sheet([found.images[shown]]), alt="The way from one image to the other")
    left, right = chart_columns("morph")
    with left:
        compared(asked, after, key="morph_compared")
    with right, st.container(height=CHANGE_HEIGHT, border=False):
        st.plotly_chart(
            change_figure(
                np.linspace(0, 100, len(found.images)),
                found.probabilities,
                title="Share of the way",
                at=_percent(found, step),
                turns=[_percent(found, turn) for turn in found.turns],
            ),
            key="morph_path",
            config={"displayModeBar": False},
            alt="Probability of each digit on the way",
        )


def _choose_end(asked: Explained) -> np.ndarray | None:
    """Let the user choose what the image becomes: their drawing, or a test image of a digit."""
    drawing = asked.drawn
    has_other = drawing is not None and not np.allclose(drawing, asked.image, atol=0.01)
    options = [*([_DRAWING] if has_other else []), *map(str, range(10))]
    second = str(int(np.argsort(asked.prediction.probabilities)[-2]))
    chosen = choose_digit(
        "Turn it into", _END_KEY, options, _DRAWING if has_other else second, width=150
    )
    if chosen == _DRAWING:
        return drawing
    images = when_ready(
        lambda: Measurement(reports().images(Source("test")), 0.0), "Loading the images"
    )
    if images is None:
        return None
    nearest = nearest_image(asked.image, images.images[images.labels == int(chosen)])
    if nearest is None:
        st.info(f"There is no test image of a {chosen}.", icon=":material/info:")
        return None
    return nearest


def _choose_step(asked: Explained, found: Morph, end: np.ndarray) -> int:
    """Let the user choose a place on the way, where the answer turns at first."""
    this = (asked.model, asked.image.tobytes(), end.tobytes())
    last = len(found.images) - 1
    percents = [_percent(found, step) for step in range(last + 1)]
    if st.session_state.get(_SHOWN_KEY) != this or st.session_state.get(_STEP_KEY) not in percents:
        turn = found.turns[0] if found.turns else last
        st.session_state.update({_SHOWN_KEY: this, _STEP_KEY: percents[turn]})
    digits = found.probabilities.argmax(axis=1)
    turns = [f"at {percents[i]}% from {digits[i - 1]} to {digits[i]}" for i in found.turns]
    said = f"The answer turns {', '.join(turns)}." if turns else "The answer stays the same."
    st.markdown(said)
    chosen = st.select_slider(
        "Share of the way",
        percents,
        format_func=lambda percent: f"{percent}%",
        key=_STEP_KEY,
        persist_state="session",
        width=480,
    )
    return percents.index(chosen)


def _percent(found: Morph, step: int) -> int:
    return round(100 * step / (len(found.images) - 1))
