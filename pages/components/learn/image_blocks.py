"""Blocks that are moved over the user's own digit: convolution, pooling, attention, an LSTM."""

import numpy as np
import streamlit as st

from core.charts import activation_png, attribution_png, function_figure
from core.teaching import (
    FILTERS,
    LSTMState,
    attention,
    convolve,
    example_digit,
    lstm_step,
    matrix,
    max_pool,
    patches,
)
from pages.components.columns import wrapping_columns
from pages.components.learn.formula import formula
from pages.components.learn.train_link import train_link
from pages.components.learn.values import one_of, real_number

_SIDE = 252  # pixels: 9 for each of the image's
_PATCH = 7
_ROWS = np.arange(1, 29)
_NO_TOOLS = {"displayModeBar": False}


def own_digit(drawn: np.ndarray | None) -> np.ndarray:
    """Return what the network gets of the user's drawing; an example where there is none."""
    if drawn is not None:
        return drawn
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption("This is an example. Draw a digit of your own, and it is here.")
        st.page_link("pages/draw.py", label="Draw a digit", icon=":material/draw:")
    return example_digit()


def convolution(image: np.ndarray) -> None:
    """Move a filter over the digit."""
    name = one_of("learn_filter", tuple(FILTERS))
    st.selectbox("Filter", list(FILTERS), key="learn_filter", persist_state="session")
    kernel = FILTERS[name]
    found = convolve(image, kernel)
    row, column = _place(np.abs(found))
    window = image[row : row + 3, column : column + 3]
    limit = float(np.abs(found).max())
    left, right = wrapping_columns("convolution", 2)
    with left:
        _picture(image, (row, column, 3), "Your digit, and where the filter is")
    with right:
        _picture(
            found, (row, column, 1), f"What it finds: {found.shape[0]} x {found.shape[1]}", limit
        )
    st.caption("Pixels below the filter, times its weights, summed:")
    formula(rf"{matrix(window)} \odot {matrix(kernel)} \;\rightarrow\; {found[row, column]:.3f}")
    st.markdown(
        "Orange is above zero, blue below. The same nine weights are used everywhere, so a stroke "
        "is found wherever it is. A network learns its own filters, many of them."
    )
    train_link("convolution", architecture="convnet", kernel_size=3)


def pooling(image: np.ndarray) -> None:
    """Keep the largest of each square."""
    size = one_of("learn_pool", (2, 4, 7))
    st.segmented_control(
        "Square",
        (2, 4, 7),
        format_func="{0} x {0}".format,
        key="learn_pool",
        required=True,
        persist_state="session",
    )
    pooled = max_pool(image, size)
    row, column = _place(pooled)
    window = image[row * size : (row + 1) * size, column * size : (column + 1) * size]
    left, right = wrapping_columns("pooling", 2)
    with left:
        _picture(image, (row * size, column * size, size), "Your digit, and where the square is")
    with right:
        _picture(pooled, (row, column, 1), f"What is kept: {pooled.shape[0]} x {pooled.shape[1]}")
    formula(rf"\max {matrix(window, decimals=1 if size > 4 else 2)} = {pooled[row, column]:.3f}")
    st.markdown(
        "A quarter of the numbers is left, and of each square the strongest. Moved by a pixel, the "
        "digit often gives the same: that makes a network less particular about places."
    )
    train_link("pooling", architecture="convnet", downsampling="max_pooling")


