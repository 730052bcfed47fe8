"""Every step of the worked network with its formula, and where the article is wrong."""

import numpy as np
import streamlit as st

from core.teaching import (
    A1_FORMULA,
    GRADIENTS,
    INPUT_FORMULA,
    LOSS_FORMULA,
    SOFTMAX_FORMULA,
    UPDATE_FORMULA,
    Z1_FORMULA,
    Z2_FORMULA,
    Forward,
    Parameters,
    articles_gradient,
    finite_differences,
    loss_of,
    train_steps,
)
from pages.components.columns import wrapping_columns
from pages.components.learn.formula import formula, inline
from pages.components.learn.numbers import NUMBERS_STYLE, Part, numbers, show_numbers

_STYLE = (
    ".step { display: flex; flex-wrap: wrap; align-items: center; gap: 0.25rem 1rem;"
    " margin-bottom: 1rem; }"
    ".step > div { flex: 1 1 18rem; min-width: 0; }"
    ".step > .numbers { flex-grow: 2; }"
)


def forward_steps(x: np.ndarray, y: np.ndarray, parameters: Parameters, passed: Forward) -> None:
    """Show what leads from the input to the loss."""
    _show_steps(
        ("Input", INPUT_FORMULA, x),
        (
            "Weighted sums of the hidden units",
            Z1_FORMULA,
            *(x, parameters.w1, "+", parameters.b1, "=", passed.z1),
        ),
        ("ReLU: what is below zero becomes zero", A1_FORMULA, passed.a1),
        (
            "Weighted sums of the outputs, the logits",
            Z2_FORMULA,
            *(passed.a1, parameters.w2, "+", parameters.b2, "=", passed.z2),
        ),
        ("Probabilities", SOFTMAX_FORMULA, passed.y_hat),
        (
            "Loss: cross-entropy with the right answer Y",
            LOSS_FORMULA,
            *("Y =", y, "L =", loss_of(x, y, parameters)),
        ),
    )


def backward_steps(
    x: np.ndarray, y: np.ndarray, parameters: Parameters, gradient: Parameters, rate: float
) -> None:
    """Show the gradient of each parameter, and what an update does."""
    st.caption("Each number says how fast the loss rises when that weight or bias rises a little.")
    following = train_steps(x, y, parameters, learning_rate=rate, num_steps=1)
    after = [loss_of(x, y, following[-1])] if following else ["too large to go on"]
    _show_steps(
        *(
            (_title(name), texts.formula, getattr(gradient, name))
            for name, texts in GRADIENTS.items()
        ),
        (
            "Update, with the learning rate η",
            UPDATE_FORMULA,
            *(f"η = {rate:g}: the loss goes from", loss_of(x, y, parameters), "to", *after),
        ),
    )


def articles_formulas(
    x: np.ndarray, y: np.ndarray, parameters: Parameters, passed: Forward, gradient: Parameters
) -> None:
    """Show what the article has, and how one can tell that it is wrong."""
    st.markdown(
        "Move one number a little up, then a little down, and see how much the loss changes: such "
        "**finite differences** need no formula, so they tell which formula is right. The article "
        "has one more mistake, in a word: it calls tanh a logarithmic function, see "
        "[Activation functions](learn?part=blocks&block=activations)."
    )
    measured = finite_differences(x, y, parameters)
    claimed = articles_gradient(x, y, passed)
    for name, texts in GRADIENTS.items():
        slopes = getattr(measured, name)
        with st.container(border=True, key=f"article_{name}"):
            st.markdown(f"**{_title(name)}.** {texts.wrong}")
            left, middle, right = wrapping_columns(f"article_{name}", 3, gap="small")
            with left:
                _compared("The article", texts.articles, claimed[name], slopes)
            with middle:
                right_side = texts.formula.split(" = ")[1]
                _compared("Right", right_side, getattr(gradient, name), slopes)
            with right:
                st.markdown("Measured, by finite differences")
                show_numbers(slopes)


def _compared(title: str, latex: str, values: np.ndarray | None, slopes: np.ndarray) -> None:
    """Show a formula, what it gives, and how far that is from what was measured."""
    formula(latex, title)
    if values is None:
        st.markdown("There is no such product, so there are no numbers.")
        return
    show_numbers(values)
    off = float(np.abs(values - slopes).max())
    st.caption("✓ As measured, to within 0.0001." if off < 1e-4 else f"✗ Off by up to {off:.3f}.")


def _title(name: str) -> str:
    kind, place = ("Weights" if name[0] == "w" else "Biases"), name[1]
    return f"{kind} {name}, {'input to hidden' if place == '1' else 'hidden to output'}"


def _show_steps(*steps: tuple[str, str, *tuple[Part, ...]]) -> None:
    """Show each step: its title and formula on the left, the numbers on the right.

    All of them in one element: a browser needs as long for each element as for what is in it.
    """
    shown = "\n\n".join(
        f'<div class="step"><div>\n\n{title}\n\n{inline(latex)}\n\n</div>{numbers(*parts)}</div>'
        for title, latex, *parts in steps
    )
    st.markdown(f"<style>{NUMBERS_STYLE}{_STYLE}</style>\n\n{shown}", unsafe_allow_html=True)
