"""Two losses of one prediction, as functions of the probability that was given to the right answer.

The prediction is the sigmoid of a logit, so that both losses can be compared by what reaches it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Function = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Loss:
    """A loss of the probability p of the right answer.

    Attributes:
        gradient: with respect to the logit, whose sigmoid p is.
        formula: LaTeX, as is `gradient_formula`.
    """

    loss: Function
    gradient: Function
    formula: str
    gradient_formula: str


# By the values of the hyperparameter `loss`.
LOSSES: dict[str, Loss] = {
    "cross_entropy": Loss(
        lambda p: -np.log(p),
        lambda p: p - 1,
        r"-\ln p",
        r"p - 1",
    ),
    "mean_squared_error": Loss(
        lambda p: (1 - p) ** 2,
        lambda p: -2 * p * (1 - p) ** 2,
        r"(1 - p)^2",
        r"-2 \, p \, (1 - p)^2",
    ),
}
