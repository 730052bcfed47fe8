"""How far a map of the ink that decided can be trusted."""

import threading
import weakref
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import scipy.stats

from core.classifier import Classifier
from core.explanation.attribution import (
    Attribution,
    Method,
    attribute_network,
)
from core.explanation.network import Network, network_of, score_weights

RANDOM_ORDER = "random order"
_NUM_STEPS = 20
_NUM_ORDERS = 8  # random orders whose mean is shown
_shuffled_networks: weakref.WeakKeyDictionary[Network, Network] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


@dataclass(frozen=True)
class Completeness:
    """What integrated gradients add up to, and what they should: both in logits.

    Attributes:
        total: the sum of the map.
        difference: the score of the image less that of blank paper.
    """

    total: float
    difference: float


@dataclass(frozen=True, eq=False)
class Curves:
    """How the answer changes as the pixels that count most are removed, or come first.

    Attributes:
        shares: which part of the ink's pixels, in [0, 1], of shape `(n,)`.
        deleted: the score when the most important ones are replaced with paper, `(n,)`, in [0, 1].
        inserted: the score when only these are there, `(n,)`, in [0, 1].
    """

    shares: np.ndarray
    deleted: np.ndarray
    inserted: np.ndarray

    @property
    def deletion(self) -> float:
        """Return the mean of `deleted`: the lower, the better the order."""
        return float(np.trapezoid(self.deleted, self.shares))

    @property
    def insertion(self) -> float:
        """Return the mean of `inserted`: the higher, the better the order."""
        return float(np.trapezoid(self.inserted, self.shares))


@dataclass(frozen=True, eq=False)
class Randomised:
    """What a method gives for the same network with random weights.

    Attributes:
        values: its map, float32 `(28, 28)`.
        correlation: Spearman's, between the absolute values of both maps where there is ink; near 1
            the method shows the drawing and not the network. None where a map is the same all over.
    """

    values: np.ndarray
    correlation: float | None


def completeness(
    classifier: Classifier,
    found: Attribution,
    image: np.ndarray,
    digit: int,
    against: int | None = None,
) -> Completeness:
    """Compare the sum of integrated gradients with the difference of the logits that it should be.

    `found` is that map; the other arguments are those of `integrated_gradients`.
    """
    both = network_of(classifier).logits(np.stack([image, np.zeros_like(image)]))
    scores = both @ score_weights(digit, against)
    return Completeness(float(found.values.sum()), float(scores[0] - scores[1]))


def deletion_and_insertion(
    classifier: Classifier,
    image: np.ndarray,
    maps: tuple[tuple[str, Attribution], ...],
    digit: int,
    against: int | None = None,
) -> Mapping[str, Curves]:
    """Remove and insert pixels in the order of each map (Petsiuk, Das and Saenko 2018, RISE).

    Only pixels with ink are ordered: to remove the others changes nothing.

    Args:
        classifier: whose answers are compared.
        image: float array of shape `(28, 28)` in [0, 1], ink 1.
        maps: of each method's name, its map.
        digit: the score is its probability.
        against: another digit; the score is then the probability of `digit` if it is one of these
            two.

    Returns:
        The curves by the name of the method, and those of `RANDOM_ORDER`.
    """
    network = network_of(classifier)
    ink = np.flatnonzero(image)
    rng = np.random.default_rng(0)
    orders = {
        name: ink[np.argsort(-found.values.ravel()[ink], kind="stable")] for name, found in maps
    }
    randomly = {f"{RANDOM_ORDER} {i}": rng.permutation(ink) for i in range(_NUM_ORDERS)}
    counts = np.unique(np.linspace(0, len(ink), _NUM_STEPS + 1).astype(int))
    pictures = [_pictures(image, order, counts) for order in (*orders.values(), *randomly.values())]
    scores = _scores(network, np.concatenate(pictures), digit, against)
    by_order = scores.reshape(len(pictures), 2, len(counts))
    shares = counts / max(1, len(ink))
    curves = {name: Curves(shares, *values) for name, values in zip(orders, by_order, strict=False)}
    return {**curves, RANDOM_ORDER: Curves(shares, *by_order[len(orders) :].mean(axis=0))}


def _pictures(image: np.ndarray, order: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the image without its first pixels of an order, and with only these."""
    deleted = np.repeat(image.reshape(1, -1), len(counts), axis=0)
    inserted = np.zeros_like(deleted)
    for row, count in enumerate(counts):
        first = order[:count]
        deleted[row, first] = 0
        inserted[row, first] = image.ravel()[first]
    return np.concatenate([deleted, inserted]).reshape(-1, 28, 28)


def _scores(network: Network, images: np.ndarray, digit: int, against: int | None) -> np.ndarray:
    probabilities = network.probabilities(images)
    if against is None:
        return probabilities[:, digit]
    both = probabilities[:, digit] + probabilities[:, against]
    return probabilities[:, digit] / np.maximum(both, 1e-12)


def randomised(
    classifier: Classifier,
    method: Method,
    found: Attribution,
    image: np.ndarray,
    digit: int,
    against: int | None = None,
) -> Randomised:
    """Apply a method to the network with random weights (Adebayo et al. 2018, arXiv 1810.03292).

    Each layer's weights are shuffled, which keeps their distribution and none of what was learned.
    `found` is the map of the network as it is.
    """
    network, weights = _shuffled(network_of(classifier)), score_weights(digit, against)
    values, other = found.values, attribute_network(network, method, image, weights)
    ink = image > 0
    flat = np.ptp(np.abs(values[ink])) == 0 or np.ptp(np.abs(other[ink])) == 0
    if flat:
        return Randomised(other, None)
    correlation = scipy.stats.spearmanr(np.abs(values[ink]), np.abs(other[ink])).statistic
    return Randomised(other, float(correlation))


def _shuffled(network: Network) -> Network:
    """Return a network like this one, each of whose weights is shuffled; the same every time."""
    import keras

    with _lock:
        if network not in _shuffled_networks:
            rng = np.random.default_rng(0)
            clone = keras.models.clone_model(network.model)
            clone.set_weights([rng.permuted(weight) for weight in network.model.get_weights()])
            _shuffled_networks[network] = Network(clone)
        return _shuffled_networks[network]
