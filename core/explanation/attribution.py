"""Which ink decided: how much each pixel counts for a digit, or for one rather than another.

A method takes a network, an image `(28, 28)`, floats in [0, 1] with ink 1, and weights of the
logits `(10,)`. It returns a float32 map of shape `(28, 28)`: positive where a pixel counts for
their weighted sum, negative where it counts against it.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from PIL import Image

from core.classifier import Classifier
from core.explanation.network import Network, NotExplained, network_of, score_weights

Method = Literal["integrated_gradients", "gradient", "occlusion", "grad_cam"]
# Of the way from paper to image: intervals at first, how many are divided at a time, how often at
# most, and how much of the logits' difference may be missing: a share of it, or so many logits.
_INTERVALS, _REFINED, _MOST_ROUNDS, _TOLERANCE, _LEAST_TOLERANCE = 40, 10, 8, 0.004, 0.015
_PATCH = 5  # pixels
# A coarser map than this, of the last convolution before a small network's end, shows nothing.
_LEAST_SIDE = 4


@dataclass(frozen=True, eq=False)
class Attribution:
    """How much each pixel counts.

    Attributes:
        values: float32 array of shape `(28, 28)`; positive for the digit, negative against it.
        seconds: how long it took to compute, without preparing the network for the first time.
    """

    values: np.ndarray
    seconds: float


def integrated_gradients(
    classifier: Classifier, image: np.ndarray, digit: int, against: int | None = None
) -> np.ndarray:
    """Integrate the gradients of a digit's logit on the straight way from blank paper to the image.

    Sundararajan, Taly and Yan 2017, "Axiomatic attribution for deep networks". The map's sum is the
    difference of the logits of image and paper.

    Args:
        classifier: whose network it is about.
        image: float array of shape `(28, 28)` in [0, 1], ink 1.
        digit: what the pixels count for.
        against: another digit; the map is then about the difference of the two logits.

    Returns:
        float32 array of shape `(28, 28)`, in logits.
    """
    return _integrated_gradients(network_of(classifier), image, score_weights(digit, against))


def attribute(
    classifier: Classifier,
    method: Method,
    image: np.ndarray,
    digit: int,
    against: int | None = None,
) -> Attribution:
    """Compute a map by one of the methods; the other arguments are those of the one above.

    Raises:
        NotExplained: the method cannot be applied to this network.
    """
    network, weights = network_of(classifier), score_weights(digit, against)
    if method not in network.prepared:
        attribute_network(network, method, image, weights)
        network.prepared.add(method)
    start = time.perf_counter()
    values = attribute_network(network, method, image, weights)
    return Attribution(values, time.perf_counter() - start)


def attribute_network(
    network: Network, method: Method, image: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Return the map of one of the methods for a weighted sum of a network's logits."""
    return _METHODS[method](network, image, weights)


def evidence_for_all(classifier: Classifier, image: np.ndarray) -> np.ndarray:
    """Return integrated gradients for each of the ten digits, float32 `(10, 28, 28)`."""
    maps = [integrated_gradients(classifier, image, digit) for digit in range(10)]
    return np.stack(maps)


