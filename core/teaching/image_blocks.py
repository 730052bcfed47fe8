"""What the layers of a network do to an image, or a row of numbers: one function for each.

Each takes its weights, instead of having learned them, and computes what Keras's layer of that name
does with these.
"""

from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.special import expit

from core.teaching.worked_network import softmax

# Filters that one can understand; those of a network are learned.
FILTERS: dict[str, np.ndarray] = {
    "Upright edges": np.array([[-1.0, 0.0, 1.0]] * 3) / 3,
    "Level edges": np.array([[-1.0], [0.0], [1.0]]) * np.ones((1, 3)) / 3,
    "Slanted strokes": np.array([[-1.0, 0.0, 2.0], [0.0, 2.0, 0.0], [2.0, 0.0, -1.0]]) / 6,
    "Blur": np.full((3, 3), 1 / 9),
    "Sharpen": np.array([[0.0, -1.0, 0.0], [-1.0, 5.0, -1.0], [0.0, -1.0, 0.0]]),
}


def windows(image: np.ndarray, size: int) -> np.ndarray:
    """Return every square of so many pixels in an image, `(rows, columns, size, size)`."""
    return sliding_window_view(image, (size, size))


def convolve(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Slide a filter over an image, and sum pixels times weights at each place (Conv2D, valid)."""
    return (windows(image, len(kernel)) * kernel).sum(axis=(2, 3))


def max_pool(image: np.ndarray, size: int = 2) -> np.ndarray:
    """Keep the largest value of each square of size x size; what does not fill one is left out."""
    return windows(image, size)[::size, ::size].max(axis=(2, 3))


def drop(values: np.ndarray, rate: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Switch units off at random, and enlarge the others so that their mean stays (Dropout).

    Returns:
        the values, and which were kept.
    """
    kept = np.random.default_rng(seed).random(values.shape) >= rate
    return np.where(kept, values / (1 - rate), 0.0), kept


def patches(image: np.ndarray, size: int) -> np.ndarray:
    """Cut an image into squares, row by row: `(patches, size * size)`."""
    return windows(image, size)[::size, ::size].reshape(-1, size * size)


def attention(
    queries: np.ndarray, keys: np.ndarray, values: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Mix values by how well keys answer queries: softmax(Q K^T / sqrt(d)) V.

    Vaswani et al. 2017, arXiv 1706.03762.

    Returns:
        the mixed values `(n, d)`, and the weights `(n, n)`, whose rows sum to 1.
    """
    weights = softmax(queries @ keys.T / np.sqrt(queries.shape[-1]))
    return weights @ values, weights


class LSTMState(NamedTuple):
    """What an LSTM keeps from one row to the next: its memory c, and what it tells of it, h."""

    h: np.ndarray
    c: np.ndarray


def lstm_step(
    x: np.ndarray,
    state: LSTMState,
    kernel: np.ndarray,
    recurrent_kernel: np.ndarray,
    bias: np.ndarray,
) -> LSTMState:
    """Read one row (LSTMCell): forget some of the memory, add some, and tell some of it.

    The columns of the weights are those of Keras: input gate, forget gate, candidate, output gate.
    Hochreiter and Schmidhuber 1997; the forget gate is that of Gers et al. 2000.
    """
    z = x @ kernel + state.h @ recurrent_kernel + bias
    z_input, z_forget, z_candidate, z_output = np.split(z, 4, axis=-1)
    c = expit(z_forget) * state.c + expit(z_input) * np.tanh(z_candidate)
    return LSTMState(h=expit(z_output) * np.tanh(c), c=c)
