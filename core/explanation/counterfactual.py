"""What would change the answer: how few grey levels of each pixel turn it into another digit.

A change has a size, in [0, 1]: no pixel gets lighter or darker by more than this share of full ink.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.classifier import Classifier
from core.explanation.network import Network, network_of

ChangeMethod = Literal["pgd", "fgsm"]
# In whole percent of full ink: sizes at first, and how exactly the smallest is then found.
_COARSE, _FINE = range(6, 61, 6), 1
_STEPS, _REACH = 20, 2.5


@dataclass(frozen=True, eq=False)
class Changes:
    """An image changed by more and more, and how the classifier reads it.

    Attributes:
        percent: the sizes in whole percent of full ink, rising from 0; int array `(n,)`.
        images: float32 of shape `(n, 28, 28)` in [0, 1], ink 1; the first is the image itself.
        probabilities: of the classifier's answers to them, shape `(n, 10)`.
        smallest: index of the smallest size whose image is read as was asked for, one percent more
            than one whose image is not; None where none is.
    """

    percent: np.ndarray
    images: np.ndarray
    probabilities: np.ndarray
    smallest: int | None


def change_answer(
    classifier: Classifier, image: np.ndarray, target: int | None, method: ChangeMethod
) -> Changes:
    """Change an image until it is read as `target`, or for None as any other digit than now."""
    answer = classifier.predict(image).digit
    perturb = {"pgd": pgd, "fgsm": fgsm}[method]
    network = network_of(classifier)

    def changed(percent: list[int]) -> tuple[np.ndarray, np.ndarray]:
        sizes = np.array(percent, np.float32) / 100
        digit = answer if target is None else target
        images = perturb(network, image, digit, sizes, away=target is None)
        return images, classifier.predict_batch(images)

    def first_changed() -> int | None:
        """Return the index of the first image that is read as was asked for, also alone."""
        digits = probabilities.argmax(axis=1)
        found = np.flatnonzero(digits != answer if target is None else digits == target)
        return next(
            (int(i) for i in found if classifier.predict(images[i]).digit == digits[i]), None
        )

    percent = [0, *_COARSE]
    images, probabilities = changed(percent)
    first = first_changed()
    if first:
        between = list(range(percent[first - 1] + _FINE, percent[first], _FINE))
        more, read = changed(between)
        percent[first:first] = between
        images = np.insert(images, first, more, axis=0)
        probabilities = np.insert(probabilities, first, read, axis=0)
        first = first_changed()
    return Changes(np.array(percent), images, probabilities, first)


def fgsm(
    network: Network, image: np.ndarray, digit: int, sizes: np.ndarray, *, away: bool = False
) -> np.ndarray:
    """Change every pixel by the full size at once, in the direction in which the odds rise.

    The fast gradient sign method of Goodfellow, Shlens and Szegedy 2014, "Explaining and harnessing
    adversarial examples", arXiv 1412.6572.

    Args:
        network: what is to read the images otherwise.
        image: float32 of shape `(28, 28)` in [0, 1], ink 1.
        digit: what they are to be read as.
        sizes: by how much each pixel changes at most, in [0, 1], shape `(n,)`.
        away: whether they are to be read as anything but `digit`.

    Returns:
        float32 array of shape `(n, 28, 28)` in [0, 1].
    """
    direction = np.sign(network.odds_gradients(image[None], [digit])) * (-1 if away else 1)
    return np.clip(image + sizes[:, None, None] * direction, 0, 1).astype(np.float32)


def pgd(
    network: Network, image: np.ndarray, digit: int, sizes: np.ndarray, *, away: bool = False
) -> np.ndarray:
    """Change the pixels in 20 smaller steps, each of which starts where the last one led.

    Projected gradient descent, after Madry et al. 2017, "Towards deep learning models resistant to
    adversarial attacks", arXiv 1706.06083; it starts at the image. See `fgsm`.
    """
    sizes = sizes[:, None, None].astype(np.float32)
    low, high = np.clip(image - sizes, 0, 1), np.clip(image + sizes, 0, 1)
    step = (-1 if away else 1) * _REACH / _STEPS * sizes
    changed = np.repeat(image[None], len(sizes), axis=0)
    for _ in range(_STEPS):
        direction = np.sign(network.odds_gradients(changed, [digit]))
        changed = np.clip(changed + step * direction, low, high).astype(np.float32)
    return changed
