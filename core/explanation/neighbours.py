"""Which images of a set a network finds most similar to an image."""

from dataclasses import dataclass

import numpy as np

from core.classifier import Classifier
from core.evaluation import ImageSet
from core.explanation.network import network_of
from core.explanation.set_features import image_features, set_features

COMPARED_IMAGES = 3000  # so that the first answer takes less than a second


@dataclass(frozen=True)
class Neighbour:
    """A similar image.

    Attributes:
        index: its place in the set.
        label: the digit that it is.
        distance: 1 minus the cosine of the angle between both images' features: 0 where the network
            sees the same in both, 1 where nothing is common.
    """

    index: int
    label: int
    distance: float


def nearest_images(
    classifier: Classifier, image: np.ndarray, images: ImageSet, count: int
) -> tuple[Neighbour, ...]:
    """Return the most similar of a set's first 3,000 images, the most similar first.

    They are compared by the cosine distance of what the network's last layer gets.

    Raises:
        NotExplained: there are hardly any images, or the network does not tell them apart.
    """
    network = network_of(classifier)
    others = set_features(network, images, COMPARED_IMAGES)
    one = image_features(network, image)
    lengths = np.linalg.norm(others.features, axis=1) * np.linalg.norm(one)
    cosines = others.features @ one / np.maximum(lengths, np.finfo(np.float32).tiny)
    distances = np.maximum(0, 1 - cosines)
    nearest = np.argsort(distances, kind="stable")[:count]
    return tuple(
        Neighbour(int(i), int(others.labels[i]), round(float(distances[i]), 4)) for i in nearest
    )
