"""The images that excite a channel most are those with its largest values."""

import numpy as np
import pytest

from core.data import load_embedded
from core.evaluation import ImageSet
from core.explanation import NotExplained, exciting_images, exciting_ink, network_of
from core.explanation.stages import stages_of
from tests.explanation.networks import planted_classifier, small_classifier


@pytest.fixture(scope="module")
def images():
    data = load_embedded()
    pixels = np.rint(255 * data.x_test[:300]).astype(np.uint8)
    return ImageSet("test", pixels, data.y_test[:300])


@pytest.mark.parametrize(("architecture", "layer"), [("convnet", 3), ("mlp", 1), ("vit", 2)])
def test_the_images_are_those_with_the_largest_values(architecture, layer, images):
    classifier = small_classifier(architecture)
    network = network_of(classifier)
    found = exciting_images(classifier, images, layer, 5)
    pixels = images.images / np.float32(255)
    np.testing.assert_array_equal(found.images, pixels)
    values = network.outputs(pixels, [stages_of(network)[layer - 1].tensor])[0]
    largest = values.reshape(300, -1, values.shape[-1]).max(axis=1)
    assert found.order.shape == found.values.shape == (values.shape[-1], 5)
    np.testing.assert_array_equal(found.order[:, 0], largest.argmax(axis=0))
    np.testing.assert_allclose(found.values, -np.sort(-largest, axis=0)[:5].T, rtol=1e-5)
    np.testing.assert_allclose(found.least, largest.min(axis=0), rtol=1e-5, atol=1e-6)


def test_at_most_a_thousand_images_are_tried():
    many = ImageSet("many", np.zeros((1500, 28, 28), np.uint8), np.arange(1500, dtype=int) % 10)
    assert len(exciting_images(planted_classifier(), many, 1).labels) == 1000


def test_the_ink_that_excites_a_planted_filter_is_found():
    image = np.zeros((28, 28), np.float32)
    image[10, 5:8] = (1, 0.5, 0.9)  # the largest rise is from paper to the first
    found = exciting_ink(planted_classifier(), image[None], 1, 0)[0]
    expected = np.zeros((28, 28), np.float32)
    expected[10, 5] = 1
    np.testing.assert_array_equal(found, expected)
    image[10, 4] = 0.2  # and now from there, which calms it
    expected[10, 4] = -0.2
    np.testing.assert_array_equal(
        exciting_ink(planted_classifier(), image[None], 1, 0)[0], np.float32(expected)
    )


def test_there_is_no_layer_before_the_first_nor_a_channel_after_the_last(images):
    classifier = planted_classifier()
    for layer in (-1, 0, 2):
        with pytest.raises(NotExplained):
            exciting_images(classifier, images, layer)
    with pytest.raises(NotExplained, match="channels 0 to 1"):
        exciting_ink(classifier, images.images[:1] / 255, 1, 2)