def _integrated_gradients(network: Network, image: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return integrated gradients.

    Each interval of the way has its gradient in the middle, and by how much the logits change in it
    says how far off that is. The worst intervals are divided by three until all is close enough: a
    network of rectifiers has kinks, at which equal steps need three times as many gradients.
    """

    def scores(at: np.ndarray) -> np.ndarray:
        return network.logits(at[:, None, None] * image) @ weights

    def slopes(at: np.ndarray) -> np.ndarray:
        return network.gradients(at[:, None, None] * image, weights)

    edges = np.linspace(0, 1, _INTERVALS + 1)
    left, right = edges[:-1], edges[1:]
    at_edges = scores(edges)
    before, after = at_edges[:-1], at_edges[1:]
    gradients = slopes((left + right) / 2)
    tolerance = max(_LEAST_TOLERANCE, _TOLERANCE * abs(at_edges[-1] - at_edges[0]))
    for _ in range(_MOST_ROUNDS):
        error = after - before - (right - left) * (gradients * image).sum(axis=(1, 2))
        if abs(error.sum()) <= tolerance:
            break
        worst = np.argsort(-np.abs(error))[:_REFINED]
        third = (right[worst] - left[worst]) / 3
        first, second = left[worst] + third, right[worst] - third
        at_first, at_second = np.split(scores(np.concatenate([first, second])), 2)
        # The middle third keeps its gradient, and the other two get one of their own.
        outer = slopes(np.concatenate([first - third / 2, second + third / 2]))
        gradients = np.concatenate([gradients, outer])
        left = np.concatenate([left, left[worst], second])
        right = np.concatenate([right, first, right[worst]])
        before = np.concatenate([before, before[worst], at_second])
        after = np.concatenate([after, at_first, after[worst]])
        left[worst], right[worst] = first, second
        before[worst], after[worst] = at_first, at_second
    return (image * np.tensordot(right - left, gradients, axes=1)).astype(np.float32)


def _gradient(network: Network, image: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the gradient at the image (Simonyan, Vedaldi and Zisserman 2013, arXiv 1312.6034).

    How much the score would rise if a pixel got a little more ink, also where there is none.
    """
    return network.gradients(image[None], weights)[0]


def _occlusion(network: Network, image: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Cover squares of 5 x 5 pixels with paper; return by how much the score falls.

    Zeiler and Fergus 2013, arXiv 1311.2901. A pixel gets the mean of all squares that cover it.
    """
    reach = _PATCH // 2
    squares = [
        (slice(max(0, row - reach), row + reach + 1), slice(max(0, col - reach), col + reach + 1))
        for row in range(28)
        for col in range(28)
    ]
    inked = [square for square in squares if image[square].any()]
    covered = np.repeat(image[None], len(inked) + 1, axis=0)
    for one, square in zip(covered, inked, strict=False):
        one[square] = 0
    *scores, whole = network.logits(covered) @ weights
    total, count = np.zeros((28, 28)), np.zeros((28, 28))
    for square in squares:
        count[square] += 1
    for square, score in zip(inked, scores, strict=True):
        total[square] += whole - score
    return (total / count).astype(np.float32)


def _grad_cam(network: Network, image: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weight the last convolution's outputs by their mean gradients, enlarged to 28 x 28.

    Selvaraju et al. 2016, arXiv 1610.02391: only what counts for the digit, so nothing is negative.
    The last convolution is the last one that has at least 4 x 4 outputs.

    Raises:
        NotExplained: the network has no convolutions.
    """
    maps = _last_maps(network)
    if maps is None:
        raise NotExplained("Grad-CAM needs convolutions, and this network has none.")
    outputs, gradients = network.with_gradients(image[None], maps, weights)
    cam = np.maximum(0, (outputs[0] * gradients[0].mean(axis=(0, 1))).sum(axis=-1))
    picture = Image.fromarray(cam.astype(np.float32))
    return np.array(picture.resize((28, 28), Image.Resampling.BILINEAR))


_METHODS: dict[Method, Callable[[Network, np.ndarray, np.ndarray], np.ndarray]] = {
    "integrated_gradients": _integrated_gradients,
    "gradient": _gradient,
    "occlusion": _occlusion,
    "grad_cam": _grad_cam,
}


def _last_maps(network: Network) -> Any:
    """Return the tensor of the last convolution after its activation; None without one."""
    import keras

    keeps = (keras.layers.Activation, keras.layers.BatchNormalization, keras.layers.Add)
    found, has_convolution = None, False
    for layer in network.layers:
        is_convolution = isinstance(layer, keras.layers.Conv2D)
        has_convolution |= is_convolution
        tensor = network.tensors[layer.name]
        is_map = has_convolution and len(tensor.shape) == 4 and isinstance(layer, keeps)
        is_large = found is None or min(tensor.shape[1:3]) >= _LEAST_SIDE
        if (is_convolution or is_map) and is_large:
            found = tensor
    return found


def describe_place(attribution: np.ndarray) -> str:
    """Say where most of what counts for and against lies, for somebody who cannot see the map."""
    places: dict[str, list[str]] = {}
    for sign, name in ((1, "for"), (-1, "against")):
        values = np.maximum(0, sign * attribution)
        if values.sum() > 0:
            places.setdefault(_place(values), []).append(name)
    said = [
        f"what counts most {' and '.join(names)} it lies {place}" for place, names in places.items()
    ]
    text = "; ".join(said) or "nothing counts for or against it"
    return f"{text[0].upper()}{text[1:]}."


def _place(values: np.ndarray) -> str:
    """Name the ninth of the image in which most lies."""
    thirds = [slice(0, 10), slice(10, 18), slice(18, 28)]
    sums = np.array([[values[rows, columns].sum() for columns in thirds] for rows in thirds])
    row, column = np.unravel_index(sums.argmax(), sums.shape)
    vertical, horizontal = ("top", "middle", "bottom")[row], ("left", "centre", "right")[column]
    return "in the centre" if row == column == 1 else f"at the {vertical} {horizontal}"
