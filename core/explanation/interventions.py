"""What a network answers once parts of it are switched off and its weights are made worse.

The network itself, in memory as on the disk, stays as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.special

from core.classifier import Classifier
from core.data import as_floats
from core.evaluation import ImageSet, sample_images
from core.explanation.network import NotExplained
from core.explanation.switchable import Switchable
from core.explanation.switchboard import Switchboard, Switched, switchboard_of

MOST_BITS = 8
MOST_NOISE = 2.0
NUM_IMAGES = 1000  # of which the accuracy is taken


@dataclass(frozen=True)
class Intervention:
    """What is done to a network; nothing by default.

    Attributes:
        switched_off: parts of layers that give zero, each as the number of the layer among
            `switchable_layers` and the part's own number, both from 0.
        noise: normally distributed numbers are added to the weights; their standard deviation as a
            share of that of the layer's weights, at most 2.
        seed: of that noise.
        without_biases: whether biases, and what normalisation adds, are zero.
        bits: that each weight is rounded to, 1 to 8; None for the 32 that it is trained with.
    """

    switched_off: tuple[Switched, ...] = ()
    noise: float = 0.0
    seed: int = 0
    without_biases: bool = False
    bits: int | None = None


@dataclass(frozen=True)
class Recognised:
    """How many of some images were read correctly."""

    correct: int
    total: int

    @property
    def accuracy(self) -> float:
        """Return the share, in [0, 1]."""
        return self.correct / self.total


def switchable_layers(classifier: Classifier) -> tuple[Switchable, ...]:
    """Return the layers whose parts can be switched off, in the order in which they are computed.

    All that have weights, but for the last one, whose outputs are the digits.
    """
    return switchboard_of(classifier).layers


def answer_after(
    classifier: Classifier, image: np.ndarray, intervention: Intervention
) -> np.ndarray:
    """Return the calibrated probabilities `(10,)` that the changed network gives for an image."""
    logits = logits_after(classifier, image[None], intervention)
    raw: np.ndarray = scipy.special.softmax(logits, axis=-1)
    return classifier.calibration.apply(raw)[0]


def accuracy_after(
    classifier: Classifier, images: ImageSet, intervention: Intervention
) -> Recognised:
    """Count what the changed network reads correctly of at most 1,000 images, alike of all digits.

    Raises:
        NotExplained: there are no images.
    """
    pixels, labels = sample(images, NUM_IMAGES)
    answers = logits_after(classifier, pixels, intervention).argmax(axis=1)
    return Recognised(int((answers == labels).sum()), len(labels))


def logits_after(
    classifier: Classifier, images: np.ndarray, intervention: Intervention
) -> np.ndarray:
    """Return the logits `(n, 10)` that the changed network gives for images `(n, 28, 28)`.

    Raises:
        NotExplained: it asks for something that this network does not have.
    """
    board = switchboard_of(classifier)
    _check(board, intervention)
    weights = [weight.value for weight in board.weights]
    for number, weight in enumerate(board.weights):
        if weight.is_bias:
            if intervention.without_biases:
                weights[number] = np.zeros_like(weight.value)
            continue
        if intervention.noise:
            random = np.random.default_rng([intervention.seed, number])
            noise = random.standard_normal(weight.value.shape, np.float32)
            weights[number] = weight.value + intervention.noise * weight.value.std() * noise
        if intervention.bits is not None:
            weights[number] = quantise(weights[number], intervention.bits)
    return board.logits(images, weights, intervention.switched_off)


def quantise(weights: np.ndarray, bits: int) -> np.ndarray:
    """Round weights to the values that so many bits can name.

    With 2 bits and more, evenly spaced ones, the same on both sides of zero, up to the largest
    weight of the array (Jacob et al. 2017, arXiv 1712.05877). With 1 bit, plus or minus the mean of
    all sizes (Rastegari et al. 2016, arXiv 1603.05279).
    """
    sizes = np.abs(weights)
    if bits == 1:
        return np.where(weights < 0, -sizes.mean(), sizes.mean()).astype(weights.dtype)
    step = sizes.max() / (2 ** (bits - 1) - 1)
    return step * np.rint(weights / step) if step else weights


def sample(images: ImageSet, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Return at most so many images, float32 `(n, 28, 28)` in [0, 1], and their labels.

    Each digit has its share of them, and the same images are chosen each time.

    Raises:
        NotExplained: there are no images.
    """
    pixels, labels = sample_images(images.images, images.labels, most)
    if not len(labels):
        raise NotExplained("There are no images to read.")
    return as_floats(pixels), labels


def _check(board: Switchboard, intervention: Intervention) -> None:
    """Refuse what a browser may ask for and this network does not have."""
    if not all(_is_part(board.layers, *switched) for switched in intervention.switched_off):
        raise NotExplained("This network does not have all the parts that are switched off.")
    if not 0 <= intervention.noise <= MOST_NOISE:
        raise NotExplained(f"The noise has to be between 0 and {MOST_NOISE:.0%} of the weights'.")
    if intervention.bits is not None and not 1 <= intervention.bits <= MOST_BITS:
        raise NotExplained(f"Weights can be rounded to 1 to {MOST_BITS} bits.")


def _is_part(layers: Sequence[Switchable], number: int, part: int) -> bool:
    return 0 <= number < len(layers) and 0 <= part < layers[number].count
