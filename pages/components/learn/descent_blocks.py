"""Blocks on how weights move: gradient descent with momentum, and the learning rate."""

import numpy as np
import streamlit as st

from core.charts import descent_figure, function_figure
from core.teaching import HIGHEST_RATE, LIMIT, descend, last_losses, outcome, surface
from pages.components.columns import wrapping_columns
from pages.components.learn.formula import formula
from pages.components.learn.train_link import train_link
from pages.components.learn.values import one_of, real_number

_NO_TOOLS = {"displayModeBar": False}
_START = np.array([-2.5, 1.0])
_AXIS = np.linspace(-LIMIT, LIMIT, 61)
_RATES = (0.001, 0.003, 0.01, 0.03, 0.05, 0.1, 0.15, 0.16, 0.17, 0.2)
_ALL_RATES = np.geomspace(0.0005, 0.4, 120)
_PLOT_KEY = "descent_plot"
_SAYS = {
    "creeps": "it **creeps**: after 50 steps it is still far from the lowest point.",
    "learns": "it **learns**: after 50 steps it is near the lowest point.",
    "explodes": "it **explodes**: each step leads further out than the one before.",
}


def descent() -> None:
    """Let the user start somewhere on a surface and follow the weights."""
    rate = one_of("learn_descent_rate", _RATES, 0.05)
    momentum = real_number("learn_momentum", 0.0, 0.0, 0.95)
    start = _clicked()
    left, right = wrapping_columns("descent", 2)
    path = descend(start, learning_rate=rate, momentum=momentum)
    with left:
        grid = np.stack(np.meshgrid(_AXIS, _AXIS), axis=-1)
        st.plotly_chart(
            descent_figure(_AXIS, surface(grid), path, titles=("Weight 1", "Weight 2")),
            key=_PLOT_KEY,
            config=_NO_TOOLS,
            on_select="rerun",
            selection_mode="points",
            alt=f"The path of both weights on the loss, a long valley, in {len(path) - 1} steps",
        )
        st.caption("Darker is higher. Click anywhere to start there. ● start, ✕ end.")
    with right:
        st.select_slider(
            "Learning rate",
            _RATES,
            format_func="{:g}".format,
            key="learn_descent_rate",
            persist_state="session",
        )
        st.slider("Momentum", 0.0, 0.95, step=0.05, key="learn_momentum", persist_state="session")
        st.markdown(f"From here {_SAYS[outcome(path)]}")
        formula(r"v \leftarrow m v - \eta \nabla L, \qquad w \leftarrow w + v")
        st.markdown(
            f"From a loss of {surface(path[0]):.3g} to {surface(path[-1]):.3g} in {len(path) - 1} "
            "steps. The valley is 12 times as steep across as along. Without momentum a rate that "
            "is safe across is slow along; momentum gathers speed along it, and evens out the "
            "zigzag."
        )
        train_link("descent", optimizer="sgd", momentum=round(momentum, 2), learning_rate=rate)


def learning_rate() -> None:
    """Show what is left of the loss after 50 steps, for every learning rate."""
    rate = one_of("learn_rate", _RATES, 0.05)
    st.select_slider(
        "Learning rate",
        _RATES,
        format_func="{:g}".format,
        key="learn_rate",
        persist_state="session",
    )
    first = float(surface(_START))
    ends = last_losses(_START, _ALL_RATES)
    learns = float(_ALL_RATES[np.argmax(ends < first / 10)])
    st.plotly_chart(
        function_figure(
            _ALL_RATES,
            {
                "Loss after 50 steps": np.maximum(ends, 1e-9),
                "Loss at the start": np.full(120, first),
            },
            title="Learning rate",
            at=rate,
            y_range=(1e-8, 1e5),
            is_logarithmic=True,
            regions=(
                (_ALL_RATES[0], learns, "creeps"),
                (learns, HIGHEST_RATE, "learns"),
                (HIGHEST_RATE, _ALL_RATES[-1], "explodes"),
            ),
        ),
        key="rates_plot",
        config=_NO_TOOLS,
        alt="The loss after 50 steps against the learning rate: it creeps, learns, or explodes",
    )
    path = descend(_START, learning_rate=rate)
    st.markdown(f"At {rate:g} {_SAYS[outcome(path)]}")
    formula(rf"\eta < \frac{{2}}{{\text{{steepness}}}} = \frac{{2}}{{12}} = {HIGHEST_RATE:.3f}")
    st.markdown(
        "A step across the valley lands on the other side. Above this rate it lands higher than it "
        "began, every time. Nobody knows the steepness of a real network's loss, and it changes "
        "while it learns: so one tries, and schedules begin low or end low."
    )
    train_link("learning_rate", learning_rate=rate)


def _clicked() -> np.ndarray:
    """Return the place that was clicked; the usual start where none was."""
    match st.session_state.get(_PLOT_KEY):
        case {
            "selection": {"points": [{"x": int() | float() as x, "y": int() | float() as y}, *_]}
        }:
            place = np.array([x, y], float)
            if (np.abs(place) <= LIMIT).all():
                return place
    return _START
