"""The article's network, with every number movable, and the buttons that train it."""

import numpy as np
import streamlit as st

from core.charts import function_figure, network_svg
from core.teaching import (
    BEGINNING,
    FITS,
    INPUT,
    LARGEST,
    MOST_STEPS,
    NUMBERS,
    WORKED_NETWORK,
    Forward,
    Parameters,
    backward,
    forward,
    loss_of,
    moved,
    number,
    train_steps,
)
from pages.components.columns import wrapping_columns
from pages.components.learn.train_link import train_link
from pages.components.learn.values import one_of, real_number
from pages.components.learn.worked_steps import (
    articles_formulas,
    backward_steps,
    forward_steps,
)

_HISTORY_KEY, _NUMBER_KEY, _VALUE_KEY = "worked_history", "worked_number", "worked_value"
_RATE_KEY, _RIGHT_KEY = "worked_rate", "worked_right"
_PART_KEY = "worked_part"
_FORWARD, _BACKWARD = "Forward: the answer", "Backward: the gradients"
_PARTS = (_FORWARD, _BACKWARD, "Where the article is wrong")
_RATES = (0.0, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
_OUTPUTS = ("y1", "y2")
_NAMES = (("x1", "x2", "x3"), ("h1", "h2", "h3", "h4"), _OUTPUTS)


def worked_network() -> None:
    """Show the network, its numbers and buttons, and every step with its formula."""
    st.markdown(
        "Three numbers go in, two probabilities come out. Move any number and watch the others "
        "follow; press **Step** to let the network learn from its mistake."
    )
    _all_steps()
    train_link(WORKED_NETWORK, architecture="mlp", hidden_units=(4,))


@st.fragment  # so that a moved number is all that is computed anew
def _all_steps() -> None:
    history, rate = _history(), one_of(_RATE_KEY, _RATES, 0.1)
    x, y = _input(), np.eye(len(_OUTPUTS))[[_OUTPUTS.index(one_of(_RIGHT_KEY, _OUTPUTS))]]
    losses = [loss_of(x, y, parameters) for parameters in history]
    parameters = history[-1]
    passed = forward(x, parameters)
    left, right = wrapping_columns("worked", 2)
    with left:
        _loss(losses[-1])
        with st.container(key="worked_network"):
            _network(passed, x, parameters)
        _buttons(x, y, rate)
    with right:
        _numbers(parameters)
        curve = st.container()
    _steps(x, y, parameters, passed, rate)
    with curve:
        _losses(losses)  # last, because a browser takes longest to draw it


def _steps(
    x: np.ndarray, y: np.ndarray, parameters: Parameters, passed: Forward, rate: float
) -> None:
    """Let the user choose which of the steps to follow: all at once would not follow in time."""
    gradient = backward(x, y, parameters, passed)
    part = one_of(_PART_KEY, _PARTS)
    st.segmented_control(
        "Follow the numbers", _PARTS, key=_PART_KEY, required=True, persist_state="session"
    )
    if part == _FORWARD:
        forward_steps(x, y, parameters, passed)
    elif part == _BACKWARD:
        backward_steps(x, y, parameters, gradient, rate)
    else:
        articles_formulas(x, y, parameters, passed, gradient)


def _history() -> list[Parameters]:
    """Return the parameters since the beginning, of which the last are those of now."""
    history: list[Parameters] = st.session_state.setdefault(_HISTORY_KEY, [BEGINNING])
    return history


def _input() -> np.ndarray:
    values = [
        real_number(f"worked_{name}", default, -1.0, 1.0)
        for name, default in zip(_NAMES[0], INPUT[0], strict=True)
    ]
    return np.array([values])


def _network(passed: Forward, x: np.ndarray, parameters: Parameters) -> None:
    part, place = NUMBERS[one_of(_NUMBER_KEY, tuple(NUMBERS))]
    marked = (int(part == "w2"), place[0], place[1]) if part in ("w1", "w2") else None
    st.image(
        network_svg(
            [x[0], passed.a1[0], passed.y_hat[0]],
            [parameters.w1, parameters.w2],
            _NAMES,
            marked=marked,
        ),
        width="stretch",
        alt="Three inputs, four hidden units and two outputs with their values, and the weights "
        "between them as lines",
    )
    st.caption(
        "Solid orange: a weight above zero. Dashed blue: below zero. The wider, the larger. In "
        "the circles: the inputs, what ReLU gives, and the probabilities."
    )


def _buttons(x: np.ndarray, y: np.ndarray, rate: float) -> None:
    def step(count: int, until: float = 0.0) -> None:
        history = _history()
        steps = train_steps(x, y, history[-1], learning_rate=rate, num_steps=count, until=until)
        history.extend(steps)
        del history[: -MOST_STEPS - 1]

    def back() -> None:
        if len(_history()) > 1:
            _history().pop()

    history = _history()
    with st.container(horizontal=True, gap="small"):
        st.button("Step", key="training_step", type="primary", on_click=step, args=(1,))
        st.button("Ten steps", key="ten_steps", on_click=step, args=(10,))
        st.button("Until it fits", key="until_it_fits", on_click=step, args=(MOST_STEPS, FITS))
        is_first = len(history) < 2
        st.button("Back", key="step_back", icon=":material/undo:", on_click=back, disabled=is_first)
        st.button(
            "Start again",
            key="start_again",
            icon=":material/restart_alt:",
            on_click=lambda: st.session_state.pop(_HISTORY_KEY, None),
            disabled=is_first,
        )


def _loss(loss: float) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(key="worked_loss", width="content"):
            st.metric("Loss", f"{loss:.4f}", width="content")
        st.markdown(
            f"**It fits**: the right answer has {np.exp(-loss):.0%}."
            if loss < FITS
            else f"The right answer has {np.exp(-loss):.0%}. It fits at {np.exp(-FITS):.0%}."
        )


def _losses(losses: list[float]) -> None:
    st.plotly_chart(
        function_figure(
            np.arange(len(losses)),
            {"Loss": np.array(losses)},
            title="Loss after each step, or number moved",
            x_range=(0, max(10, len(losses))),
            y_range=(0, 1.1 * max(1.0, *losses)),
        ),
        key="worked_losses",
        config={"displayModeBar": False},
        alt="The loss after each step, and after each number that was moved",
    )


def _numbers(parameters: Parameters) -> None:
    """Let the user move any weight or bias, the inputs, the right answer and the learning rate."""
    st.selectbox("Weight or bias to move", list(NUMBERS), key=_NUMBER_KEY, persist_state="session")
    label = one_of(_NUMBER_KEY, tuple(NUMBERS))
    # After each step it has another value.
    st.session_state[_VALUE_KEY] = float(np.clip(number(parameters, label), -LARGEST, LARGEST))
    st.slider(label, -LARGEST, LARGEST, step=0.01, key=_VALUE_KEY, on_change=_move, args=(label,))
    columns = st.columns(3, gap="small")
    for column, name in zip(columns, _NAMES[0], strict=True):
        column.slider(name, -1.0, 1.0, step=0.1, key=f"worked_{name}", persist_state="session")
    st.segmented_control(
        "Right answer", _OUTPUTS, key=_RIGHT_KEY, required=True, persist_state="session"
    )
    st.select_slider(
        "Learning rate η",
        _RATES,
        format_func="{:g}".format,
        key=_RATE_KEY,
        persist_state="session",
    )


def _move(label: str) -> None:
    history = _history()
    value = real_number(_VALUE_KEY, 0.0, -LARGEST, LARGEST)
    history.append(moved(history[-1], label, value))
