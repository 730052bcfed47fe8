"""What a network's last layer gets for each image of a set: features in which similar images agree.

Computed once for a network and a set, which all users share.
"""

import functools
from dataclasses import dataclass

import numpy as np

from core.data import as_floats
from core.evaluation import ImageSet
from core.explanation.network import Network, NotExplained

# Of 16 MB each for 2,000 images, at most.
_MAX_KEPT, _MOST_FEATURES = 6, 2048
_FEWEST_IMAGES = 10
_AT_A_TIME = 250  # images


@dataclass(frozen=True, eq=False)
class SetFeatures:
    """The first images of a set as a network sees them.

    Attributes:
        images: float32 of shape `(n, 28, 28)` in [0, 1], ink 1.
        labels: which digits they are, `(n,)`.
        answers: which the network takes them for, `(n,)`.
        features: float32 of shape `(n, features)`; of more than 2,048, sums that keep the distances
            between images, but for a few percent.
    """

    images: np.ndarray
    labels: np.ndarray
    answers: np.ndarray
    features: np.ndarray

    def find(self, image: np.ndarray) -> int | None:
        """Return the place of an image, `(28, 28)`, among these; None where it is not there."""
        same = np.flatnonzero((self.images == image).all(axis=(1, 2)))
        return int(same[0]) if len(same) else None


@functools.lru_cache(maxsize=_MAX_KEPT)
def set_features(network: Network, images: ImageSet, count: int) -> SetFeatures:
    """Return the features of the first `count` images of a set.

    Raises:
        NotExplained: there are hardly any images, or the network does not tell them apart.
    """
    pixels = images.images[:count]
    if len(pixels) < _FEWEST_IMAGES:
        raise NotExplained(f"It takes at least {_FEWEST_IMAGES} images to compare with.")
    pixels = as_floats(pixels)
    parts = [pixels[start : start + _AT_A_TIME] for start in range(0, len(pixels), _AT_A_TIME)]
    given = [network.features_and_logits(part) for part in parts]
    features = np.concatenate([_shortened(part) for part, _ in given])
    if not np.isfinite(features).all() or not np.ptp(features, axis=0).any():
        raise NotExplained("What this network's last layer gets tells no two images apart.")
    answers = np.concatenate([logits.argmax(axis=1) for _, logits in given])
    return SetFeatures(pixels, images.labels[:count], answers, features)


def image_features(network: Network, image: np.ndarray) -> np.ndarray:
    """Return the features of one image, as those of a set, shape `(features,)`."""
    return _shortened(network.features(image[None]))[0]


def _shortened(features: np.ndarray) -> np.ndarray:
    """Return features, or where there are very many 2,048 sums of them with random signs.

    Such a sketch (Charikar, Chen and Farach-Colton 2002) keeps inner products on average.
    """
    count, width = features.shape
    if width == 1:  # of which a plane takes two
        return np.pad(features, ((0, 0), (0, 1)))
    if width <= _MOST_FEATURES:
        return features
    signs = np.random.default_rng(0).choice(np.array([-1, 1], np.float32), width)
    signed = np.pad(features * signs, ((0, 0), (0, -width % _MOST_FEATURES)))
    return signed.reshape(count, -1, _MOST_FEATURES).sum(axis=1)