def patch_attention(image: np.ndarray) -> None:
    """Show how much each patch of the digit attends to each other one."""
    cut = patches(image, _PATCH)
    _, weights = attention(cut, cut, cut)
    per_row = 28 // _PATCH
    row, column = _place(cut.sum(axis=1).reshape(per_row, per_row))
    chosen = row * per_row + column
    own = weights[chosen].reshape(per_row, per_row)
    over_image = own.repeat(_PATCH, axis=0).repeat(_PATCH, axis=1)
    left, right = wrapping_columns("attention", 2)
    with left:
        _picture(image, (row * _PATCH, column * _PATCH, _PATCH), "Your digit, and the patch")
    with right:
        difference = over_image - 1 / weights.shape[1]
        st.image(
            attribution_png(image, difference, limit=float(np.abs(difference).max()), side=_SIDE),
            width=_SIDE,
            alt="The digit, coloured by how much the patch attends to each other patch",
        )
        st.caption("Orange: more attention than an equal share. Blue: less.")
    formula(
        r"\mathrm{softmax}\left(\frac{Q K^T}{\sqrt{d}}\right): \quad \allowbreak "
        rf"\text{{its row}} = {matrix(own)}, \quad \text{{sum}} = {own.sum():.3f}"
    )
    st.markdown(
        "Here query and key are the patch's pixels themselves, so a patch looks at those with ink "
        "in the same places. A vision transformer first multiplies both with weights that it "
        "learns, and so looks for whatever helps; Explain shows that of a trained one."
    )
    train_link("attention", architecture="vit", patch_size=_PATCH)


def lstm(image: np.ndarray) -> None:
    """Let the user set three gates and see what a memory keeps of the digit's 28 rows."""
    left, right = wrapping_columns("lstm", 2)
    with left:
        gates = {}
        for name, default in (("Forget", 2.0), ("Input", 0.0), ("Output", 2.0)):
            gates[name] = real_number(f"learn_gate_{name}", default, -6.0, 6.0)
            st.slider(
                f"{name} gate, before its sigmoid", -6.0, 6.0, step=0.5,
                key=f"learn_gate_{name}", persist_state="session",
            )  # fmt: skip
    ink = image.sum(axis=1) / image.sum(axis=1).max()
    # One unit that reads how much ink a row has; only the candidate depends on that.
    kernel = np.array([[0.0, 0.0, 2.0, 0.0]])
    bias = np.array([gates["Input"], gates["Forget"], 0.0, gates["Output"]])
    state, states = LSTMState(np.zeros(1), np.zeros(1)), []
    for amount in ink:
        state = lstm_step(np.array([amount]), state, kernel, np.zeros((1, 4)), bias)
        states.append(state)
    with right:
        st.plotly_chart(
            function_figure(
                _ROWS,
                {
                    "Ink in the row": ink,
                    "Memory c": np.array([float(one.c[0]) for one in states]),
                    "Output h": np.array([float(one.h[0]) for one in states]),
                },
                title="Row, from top to bottom",
            ),
            key="lstm_plot",
            config=_NO_TOOLS,
            alt="Ink, memory and output for each row of the digit",
        )
    opened = {name: 1 / (1 + np.exp(-value)) for name, value in gates.items()}
    formula(
        rf"c \leftarrow {opened['Forget']:.2f} \, c + {opened['Input']:.2f} \, \tanh(2x), "
        rf"\qquad \allowbreak h = {opened['Output']:.2f} \, \tanh(c)"
    )
    st.markdown(
        "Close the forget gate (far left), and the memory holds the last row only. Open it (far "
        "right), and it adds up all that it has read. A network learns when to open which."
    )
    train_link("lstm", architecture="lstm")


def _place(values: np.ndarray) -> tuple[int, int]:
    """Let the user choose one of some values, at first the largest; return row and column."""
    count, places = len(values), []
    largest = np.unravel_index(values.argmax(), values.shape)
    for column, name, first in zip(st.columns(2), ("Row", "Column"), largest, strict=True):
        key = f"learn_{name}_{count}"
        value = real_number(key, int(first) + 1, 1, count)
        st.session_state[key] = int(value)
        column.slider(name, 1, count, key=key, persist_state="session")
        places.append(int(value) - 1)
    return places[0], places[1]


def _picture(
    values: np.ndarray, box: tuple[int, int, int], caption: str, limit: float = 1.0
) -> None:
    st.image(activation_png(values, limit=limit, side=_SIDE, box=box), width=_SIDE, alt=caption)
    st.caption(caption)
