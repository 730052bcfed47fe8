"""Where an image lies among others: what a network's last layer gets, in two dimensions."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.classifier import Classifier
from core.evaluation import ImageSet
from core.explanation.network import network_of
from core.explanation.optional import import_optional
from core.explanation.set_features import SetFeatures, image_features, set_features

if TYPE_CHECKING:
    from sklearn.decomposition import PCA

_NUM_IMAGES = 2000
_SEED = 0
# What t-SNE and UMAP start from: what else there is is mostly noise, and takes time.
_DIMENSIONS = 50
# scikit-learn tells no progress, and 250 iterations are the fewest that it does at a time. Clusters
# form in the first of these rounds, and find their places in the others.
_ROUNDS, _ITERATIONS_IN_ROUND, _EXAGGERATION = 4, 250, 12.0
_PERPLEXITY = 30.0


@dataclass(frozen=True, eq=False)
class Embedding:
    """Images as points in a plane; similar ones lie close together.

    Attributes:
        points: float32 of shape `(n, 2)`, one for each of the first images of a set.
        here: float32 of shape `(2,)`: the image that is asked for.
        labels: which digits the images are, `(n,)`.
        answers: which the network takes them for, `(n,)`.
        variance: for PCA, the share of all variance on each of the two axes; otherwise None.
    """

    points: np.ndarray
    here: np.ndarray
    labels: np.ndarray
    answers: np.ndarray
    variance: tuple[float, float] | None = None


def project(classifier: Classifier, image: np.ndarray, images: ImageSet) -> Embedding:
    """Project the first 2,000 images of a set, and an image, on their two principal components.

    The components are those of the set alone, so its points stay where they are for every image.

    Raises:
        NotExplained: there are hardly any images, or the network does not tell them apart.
    """
    network = network_of(classifier)
    others = set_features(network, images, _NUM_IMAGES)
    pca, points = _principal_components(others)
    here = pca.transform(image_features(network, image)[None])[0]
    first, second = map(float, pca.explained_variance_ratio_)
    return Embedding(points, here, others.labels, others.answers, (first, second))


def project_tsne(
    classifier: Classifier, note: Callable[[float], None], image: np.ndarray, images: ImageSet
) -> Embedding:
    """Lay out the images, and the one asked for with them, by t-SNE (van der Maaten, Hinton 2008).

    `note` is told the progress, in [0, 1]. Raises as `project` does.
    """
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    def arrange(features: np.ndarray) -> np.ndarray:
        points: np.ndarray | str = "pca"
        for number in range(_ROUNDS):
            note(number / _ROUNDS)
            tsne = TSNE(
                init=points,
                early_exaggeration=_EXAGGERATION if number == 0 else 1.0,
                max_iter=_ITERATIONS_IN_ROUND,
                perplexity=min(_PERPLEXITY, (len(features) - 1) / 3),
                random_state=_SEED,
            )
            # In this thread alone. Several wait for each other thousands of times, for long where a
            # training has the cores.
            with threadpool_limits(1, user_api="openmp"):
                points = tsne.fit_transform(features)
        return np.asarray(points)

    return _arranged(classifier, image, images, arrange)


def project_umap(
    classifier: Classifier, note: Callable[[float], None], image: np.ndarray, images: ImageSet
) -> Embedding:
    """Lay out the images, and the one asked for with them, by UMAP (McInnes et al. 2018).

    It tells no progress. At its first use on a machine it is compiled, which takes much longer.

    Raises:
        NotExplained: as `project`, and where umap-learn is not installed.
    """
    note(0.0)
    umap = import_optional("umap", package="umap-learn", title="UMAP")

    def arrange(features: np.ndarray) -> np.ndarray:
        num_neighbours = min(15, len(features) - 1)
        # One job, since several would not give the same each time.
        return np.asarray(
            umap.UMAP(num_neighbours, n_jobs=1, random_state=_SEED).fit_transform(features)
        )

    return _arranged(classifier, image, images, arrange)


def _arranged(
    classifier: Classifier,
    image: np.ndarray,
    images: ImageSet,
    arrange: Callable[[np.ndarray], np.ndarray],
) -> Embedding:
    """Return what `arrange` makes of the images' features and, where it is new, of the image's."""
    from sklearn.decomposition import PCA

    network = network_of(classifier)
    others = set_features(network, images, _NUM_IMAGES)
    place, features = others.find(image), others.features
    if place is None:
        place = len(features)
        features = np.concatenate([features, image_features(network, image)[None]])
    dimensions = min(_DIMENSIONS, *features.shape)
    points = arrange(PCA(dimensions, random_state=_SEED).fit_transform(features))
    points = points.astype(np.float32)
    return Embedding(points[: len(others.labels)], points[place], others.labels, others.answers)


@functools.lru_cache(maxsize=6)
def _principal_components(others: SetFeatures) -> "tuple[PCA, np.ndarray]":
    from sklearn.decomposition import PCA

    pca = PCA(2, random_state=_SEED).fit(others.features)
    return pca, pca.transform(others.features)
