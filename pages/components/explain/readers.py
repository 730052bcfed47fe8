"""How an LSTM reads row by row, and which patches a vision transformer attends to."""

import streamlit as st

from core.charts import ROWS_HEIGHT, attribution_png, rows_figure, weight_sheet
from core.explanation import read_rows, see_attention
from pages.components.explain.choice import Explained
from pages.components.explain.waiting import when_ready
from pages.components.formats import as_text
from pages.components.resources import explainer

_WIDTH, _SIDE = 640, 112  # in pixels
_MOST_HEADS = 16


def rows(asked: Explained) -> None:
    """Show what a recurrent network would answer after each row, and its state."""
    reading = when_ready(
        lambda: explainer().explain(read_rows, asked.run, asked.image), "Reading row by row"
    )
    if reading is None:
        return
    last = int(reading.probabilities[-1].argmax())
    settled = reading.settled
    found = f"From row {settled} on it says {last}" if settled > 1 else f"It says {last} throughout"
    st.markdown(f"It reads the image from top to bottom. **{found}.**")
    with st.container(height=ROWS_HEIGHT + 8, border=False, width=_WIDTH):
        st.plotly_chart(
            rows_figure(asked.image, reading.probabilities),
            key="layers_rows",
            config={"displayModeBar": False},
            alt=f"The answer after each row of the image. {found}.",
        )
    st.caption(
        "On a level with each row: how probable each digit is if nothing but the rows down to it "
        "were read; the dot marks the answer."
    )
    st.image(
        weight_sheet(reading.states[None], columns=1, side=_WIDTH),
        alt="The state after each row, a column for each neuron",
    )
    st.caption(
        f"Its state, the numbers that it remembers: from top to bottom the 28 rows, a column for "
        f"each of its {reading.states.shape[1]} neurons. Orange is above zero, blue below."
    )


def attention(asked: Explained, name: str) -> None:
    """Show which patches an attention layer looks at."""
    found = when_ready(
        lambda: explainer().explain(see_attention, asked.run, asked.image), "Finding the attention"
    )
    layer = next((one for one in found or () if one.name == name), None)
    if layer is None:
        return
    maps = layer.over_image()
    mean = maps.mean(axis=0)
    limit = float(abs(maps).max())
    heads = [("All heads", mean)] + [
        (f"Head {number}", one) for number, one in enumerate(maps[:_MOST_HEADS], 1)
    ]
    with st.container(horizontal=True, gap="small"):
        for title, values in heads:
            st.image(
                attribution_png(asked.image, values, limit=limit, side=_SIDE),
                caption=title,
                width=_SIDE,
                alt=f"{as_text(asked.name)} with the attention of {title.lower()}",
            )
    st.caption(
        "Where it looks: orange patches get more attention than an equal share, blue ones less. "
        "Each head may look for something of its own."
    )
