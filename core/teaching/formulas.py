"""The formulas of the worked network in LaTeX, those of the article beside them, and numbers."""

from dataclasses import dataclass

import numpy as np

INPUT_FORMULA = r"X"
Z1_FORMULA = r"Z_1 = X W_1 + b_1"
A1_FORMULA = r"A_1 = \mathrm{ReLU}(Z_1) = \max(0, Z_1)"
Z2_FORMULA = r"Z_2 = A_1 W_2 + b_2"
SOFTMAX_FORMULA = r"\hat{Y} = \mathrm{softmax}(Z_2) = \frac{e^{Z_2}}{\sum e^{Z_2}}"
LOSS_FORMULA = r"L = -\sum Y \ln \hat{Y}"
UPDATE_FORMULA = r"W \leftarrow W - \eta \, \frac{\partial L}{\partial W}"
_DZ1 = r"\bigl((\hat{Y} - Y) W_2^T\bigr) \odot [Z_1 > 0]"


@dataclass(frozen=True)
class Gradient:
    """The gradient with respect to one of the parameters.

    Attributes:
        formula: the right one, as LaTeX.
        articles: what the article has in its place.
        wrong: what is wrong with that, and how one can tell.
    """

    formula: str
    articles: str
    wrong: str


# By the name of the parameter, in the order in which backpropagation finds them.
GRADIENTS: dict[str, Gradient] = {
    "w2": Gradient(
        r"\frac{\partial L}{\partial W_2} = A_1^T (\hat{Y} - Y)",
        r"A_1^T (Z_2 - Y)",
        "It subtracts the right answer from the logits, which are any numbers, and not from the "
        "probabilities. Even for a perfect answer it would not be zero.",
    ),
    "b2": Gradient(
        r"\frac{\partial L}{\partial b_2} = \hat{Y} - Y",
        r"Z_2 - Y",
        "It makes the same mistake: logits in the place of probabilities. The right one always "
        "sums to zero, since what one answer gains the other loses.",
    ),
    "w1": Gradient(
        rf"\frac{{\partial L}}{{\partial W_1}} = X^T \, {_DZ1}",
        r"X^T (Z_2 - Y) A_1",
        "The shapes do not fit: (3 × 1) (1 × 2) (1 × 4) is not a product. And W2 is missing: the "
        "error reaches W1 through W2, and only through hidden units that ReLU did not set to zero.",
    ),
    "b1": Gradient(
        rf"\frac{{\partial L}}{{\partial b_1}} = {_DZ1}",
        r"Z_1 - A_1",
        "That is what ReLU has cut off. The right answer does not occur in it, so the gradient "
        "would be the same for every Y.",
    ),
}


def matrix(values: np.ndarray, decimals: int = 3) -> str:
    """Write numbers as a LaTeX matrix; a vector is a row."""
    rows = np.atleast_2d(values)
    lines = [" & ".join(number_text(float(value), decimals) for value in row) for row in rows]
    return r"\begin{bmatrix} " + r" \\ ".join(lines) + r" \end{bmatrix}"


def number_text(value: float, decimals: int = 3) -> str:
    """Write a number with so many decimals; a large one as a power of ten."""
    if abs(value) >= 10_000:
        return f"{value:.1e}"
    # Without a minus before what is rounded to zero.
    return f"{round(value, decimals) + 0.0:.{decimals}f}"
