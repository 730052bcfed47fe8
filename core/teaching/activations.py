"""The activation functions that a network here can have, with their derivatives."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, ndtr

Function = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Activation:
    """A function of a neuron's weighted sum z, elementwise.

    Attributes:
        formula: LaTeX, as is `derivative_formula`.
        says: what to look for in its plot.
    """

    function: Function
    derivative: Function
    formula: str
    derivative_formula: str
    says: str


def _sigmoid_slope(z: np.ndarray) -> np.ndarray:
    return expit(z) * (1 - expit(z))


def _relu(z: np.ndarray) -> np.ndarray:
    return np.maximum(z, 0.0)


def _relu_slope(z: np.ndarray) -> np.ndarray:
    return (z > 0).astype(float)


def _tanh_slope(z: np.ndarray) -> np.ndarray:
    return 1 - np.tanh(z) ** 2


def _gelu(z: np.ndarray) -> np.ndarray:
    return z * ndtr(z)


def _gelu_slope(z: np.ndarray) -> np.ndarray:
    return ndtr(z) + z * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)


# By the values of the hyperparameter `activation`.
# GELU: Hendrycks and Gimpel 2016, arXiv 1606.08415.
ACTIVATIONS: dict[str, Activation] = {
    "relu": Activation(
        _relu,
        _relu_slope,
        r"\max(0, z)",
        r"\begin{cases} 1 & z > 0 \\ 0 & z \le 0 \end{cases}",
        "Its slope is 1 for every positive sum, so a gradient passes through unchanged. For a "
        "negative sum it is 0: a unit whose sum is negative for every image learns nothing more, "
        "it has died.",
    ),
    "gelu": Activation(
        _gelu,
        _gelu_slope,
        r"z \, \Phi(z)",
        r"\Phi(z) + z \, \varphi(z)",
        "A smooth ReLU: sums a little below zero still have a slope. Φ is the share of a normal "
        "distribution that lies below z, φ its density.",
    ),
    "tanh": Activation(
        np.tanh,
        _tanh_slope,
        r"\tanh z = \frac{e^{z} - e^{-z}}{e^{z} + e^{-z}}",
        r"1 - \tanh^2 z",
        "The hyperbolic tangent. The article calls it a logarithmic function, which it is not: it "
        "is made of exponentials. Its values lie between −1 and 1 and its slope is at most 1; far "
        "from zero it is flat and hardly learns.",
    ),
    "sigmoid": Activation(
        expit,
        _sigmoid_slope,
        r"\sigma(z) = \frac{1}{1 + e^{-z}}",
        r"\sigma(z) \, (1 - \sigma(z))",
        "Its slope is at most a quarter, so four layers of it leave at most 1/256 of a gradient: "
        "it vanishes on its way to the first layer.",
    ),
}
