"""Where an image lies among others, and which of them are most like it."""

import sys

import keras
import numpy as np
import pytest
from sklearn.decomposition import PCA

from core.charts import embedding_figure
from core.classifier import Classifier
from core.data import load_embedded
from core.evaluation import ImageSet
from core.explanation import (
    NotExplained,
    nearest_images,
    network_of,
    project,
    project_tsne,
    project_umap,
    set_features,
)


@pytest.fixture(scope="module")
def images():
    """Real test images, 120 of them, as bytes."""
    dataset = load_embedded()
    pixels = np.rint(255 * dataset.x_test[::8]).astype(np.uint8)[:120]
    return ImageSet("Some", pixels, dataset.y_test[::8][:120])


@pytest.fixture(scope="module")
def foreign():
    return load_embedded().x_test[1]


def _image(images, index):
    return images.images[index].astype(np.float32) / np.float32(255)


def _ignore(share):
    pass


def test_a_set_is_projected_as_scikit_learn_does(shipped, images, foreign):
    embedding = project(shipped, foreign, images)
    features = network_of(shipped).features(images.images / np.float32(255))
    pca = PCA(2, random_state=0).fit(features)
    np.testing.assert_allclose(embedding.points, pca.transform(features), atol=1e-2)
    np.testing.assert_allclose(embedding.variance, pca.explained_variance_ratio_, rtol=1e-3)
    here = pca.transform(network_of(shipped).features(foreign[None]))[0]
    np.testing.assert_allclose(embedding.here, here, atol=1e-2)
    assert embedding.labels.tolist() == images.labels.tolist()
    assert (embedding.answers == images.labels).mean() > 0.95


def test_the_points_of_a_set_stay_where_they_are_for_another_image(shipped, images, foreign):
    first, second = (project(shipped, x, images) for x in (foreign, _image(images, 3)))
    np.testing.assert_array_equal(first.points, second.points)


@pytest.mark.parametrize("method", [project, project_tsne])
def test_an_image_of_the_set_lies_on_its_own_point(shipped, images, method):
    arguments = () if method is project else (_ignore,)
    embedding = method(shipped, *arguments, _image(images, 5), images)
    assert embedding.points.shape == (120, 2)
    np.testing.assert_allclose(embedding.here, embedding.points[5], atol=1e-3)


def test_t_sne_tells_its_progress_and_puts_an_image_beside_those_of_its_digit(shipped, images):
    rest = ImageSet("Others", images.images[1:], images.labels[1:])
    shares = []
    embedding = project_tsne(shipped, shares.append, _image(images, 0), rest)
    assert shares == [0, 0.25, 0.5, 0.75]
    distances = np.linalg.norm(embedding.points - embedding.here, axis=1)
    nearest = rest.labels[np.argsort(distances)[:3]]
    assert (nearest == images.labels[0]).all()


def test_without_umap_learn_the_error_says_how_to_install_it(shipped, images, monkeypatch):
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(NotExplained, match="pip install umap-learn` and start the server again"):
        project_umap(shipped, _ignore, _image(images, 0), images)


def test_an_image_that_is_in_the_set_is_its_own_nearest(shipped, images):
    first, second, *_ = nearest_images(shipped, _image(images, 7), images, 5)
    assert (first.index, first.label) == (7, images.labels[7])
    assert first.distance == pytest.approx(0, abs=1e-4) and second.distance > 0.01


def test_the_nearest_images_come_in_order_and_are_of_the_same_digit(shipped, images, foreign):
    found = nearest_images(shipped, foreign, images, 5)
    distances = [other.distance for other in found]
    assert len(found) == 5 and distances == sorted(distances)
    assert found[0].label == shipped.predict(foreign).digit
    assert all(other.label == images.labels[other.index] for other in found)


def test_very_many_features_are_summed_so_that_distances_stay(images):
    keras.utils.set_random_seed(1)
    wide = keras.layers.Dense(3000, use_bias=False)
    layers = [
        keras.Input((28, 28)),
        keras.layers.Flatten(),
        wide,
        keras.layers.Dense(10, "softmax"),
    ]
    network = network_of(classifier := Classifier(keras.Sequential(layers)))
    seen = set_features(network, images, 120)
    assert seen.features.shape == (120, 2048)
    whole = network.features(seen.images)
    true, kept = (np.linalg.norm(x[1:] - x[0], axis=1) for x in (whole, seen.features))
    np.testing.assert_allclose(kept, true, rtol=0.15)
    assert nearest_images(classifier, seen.images[9], images, 1)[0].index == 9


@pytest.mark.parametrize("units", [1, 2])
def test_a_network_of_one_or_two_features_has_a_projection(images, foreign, units):
    keras.utils.set_random_seed(1)
    layers = [keras.layers.Flatten(), keras.layers.Dense(units), keras.layers.Dense(10, "softmax")]
    classifier = Classifier(keras.Sequential([keras.Input((28, 28)), *layers]))
    assert project(classifier, foreign, images).points.shape == (120, 2)


def test_too_few_images_and_a_network_that_tells_none_apart_have_no_projection(images, foreign):
    layers = [keras.layers.Flatten(), keras.layers.Dense(4), keras.layers.Dense(10, "softmax")]
    model = keras.Sequential([keras.Input((28, 28)), *layers])
    model.layers[1].set_weights([np.zeros((784, 4)), np.zeros(4)])
    classifier = Classifier(model)
    few = ImageSet("Few", images.images[:3], images.labels[:3])
    for some, reason in ((few, "at least 10"), (images, "no two images apart")):
        with pytest.raises(NotExplained, match=reason):
            project(classifier, foreign, some)


def test_the_chart_has_every_image_under_its_digit_and_a_star_for_the_one_asked_for():
    points = np.random.default_rng(0).normal(size=(40, 2))
    labels = np.arange(40) % 10
    here = np.array([1.0, 2.0])
    figure = embedding_figure(
        points, labels, labels[::-1], here=here, name="Yours", variance=(0.5, 0.25), chosen=12
    )
    groups = [trace for trace in figure.data if trace.customdata is not None]
    assert [trace.name for trace in groups] == [str(digit) for digit in range(10)]
    assert len({trace.marker.symbol for trace in groups}) == 10
    assert sorted(index for trace in groups for index, _ in trace.customdata) == list(range(40))
    assert [list(pair) for pair in groups[2].customdata][1] == [12, labels[::-1][12]]
    ring, star = figure.data[-2:]
    assert (ring.x[0], star.x[0], star.name) == (points[12, 0], 1.0, "Yours")
    assert figure.layout.xaxis.title.text == "Component 1 (50%)"
