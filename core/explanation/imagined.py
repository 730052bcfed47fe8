"""What a network imagines for a digit: an image that it is ever more sure of, made from noise."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from core.classifier import Classifier
from core.explanation.network import network_of

_STEPS, _RATE = 30, 0.25
_DECAY = 0.02  # of all ink at each step
_JITTERED, _JITTER = 4, 2  # how many moved copies, and by how many pixels at most
_BLUR = 0.8  # pixels, at the beginning
_MARGIN = 3  # pixels of paper around MNIST's digits
_KEPT_EVERY = 6


@dataclass(frozen=True, eq=False)
class Imagined:
    """An image on its way from noise to what a network takes for a digit.

    Attributes:
        images: float32 of shape `(6, 28, 28)` in [0, 1], ink 1; noise first, the result last.
        probabilities: of the classifier's answers to them, shape `(6, 10)`.
    """

    images: np.ndarray
    probabilities: np.ndarray


def imagine(
    classifier: Classifier, digit: int, also: int | None = None, *, seed: int = 0
) -> Imagined:
    """Change noise, step by step, towards what raises the odds of a digit, or of two at once.

    Activation maximisation (Simonyan, Vedaldi and Zisserman 2013, arXiv 1312.6034), regularised as
    by Yosinski et al. 2015, arXiv 1506.06579: ink decays and is blurred a little, and the gradient
    is the mean for copies that are moved by up to 2 pixels. Without that, it would be noise.
    """
    network = network_of(classifier)
    digits = {digit} if also is None else {digit, also}
    rng = np.random.default_rng(seed)
    paper = np.pad(np.ones((28 - 2 * _MARGIN,) * 2), _MARGIN)
    image = 0.2 * paper * gaussian_filter(rng.random((28, 28)), 1)
    kept = [image]
    for step in range(1, _STEPS + 1):
        left = 1 - step / _STEPS
        moves = rng.integers(-_JITTER, _JITTER + 1, (_JITTERED, 2))
        copies = np.stack([np.roll(image, move, (0, 1)) for move in moves])
        slopes = network.odds_gradients(copies, digits)
        back = [np.roll(slope, -move, (0, 1)) for slope, move in zip(slopes, moves, strict=True)]
        slope = gaussian_filter(np.mean(back, axis=0), 0.3 + _BLUR * left)
        image = image + _RATE * (0.1 + left) * slope / (np.abs(slope).max() + 1e-12)
        image = gaussian_filter((1 - _DECAY) * image, _BLUR * left / 2)
        image = paper * np.clip(image, 0, 1)
        if step % _KEPT_EVERY == 0:
            kept.append(image)
    images = np.stack(kept).astype(np.float32)
    return Imagined(images, classifier.predict_batch(images))
