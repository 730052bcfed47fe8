"""Blocks that are functions of a few numbers: activations, losses, softmax, dropout."""

import numpy as np
import streamlit as st

from core.charts import function_figure
from core.hyperparameters import choice_label
from core.teaching import ACTIVATIONS, LOSSES, drop, matrix, softmax
from pages.components.columns import wrapping_columns
from pages.components.learn.formula import formula
from pages.components.learn.train_link import train_link
from pages.components.learn.values import one_of, real_number

_NO_TOOLS = {"displayModeBar": False}
_Z = np.linspace(-5, 5, 201)
_P = np.linspace(0.001, 0.999, 300)
_NUM_UNITS = 24


def activations() -> None:
    """Show an activation function and its derivative, and both at a place."""
    name = one_of("learn_activation", tuple(ACTIVATIONS))
    st.segmented_control(
        "Activation",
        list(ACTIVATIONS),
        format_func=lambda value: choice_label("activation", value),
        key="learn_activation",
        required=True,
        persist_state="session",
    )
    shown = ACTIVATIONS[name]
    z = real_number("learn_z", 1.0, -5.0, 5.0)
    left, right = wrapping_columns("activations", 2)
    with left:
        st.plotly_chart(
            function_figure(
                _Z,
                {"Value": shown.function(_Z), "Derivative": shown.derivative(_Z)},
                title="Weighted sum z",
                at=z,
            ),
            key="activation_plot",
            config=_NO_TOOLS,
            alt=f"{choice_label('activation', name)} and its derivative",
        )
    with right:
        st.slider("Weighted sum z", -5.0, 5.0, step=0.1, key="learn_z", persist_state="session")
        value, slope = (float(f(np.array(z))) for f in (shown.function, shown.derivative))
        formula(rf"f(z) = {shown.formula} = {value:.3f}")
        formula(rf"f'(z) = {shown.derivative_formula} = {slope:.3f}")
        st.markdown(shown.says)
        st.markdown(
            f"Through four layers of it, a gradient is multiplied by {slope:.3f}⁴ = {slope**4:.4f}."
        )
        train_link("activations", activation=name)


def losses() -> None:
    """Show both losses and their gradients against the probability of the right answer."""
    p = real_number("learn_p", 0.1, 0.01, 0.99)
    st.slider(
        "Probability of the right answer",
        0.01,
        0.99,
        step=0.01,
        key="learn_p",
        persist_state="session",
    )
    titles = {name: choice_label("loss", name) for name in LOSSES}
    left, right = wrapping_columns("losses", 2)
    for column, title, part, y_range in (
        (left, "Loss", "loss", (0.0, 5.0)),
        (right, "Gradient at the logit", "gradient", (-1.05, 0.05)),
    ):
        with column:
            st.markdown(f"**{title}**")
            curves = {titles[name]: getattr(own, part)(_P) for name, own in LOSSES.items()}
            st.plotly_chart(
                function_figure(
                    _P, curves, title="Probability of the right answer", at=p, y_range=y_range
                ),
                key=f"losses_{part}",
                config=_NO_TOOLS,
                alt=f"{title} of cross-entropy and of mean squared error",
            )
    for name, own in LOSSES.items():
        loss, gradient = (float(f(np.array(p))) for f in (own.loss, own.gradient))
        formula(
            rf"\text{{{titles[name]}: }} L = {own.formula} = {loss:.3f}, \qquad \allowbreak "
            rf"\frac{{\partial L}}{{\partial z}} = {own.gradient_formula} = {gradient:.3f}"
        )
    st.markdown(
        "Where the network is sure of a wrong answer, on the left, cross-entropy pushes with all "
        "its strength. The gradient of the mean squared error is nearly zero there: it **stalls** "
        "just where there is most to learn."
    )
    train_link("losses", loss="mean_squared_error")


def softmax_block() -> None:
    """Turn three logits into probabilities, at a temperature."""
    names = ("a", "b", "c")
    left, right = wrapping_columns("softmax", 2)
    with left:
        logits = []
        for name, default in zip(names, (2.0, 1.0, -1.0), strict=True):
            logits.append(real_number(f"learn_logit_{name}", default, -6.0, 6.0))
            st.slider(
                f"Logit {name}",
                -6.0,
                6.0,
                step=0.1,
                key=f"learn_logit_{name}",
                persist_state="session",
            )
        temperature = real_number("learn_temperature", 1.0, 0.1, 10.0)
        st.slider(
            "Temperature T", 0.1, 10.0, step=0.1, key="learn_temperature", persist_state="session"
        )
    probabilities = softmax(np.array(logits), temperature)
    with right:
        for name, share in zip(names, probabilities, strict=True):
            st.progress(float(share), text=f"{name}: {share:.1%}")
        formula(
            rf"\mathrm{{softmax}}\left(\frac{{1}}{{{temperature:g}}} {matrix(np.array(logits))}"
            rf"\right) = {matrix(probabilities)}"
        )
    st.markdown(
        "Only differences count: add the same to all three, and nothing changes. A temperature "
        "above 1 makes the network less sure without changing its answer; that is how the app "
        "corrects a network that is surer than it should be."
    )
    train_link("softmax", label_smoothing=0.1)


def dropout() -> None:
    """Switch units off at random, as in each step of training."""
    rate = real_number("learn_dropout", 0.3, 0.0, 0.9)
    st.slider("Dropout", 0.0, 0.9, step=0.05, key="learn_dropout", persist_state="session")
    seed: int = st.session_state.setdefault("learn_dropout_step", 0)
    values, kept = drop(np.ones(_NUM_UNITS), rate, seed)
    st.markdown(" ".join("⬤" if on else "◯" for on in kept))
    st.caption(
        f"{kept.sum()} of {_NUM_UNITS} units are on (filled), the others are off in this step."
    )

    def another() -> None:
        st.session_state["learn_dropout_step"] = seed + 1

    st.button("Another step", key="another_step", icon=":material/casino:", on_click=another)
    formula(
        rf"\text{{each unit that is on: }} \frac{{1}}{{1 - {rate:g}}} = {1 / (1 - rate):.3f}, "
        rf"\qquad \allowbreak \text{{mean of all: }} {values.mean():.3f}"
    )
    st.markdown(
        "No unit can rely on another one being there, so each learns something useful of its own. "
        "Those that are on count for more, so that the sum stays about the same. When the network "
        "answers, all are on."
    )
    train_link("dropout", dropout=round(rate, 2))
