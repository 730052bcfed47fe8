"""Train the worked network by one step or many, and move any of its numbers by hand."""

import numpy as np

from core.teaching.worked_network import (
    BEGINNING,
    Parameters,
    backward,
    forward,
    loss_of,
    update,
)

FITS = 0.05  # the loss below which the network counts as fitted: the right answer has 95 %
MOST_STEPS = 1_000
LARGEST = 3.0  # to which a number may be moved by hand, either way
_FAR = 1e6

_ENDS = {
    "w1": lambda place: f"x{place[0] + 1} to h{place[1] + 1}",
    "b1": lambda place: f"h{place[0] + 1}",
    "w2": lambda place: f"h{place[0] + 1} to y{place[1] + 1}",
    "b2": lambda place: f"y{place[0] + 1}",
}
# Every number that is learned, by a label such as "w1: x1 to h2" or "b2: y1".
NUMBERS: dict[str, tuple[str, tuple[int, ...]]] = {
    f"{part}: {_ENDS[part](place)}": (part, place)
    for part, values in BEGINNING._asdict().items()
    for place in np.ndindex(values.shape)
}


def train_steps(
    x: np.ndarray,
    y: np.ndarray,
    parameters: Parameters,
    *,
    learning_rate: float,
    num_steps: int,
    until: float = 0.0,
) -> list[Parameters]:
    """Return the parameters after each step of gradient descent.

    Args:
        x: inputs `(n, 3)`.
        y: right answers `(n, 2)`.
        parameters: to begin with.
        learning_rate: 0 leaves everything as it is.
        num_steps: at most so many, and at most `MOST_STEPS`.
        until: the loss at which there are no more steps.
    """
    # More of what changes nothing would change nothing.
    most = min(num_steps, MOST_STEPS) if learning_rate else 1
    steps: list[Parameters] = []
    while len(steps) < most and loss_of(x, y, parameters) > until:
        gradient = backward(x, y, parameters, forward(x, parameters))
        parameters = update(parameters, gradient, learning_rate)
        if max(np.abs(values).max() for values in parameters) > _FAR:
            break  # it has exploded; there is nothing more to see
        steps.append(parameters)
    return steps


def number(parameters: Parameters, label: str) -> float:
    """Return one of the numbers that are learned, by its label in `NUMBERS`."""
    part, place = NUMBERS[label]
    return float(getattr(parameters, part)[place])


def moved(parameters: Parameters, label: str, value: float) -> Parameters:
    """Return the parameters with one number at another value, at most `LARGEST` either way."""
    part, place = NUMBERS[label]
    values = getattr(parameters, part).copy()
    values[place] = np.clip(value, -LARGEST, LARGEST)
    return parameters._replace(**{part: values})
