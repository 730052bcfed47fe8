"""Which ink decided: how much each pixel counts for a digit, or for one rather than another.

Each function takes a classifier, an image `(28, 28)`, floats in [0, 1] with ink 1, a digit, and
optionally another one that it is compared with. It returns a float32 map of shape `(28, 28)`, in
logits: positive where a pixel counts for the digit, negative where it counts against it.
"""

from typing import Any

import numpy as np
from PIL import Image

from core.classifier import Classifier
from core.explanation.network import Network, NotExplained, network_of, score_weights

# Of the way from paper to image: intervals at first, how many are divided at a time, how often at
# most, and which share of the logits' difference may be missing.
_INTERVALS, _REFINED, _MOST_ROUNDS, _TOLERANCE = 40, 10, 8, 0.004
_PATCH = 5  # pixels
# A coarser map than this, of the last convolution before a small network's end, shows nothing.
_LEAST_SIDE = 4


def integrated_gradients(
    classifier: Classifier, image: np.ndarray, digit: int, against: int | None = None
) -> np.ndarray:
    """Integrate the gradients on the straight way from blank paper to the image.

    Sundararajan, Taly and Yan 2017, "Axiomatic attribution for deep networks". The map's sum is the
    difference of the logits of image and paper.
    """
    return integrate_gradients(network_of(classifier), image, score_weights(digit, against))


def integrate_gradients(network: Network, image: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return integrated gradients of a weighted sum of logits; `weights` has shape `(10,)`.

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
    tolerance = _TOLERANCE * abs(at_edges[-1] - at_edges[0])
    for _ in range(_MOST_ROUNDS):
        error = after - before - (right - left) * (gradients * image).sum(axis=(1, 2))
        if abs(error.sum()) <= tolerance:
            break
        worst = np.argsort(-np.abs(error))[:_REFINED]
        third = (right[worst] - left[worst]) / 3
        first, second = left[worst] + third, right[worst] - third
        at_first, at_second = np.split(scores(np.concatenate([first, second])), 2)
        outer = slopes(np.concatenate([first - third / 2, second + third / 2]))
        # The middle third keeps its gradient, and the other two are new.
        gradients = np.concatenate([gradients, outer])
        left = np.concatenate([left, left[worst], second])
        right = np.concatenate([right, first, right[worst]])
        before = np.concatenate([before, before[worst], at_second])
        after = np.concatenate([after, at_first, after[worst]])
        left[worst], right[worst] = first, second
        before[worst], after[worst] = at_first, at_second
    return (image * np.tensordot(right - left, gradients, axes=1)).astype(np.float32)


def gradient_saliency(
    classifier: Classifier, image: np.ndarray, digit: int, against: int | None = None
) -> np.ndarray:
    """Return the gradient at the image (Simonyan, Vedaldi and Zisserman 2013, arXiv 1312.6034).

    How much the logit would rise if a pixel got a little more ink, also where there is none.
    """
    weights = score_weights(digit, against)
    return network_of(classifier).gradients(image[None], weights)[0]


def occlusion(
    classifier: Classifier, image: np.ndarray, digit: int, against: int | None = None
) -> np.ndarray:
    """Cover squares of 5 x 5 pixels with paper; return by how much the logit falls.

    Zeiler and Fergus 2013, arXiv 1311.2901. A pixel gets the mean of all squares that cover it.
    """
    reach = _PATCH // 2
    centres = [(row, column) for row in range(28) for column in range(28)]
    squares = [
        (slice(max(0, r - reach), r + reach + 1), slice(max(0, c - reach), c + reach + 1))
        for r, c in centres
    ]
    inked = [square for square in squares if image[square].any()]
    covered = np.repeat(image[None], len(inked) + 1, axis=0)
    for one, square in zip(covered, inked, strict=False):
        one[square] = 0
    scores = network_of(classifier).logits(covered) @ score_weights(digit, against)
    total, count = np.zeros((28, 28)), np.zeros((28, 28))
    for square in squares:
        count[square] += 1
    for square, score in zip(inked, scores, strict=False):
        total[square] += scores[-1] - score
    return (total / count).astype(np.float32)


def grad_cam(
    classifier: Classifier, image: np.ndarray, digit: int, against: int | None = None
) -> np.ndarray:
    """Weight the last convolution's outputs by their mean gradients, enlarged to 28 x 28.

    Selvaraju et al. 2016, arXiv 1610.02391: only what counts for the digit, so nothing is negative.
    The last convolution is the last one that has at least 4 x 4 outputs.

    Raises:
        NotExplained: the network has no convolutions.
    """
    network = network_of(classifier)
    maps = _last_maps(network)
    if maps is None:
        raise NotExplained("Grad-CAM needs convolutions, and this network has none.")
    outputs, gradients = network.with_gradients(image[None], maps, score_weights(digit, against))
    cam = np.maximum(0, (outputs[0] * gradients[0].mean(axis=(0, 1))).sum(axis=-1))
    return enlarge(cam)


def enlarge(coarse: np.ndarray) -> np.ndarray:
    """Return a map `(height, width)` interpolated to `(28, 28)`."""
    picture = Image.fromarray(coarse.astype(np.float32))
    return np.asarray(picture.resize((28, 28), Image.Resampling.BILINEAR))


def _last_maps(network: Network) -> Any:
    """Return the tensor of the last convolution after its activation; None without one."""
    import keras

    found = None
    is_after_convolution = False
    for layer in network.layers:
        is_convolution = isinstance(layer, keras.layers.Conv2D)
        is_after_convolution |= is_convolution
        keeps = (keras.layers.Activation, keras.layers.BatchNormalization, keras.layers.Add)
        tensor = network.tensors[layer.name]
        if (
            is_after_convolution
            and (is_convolution or isinstance(layer, keeps))
            and len(tensor.shape) == 4
            and (found is None or min(tensor.shape[1:3]) >= _LEAST_SIDE)
        ):
            found = tensor
    return found


def describe_place(attribution: np.ndarray) -> str:
    """Say where most of what counts for and against lies, for somebody who cannot see the map."""
    said = []
    for sign, name in ((1, "for"), (-1, "against")):
        values = np.maximum(0, sign * attribution)
        if values.sum() > 0:
            said.append(f"what counts {name} it most lies {_place(values)}")
    text = "; ".join(said) or "nothing counts for or against it"
    return f"{text[0].upper()}{text[1:]}."


def _place(values: np.ndarray) -> str:
    """Name the ninth of the image in which most lies."""
    thirds = [slice(0, 10), slice(10, 18), slice(18, 28)]
    sums = np.array([[values[rows, columns].sum() for columns in thirds] for rows in thirds])
    row, column = np.unravel_index(sums.argmax(), sums.shape)
    vertical, horizontal = ("top", "middle", "bottom")[row], ("left", "centre", "right")[column]
    return "in the centre" if row == column == 1 else f"at the {vertical} {horizontal}"
