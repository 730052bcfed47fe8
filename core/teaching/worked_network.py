"""The article's network in NumPy: 3 inputs, 4 hidden units with ReLU, 2 outputs with softmax.

Reads like the formulas: a line for each. Knows nothing of TensorFlow, with whose gradients the
tests compare these.
"""

from typing import NamedTuple

import numpy as np

NUM_INPUTS, NUM_HIDDEN, NUM_OUTPUTS = 3, 4, 2
# The smallest number whose logarithm NumPy takes.
_TINY = np.finfo(float).tiny


class Parameters(NamedTuple):
    """What is learned, or the gradient of the loss with respect to it.

    Attributes:
        w1: `(3, 4)`, from each input to each hidden unit.
        b1: `(4,)`.
        w2: `(4, 2)`, from each hidden unit to each output.
        b2: `(2,)`.
    """

    w1: np.ndarray
    b1: np.ndarray
    w2: np.ndarray
    b2: np.ndarray


class Forward(NamedTuple):
    """What the forward pass computes of n inputs.

    Attributes:
        z1: `(n, 4)`, the weighted sums of the hidden units.
        a1: `(n, 4)`, what ReLU leaves of them.
        z2: `(n, 2)`, the weighted sums of the outputs, or logits.
        y_hat: `(n, 2)`, the predicted probabilities.
    """

    z1: np.ndarray
    a1: np.ndarray
    z2: np.ndarray
    y_hat: np.ndarray


# Rounded, so that one can follow with pencil and paper; of each sign, and one unit begins silent.
INPUT = np.array([[0.9, 0.3, 0.5]])
BEGINNING = Parameters(
    w1=np.array([[0.5, -0.4, 0.8, -0.6], [-0.3, 0.7, 0.2, -0.5], [0.6, -0.2, -0.7, 0.4]]),
    b1=np.zeros(NUM_HIDDEN),
    w2=np.array([[-0.7, 0.3], [0.4, -0.6], [0.5, 0.2], [-0.1, 0.9]]),
    b2=np.zeros(NUM_OUTPUTS),
)


def softmax(z: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Turn logits into probabilities along the last axis; a temperature above 1 evens them out."""
    z = z / temperature
    exponentials = np.exp(z - z.max(axis=-1, keepdims=True))  # the same, and never too large
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def forward(x: np.ndarray, parameters: Parameters) -> Forward:
    """Compute the predicted probabilities of inputs `(n, 3)`, and what lies between."""
    z1 = x @ parameters.w1 + parameters.b1
    a1 = np.maximum(z1, 0)
    z2 = a1 @ parameters.w2 + parameters.b2
    return Forward(z1, a1, z2, softmax(z2))


def cross_entropy(y_hat: np.ndarray, y: np.ndarray) -> float:
    """Return the mean loss of probabilities, given the right ones `(n, 2)`: a 1 and a 0 each."""
    return float(-np.mean(np.sum(y * np.log(np.maximum(y_hat, _TINY)), axis=1)))


def backward(x: np.ndarray, y: np.ndarray, parameters: Parameters, passed: Forward) -> Parameters:
    """Return the gradient of the loss with respect to each parameter (backpropagation)."""
    dz2 = (passed.y_hat - y) / len(x)
    dz1 = (dz2 @ parameters.w2.T) * (passed.z1 > 0)
    return Parameters(
        w1=x.T @ dz1,
        b1=dz1.sum(axis=0),
        w2=passed.a1.T @ dz2,
        b2=dz2.sum(axis=0),
    )


def update(parameters: Parameters, gradient: Parameters, learning_rate: float) -> Parameters:
    """Take one step of gradient descent."""
    steps = zip(parameters, gradient, strict=True)
    return Parameters(*(value - learning_rate * slope for value, slope in steps))


def loss_of(x: np.ndarray, y: np.ndarray, parameters: Parameters) -> float:
    """Return the loss of these parameters."""
    return cross_entropy(forward(x, parameters).y_hat, y)


def finite_differences(
    x: np.ndarray, y: np.ndarray, parameters: Parameters, difference: float = 1e-5
) -> Parameters:
    """Return how much the loss changes when each number alone is moved a little, both ways.

    Needs no formula for the gradient, so it tells whether one is right.
    """
    slopes = [np.zeros_like(values) for values in parameters]
    for part, values in enumerate(parameters):
        for place in np.ndindex(values.shape):
            losses = []
            for moved in (difference, -difference):
                changed = values.copy()
                changed[place] += moved
                losses.append(loss_of(x, y, _replaced(parameters, part, changed)))
            slopes[part][place] = (losses[0] - losses[1]) / (2 * difference)
    return Parameters(*slopes)


def _replaced(parameters: Parameters, part: int, values: np.ndarray) -> Parameters:
    return Parameters(*(values if n == part else own for n, own in enumerate(parameters)))


def articles_gradient(
    x: np.ndarray, y: np.ndarray, passed: Forward
) -> dict[str, np.ndarray | None]:
    """Return the gradient by the article's formulas, which are wrong; None where shapes do not fit.

    It subtracts the right answer from the logits instead of the probabilities, leaves out `w2` and
    the slope of ReLU, and gives a difference of two activations as the gradient of `b1`.
    """
    wrong = passed.z2 - y
    fits = wrong.shape[1] == passed.a1.shape[0]  # (3, n) (n, 2) (n, 4)
    return {
        "w1": x.T @ wrong @ passed.a1 if fits else None,
        "b1": (passed.z1 - passed.a1).sum(axis=0),
        "w2": passed.a1.T @ wrong,
        "b2": wrong.sum(axis=0),
    }
