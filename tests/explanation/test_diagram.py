"""The diagram's contributions and links account for the answer."""

import keras
import numpy as np
import pytest

from core.charts import path_figure
from core.classifier import Classifier
from core.data import load_embedded
from core.explanation import network_of, score_weights, strongest_paths
from core.explanation.flow import Flow
from core.explanation.stages import kept, stages_of
from tests.explanation.networks import SMALL, planted_classifier, small_classifier


@pytest.fixture(scope="module")
def image():
    return load_embedded().x_test[0]


def _rise(classifier, image, digit):
    logits = network_of(classifier).logits(np.stack([image, np.zeros_like(image)]))
    return float(logits[0, digit] - logits[1, digit])


def _flow(classifier, image, digit):
    network = network_of(classifier)
    stages = [s for s in stages_of(network) if s.is_passage and not s.is_pooling]
    # The one of `strongest_paths`, as compiling it takes most of the time.
    flow = kept(network, "flow", lambda: Flow(network, [stage.tensor for stage in stages]))
    return flow, *flow.contributions(image, score_weights(digit))[1:]


@pytest.mark.parametrize("architecture", SMALL)
def test_each_layer_s_contributions_sum_to_what_the_image_does_to_the_logit(architecture, image):
    classifier = small_classifier(architecture)
    digit = classifier.predict(image).digit
    _, contributions, _ = _flow(classifier, image, digit)
    sums = [one.sum() for one in contributions]
    np.testing.assert_allclose(sums, _rise(classifier, image, digit), rtol=0.05, atol=0.02)


@pytest.mark.parametrize("architecture", ["mlp", "lstm"])
def test_links_to_all_units_of_the_next_layer_sum_to_the_contribution(architecture, image):
    classifier = small_classifier(architecture)
    flow, contributions, way = _flow(classifier, image, 4)
    units = [np.arange(len(one)) for one in contributions[1:]]
    total = sum(
        flow.links(way, [some[start : start + 4] for some in units])[0].sum(axis=1)
        for start in (0, 4, 8)
    )
    np.testing.assert_allclose(total, contributions[0], rtol=1e-3, atol=1e-5)


def test_links_of_a_linear_network_are_weight_times_activation():
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            keras.layers.Flatten(),
            keras.layers.Dense(2, use_bias=False),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    first, second = np.zeros((784, 2), np.float32), np.zeros((2, 10), np.float32)
    first[0] = (1, 2)
    second[:, 7] = (3, -1)
    model.set_weights([first, second, np.zeros(10)])
    image = np.zeros((28, 28), np.float32)
    image[0, 0] = 0.5
    paths = strongest_paths(Classifier(model), image, 7)
    assert [list(column.units) for column in paths.columns] == [[0], [0, 1]]
    np.testing.assert_allclose(paths.columns[1].values, [0.5, 1.0])
    np.testing.assert_allclose(paths.columns[1].contributions, [1.5, -1.0], rtol=1e-5)
    np.testing.assert_allclose(paths.links[0], [[1.5, -1.0]], rtol=1e-5)
    np.testing.assert_allclose(paths.links[1], [[1.5], [-1.0]], rtol=1e-5)


def test_only_the_planted_channel_counts_for_its_digit():
    image = np.zeros((28, 28), np.float32)
    image[10, 5:8] = 1
    column = strongest_paths(planted_classifier(), image, 5).columns[1]
    assert column.units[0] == 1
    np.testing.assert_allclose(column.contributions, [0.01, 0], atol=1e-6)


def test_the_shipped_model_s_strongest_paths_are_drawn(shipped, image):
    answer = shipped.predict(image)
    paths = strongest_paths(shipped, image, answer.digit)
    names = [column.name for column in paths.columns]
    assert names == ["Image", "Conv 1", "Conv 2", "Conv 3", "Conv 4", "Conv 5"]
    for column, links, after in zip(paths.columns, paths.links, paths.columns[1:], strict=False):
        assert links.shape == (len(column.units), len(after.units))
        assert list(np.abs(column.contributions)) == sorted(np.abs(column.contributions))[::-1]
    assert paths.links[-1].shape == (8, 1)
    assert paths.columns[-1].contributions.max() > 0
    np.testing.assert_allclose(paths.probabilities, answer.probabilities, atol=1e-5)
    figure = path_figure(
        paths.columns, paths.links, digit=paths.digit, probabilities=paths.probabilities
    )
    assert len(figure.layout.images) == 1 + 5 * 8
    written = " ".join(str(annotation.text) for annotation in figure.layout.annotations)
    assert "Conv 4<br>8 of 96" in written and "Answer" in written and "%" in written
    orange = figure.data[-1].marker.color
    assert [orange.count(color) for color in orange].index(1) == paths.digit
    hovered = " ".join(text for trace in figure.data for text in trace.hovertext or ())
    assert f"for {paths.digit}" in hovered and "nan" not in hovered


@pytest.mark.parametrize("architecture", SMALL)
def test_every_architecture_has_a_diagram_that_fits_a_phone(architecture, image):
    paths = strongest_paths(small_classifier(architecture), image, 3)
    assert 2 <= len(paths.columns) <= 7
    assert all(len(column.units) <= 8 for column in paths.columns)
    figure = path_figure(
        paths.columns, paths.links, digit=paths.digit, probabilities=paths.probabilities
    )
    lines = [trace for trace in figure.data if trace.mode == "lines"]
    assert lines and all(np.isfinite([y for y in line.y if y is not None]).all() for line in lines)


def test_a_network_without_hidden_layers_leads_from_the_image_to_the_answer(image):
    model = keras.Sequential(
        [keras.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(10, "softmax")]
    )
    classifier = Classifier(model)
    paths = strongest_paths(classifier, image, 2)
    assert [column.name for column in paths.columns] == ["Image"]
    np.testing.assert_allclose(paths.links[0], [[_rise(classifier, image, 2)]], rtol=1e-3)
