"""What the layers see is what the network computes, under names that a person would give."""

import numpy as np
import pytest

from core.data import load_embedded
from core.explanation import filter_pictures, first_filters, network_of, see_layers
from core.explanation.stages import stages_of
from models.mlp import mlp
from tests.explanation.networks import SMALL, planted_classifier, small_classifier

NAMES = {
    "mlp": ["Dense 1", "Dense 2"],
    "lenet5": [
        *("Convolution 1", "Mean pooling 1", "Convolution 2", "Mean pooling 2"),
        *("Dense 1", "Dense 2"),
    ],
    "convnet": [
        *("Convolution 1", "Maximum pooling 1", "Convolution 2", "Maximum pooling 2", "Dense"),
    ],
    "resnet": [
        *("Convolution 1", "Convolution 2", "Residual block 1", "Convolution 3"),
        *("Residual block 2", "Mean of each channel"),
    ],
    "lstm": ["LSTM"],
    "vit": [
        *("Patches", "Attention 1", "Dense 1", "Dense 2", "Attention 2", "Dense 3", "Dense 4"),
        "Mean of all patches",
    ],
}


@pytest.fixture(scope="module")
def image():
    return load_embedded().x_test[0]


@pytest.fixture(scope="module", params=SMALL)
def network(request):
    return request.param, small_classifier(request.param)


def test_the_layers_have_plain_names_from_the_image_to_the_answer(network, image):
    architecture, classifier = network
    views = see_layers(classifier, image)
    assert [view.name for view in views] == ["Image", *NAMES[architecture], "Answer"]
    np.testing.assert_array_equal(views[0].values, image[None])


def test_the_last_view_is_the_classifier_s_answer(network, image):
    last = see_layers(network[1], image)[-1]
    np.testing.assert_allclose(last.values, network[1].predict(image).probabilities, atol=1e-5)
    np.testing.assert_array_equal(last.channels, np.arange(10))


def test_only_what_everything_passes_through_is_a_passage(network):
    bypassed = [s.name for s in stages_of(network_of(network[1])) if not s.is_passage]
    expected = {"resnet": ["Convolution 2", "Convolution 3"], "vit": ["Dense 1", "Dense 3"]}
    assert bypassed == expected.get(network[0], [])


def test_looking_changes_no_weights_and_no_answer(network, image):
    before = [w.copy() for w in network[1].model.get_weights()]
    answer = network[1].predict(image).probabilities
    see_layers(network[1], image)
    for old, new in zip(before, network[1].model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    np.testing.assert_array_equal(answer, network[1].predict(image).probabilities)


def test_a_known_filter_gives_what_is_computed_by_hand():
    image = np.zeros((28, 28), np.float32)
    image[10, 5:8] = 1  # a stroke: ink begins at column 5 and ends after 7
    view = see_layers(planted_classifier(), image)[1]
    assert (view.name, view.kind, view.total, view.limit) == ("Convolution", "maps", 2, 1.0)
    for values, channel in zip(view.values, view.channels, strict=True):
        expected = np.zeros((28, 27), np.float32)
        expected[10, (4, 7)[channel]] = 1
        np.testing.assert_array_equal(values, expected)


def test_channels_are_ordered_by_how_much_they_differ_from_paper(image):
    classifier = small_classifier("convnet")
    network = network_of(classifier)
    tensor = stages_of(network)[2].tensor
    given, of_paper = network.outputs(np.stack([image, 0 * image]), [tensor])[0]
    strength = np.abs(given - of_paper).mean(axis=(0, 1))
    view = see_layers(classifier, image)[3]
    assert list(view.channels) == list(np.argsort(-strength))
    for values, channel in zip(view.values, view.channels, strict=True):
        np.testing.assert_allclose(values, given[..., channel], atol=1e-6)


@pytest.mark.parametrize(
    ("architecture", "shape"),
    [("mlp", (12, 28, 28)), ("lenet5", (6, 5, 5)), ("lstm", (1, 28, 48)), ("vit", (8, 7, 7))],
)
def test_the_first_weights_are_pictures(architecture, shape):
    assert first_filters(small_classifier(architecture)).shape == shape


def test_a_picture_of_weights_shows_those_of_one_neuron_or_filter():
    model = small_classifier("mlp").model
    np.testing.assert_array_equal(filter_pictures(model)[3].ravel(), model.get_weights()[0][:, 3])
    model = small_classifier("convnet").model
    kernel = model.get_weights()[0]
    np.testing.assert_array_equal(filter_pictures(model)[2], kernel[:, :, 0, 2])
    assert filter_pictures(mlp(hidden_units=(200,))).shape == (64, 28, 28)
