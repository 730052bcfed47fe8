"""Gradient descent with momentum on a loss of two weights, and what the learning rate decides."""

from typing import Literal

import numpy as np

# How fast the slope changes along each weight: the valley is 12 times as steep across as along.
CURVATURE = np.array([1.0, 12.0])
# Without momentum, a step across the valley ends further out than it began above this rate.
HIGHEST_RATE = 2 / CURVATURE.max()
LIMIT = 3.0  # weights of this size or less are shown
_FAR = 1e6

Outcome = Literal["creeps", "learns", "explodes"]


def surface(weights: np.ndarray) -> np.ndarray:
    """Return the loss of weights `(..., 2)`."""
    return (CURVATURE * weights**2).sum(axis=-1) / 2


def slope(weights: np.ndarray) -> np.ndarray:
    """Return its gradient, of the same shape as the weights."""
    return CURVATURE * weights


def descend(
    start: np.ndarray, *, learning_rate: float, momentum: float = 0.0, num_steps: int = 50
) -> np.ndarray:
    """Return where the weights are at the start and after each step, as Keras's SGD moves them.

    Returns:
        array `(steps + 1, 2)`; it ends early where the weights leave every measure.
    """
    path, velocity = [np.asarray(start, float)], np.zeros(2)
    while len(path) <= num_steps and np.abs(path[-1]).max() < _FAR:
        velocity = momentum * velocity - learning_rate * slope(path[-1])
        path.append(path[-1] + velocity)
    return np.array(path)


def outcome(path: np.ndarray) -> Outcome:
    """Say what became of a descent: its loss rose, is more than a tenth of the first, or fell."""
    first, last = surface(path[0]), surface(path[-1])
    if last > first:
        return "explodes"
    return "creeps" if last > first / 10 else "learns"


def last_losses(start: np.ndarray, rates: np.ndarray) -> np.ndarray:
    """Return the loss at the end of a descent of 50 steps for each learning rate."""
    paths = (descend(start, learning_rate=rate) for rate in rates)
    return np.array([surface(path[-1]) for path in paths])
