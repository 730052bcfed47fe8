"""What each layer sees: the network as one diagram, and each layer from ink to answer."""

import numpy as np
import streamlit as st

from core.charts import (
    DIAGRAM_HEIGHT,
    PROBABILITY_HEIGHT,
    path_figure,
    probability_figure,
    to_png,
    weight_sheet,
)
from core.explanation import LayerView, Paths, first_filters, see_layers, strongest_paths
from pages.components.choosing import choose
from pages.components.explain.channels import channels
from pages.components.explain.choice import Explained
from pages.components.explain.readers import attention, rows
from pages.components.explain.waiting import when_ready
from pages.components.formats import as_text
from pages.components.resources import explainer

_DIGIT, _STEP = "layers_digit", "layers_step"
_ITS_ANSWER = "answer"
_SIDE = 224  # in pixels
_PLAIN = {"displayModeBar": False}


@st.fragment
def layers_tab(asked: Explained) -> None:
    """Show the diagram, a layer that the user chooses, and the first layer's weights."""
    with st.container(key="layer_activations"):
        st.caption(
            "Follow the thick lines from the image to the answer: they join the channels that "
            "decided. Then step through the layers and see what each makes of the ink."
        )
        _diagram(asked)
        _walk(asked)
        with st.expander("Weights of the first layer"):
            _filters(asked)


@st.fragment
def _diagram(asked: Explained) -> None:
    answer = asked.prediction.digit
    options = {_ITS_ANSWER: f"{answer}, the answer"}
    options |= {str(digit): str(digit) for digit in range(10) if digit != answer}
    with st.container(width=180):
        chosen = choose("Paths to", _DIGIT, options)
    digit = answer if chosen == _ITS_ANSWER else int(chosen)
    paths = when_ready(
        lambda: explainer().explain(strongest_paths, asked.run, asked.image, digit),
        "Finding the strongest paths",
    )
    if paths is None:
        return
    # A place that is as high at once, so that the page does not jump.
    with st.container(key="layers_diagram", height=DIAGRAM_HEIGHT + 8, border=False):
        st.plotly_chart(
            path_figure(
                paths.columns,
                paths.links,
                digit=paths.digit,
                probabilities=paths.probabilities,
            ),
            key="layers_paths",
            config=_PLAIN,
            alt=_describe(paths),
        )
    st.caption(
        f"The channels and neurons that count most for or against a {digit}, the strongest on top. "
        f"Orange counts for it and blue against it; thicker lines carry more. What a layer carries "
        f"in all is by how much the image raises the score of {digit} over that of blank paper."
    )


def _describe(paths: Paths) -> str:
    said = [
        f"{column.name} mostly through {column.units[0] + 1}"
        for column in paths.columns[1:]
        if len(column.units)
    ]
    way = ", ".join(["from the image", *said])
    return f"Strongest paths to {paths.digit}: {way}, to the answer"


@st.fragment
def _walk(asked: Explained) -> None:
    """Let the user step through the layers."""
    views = when_ready(
        lambda: explainer().explain(see_layers, asked.run, asked.image),
        "Computing what each layer gives",
    )
    if views is None:
        return
    steps = list(range(len(views)))
    # Another model may have fewer, and Streamlit hands back whatever the browser sends.
    if st.session_state.get(_STEP) not in steps:
        st.session_state[_STEP] = min(1, steps[-1])
    st.markdown("#### From ink to answer")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        step: int = st.select_slider(
            "Layer",
            steps,
            format_func=lambda number: views[number].name,
            key=_STEP,
            persist_state="session",
            width=420,
        )
        for name, icon, to in (
            ("Previous layer", "arrow_back", step - 1),
            ("Next layer", "arrow_forward", step + 1),
        ):
            st.button(
                name,
                key=f"layers_{icon}",
                icon=f":material/{icon}:",
                disabled=to not in steps,
                on_click=_go,
                args=(to,),
            )
    # One container for each kind, as what they hold comes and goes.
    with st.container(key=f"layers_view_{views[step].kind}"):
        _layer(asked, step, views[step])


def _go(step: int) -> None:
    st.session_state[_STEP] = step


def _layer(asked: Explained, step: int, view: LayerView) -> None:
    if view.kind == "image":
        st.caption("What the network gets: 28 × 28 numbers from 0, paper, to 1, ink.")
        st.image(to_png(asked.image, side=_SIDE), width=_SIDE, alt=as_text(asked.name))
    elif view.kind == "answer":
        st.caption("The last layer makes ten probabilities of what the layers before it found.")
        with st.container(height=PROBABILITY_HEIGHT, border=False):
            st.plotly_chart(
                probability_figure(view.values),
                key="layers_answer",
                config=_PLAIN,
                alt="Probability of each digit",
            )
    else:
        if view.kind == "rows":
            rows(asked)
        elif view.kind == "attention":
            attention(asked, view.name)
        channels(asked, step, view)


def _filters(asked: Explained) -> None:
    filters = when_ready(
        lambda: explainer().explain(first_filters, asked.run), "Reading the weights"
    )
    if filters is None:
        return
    st.image(weight_sheet(np.asarray(filters)), alt="Weights of the first layer")
    st.caption(
        "What the first layer looks for, one picture for each of at most 64 neurons or filters: "
        "ink where it is orange excites it, ink where it is blue calms it."
    )
