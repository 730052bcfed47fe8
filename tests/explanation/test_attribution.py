"""Which ink decided: each method finds a rule that is known, and gives what its paper says."""

import numpy as np
import pytest
from keras import layers

from core.data import load_embedded
from core.explanation import (
    NotExplained,
    attribute,
    describe_place,
    evidence_for_all,
    integrated_gradients,
    network_of,
    score_weights,
)
from tests.explanation.networks import small_classifier
from tests.explanation.planted import RULE, bars_network, rule_network, scribble, two_bars


@pytest.fixture(scope="module")
def images():
    return load_embedded().x_test[:50]


@pytest.fixture(scope="module")
def rule():
    return rule_network()


@pytest.mark.parametrize("against", [None, 8])
@pytest.mark.parametrize("method", ["integrated_gradients", "gradient", "occlusion"])
def test_the_ink_that_alone_decides_is_found(rule, method, against):
    values = np.abs(attribute(rule, method, scribble(), 3, against).values)

    strongest = np.unravel_index(values.argmax(), values.shape)
    assert 8 <= strongest[0] < 12
    assert 5 <= strongest[1] < 9
    far = np.ones((28, 28), bool)
    far[4:16, 1:13] = False  # beyond the reach of the squares of occlusion
    assert values[RULE].mean() > 0
    assert values[far].max() < 1e-5


@pytest.mark.parametrize("method", ["integrated_gradients", "gradient", "occlusion"])
def test_ink_that_speaks_for_another_digit_counts_against_this_one(rule, method):
    values = attribute(rule, method, scribble(), 8, 3).values
    assert values[RULE].max() < 0


def test_grad_cam_shows_the_bar_that_its_digit_is_about():
    classifier = bars_network()
    upright = attribute(classifier, "grad_cam", two_bars(), 1).values
    level = attribute(classifier, "grad_cam", two_bars(), 7).values

    assert upright[8:18, 6].min() > 0
    assert not upright[:, 15:].any()
    assert level[13, 17:24].min() > 0
    assert not level[:, :12].any()


def test_grad_cam_is_the_mean_gradient_of_each_channel_times_its_outputs():
    classifier, image = bars_network(), two_bars()
    found = attribute(classifier, "grad_cam", image, 7).values

    # By hand: the mean over 28 x 28 gives each output a gradient of weight / 784.
    network = network_of(classifier)
    convolution = next(x for x in network.layers if isinstance(x, layers.Conv2D))
    outputs = network.outputs(image[None], [network.tensors[convolution.name]])[0][0]
    np.testing.assert_allclose(found, np.maximum(0, 40 / 784 * outputs[..., 1]), rtol=1e-5)


def test_grad_cam_says_that_it_needs_convolutions(rule):
    with pytest.raises(NotExplained, match="needs convolutions"):
        attribute(rule, "grad_cam", scribble(), 3)


def test_integrated_gradients_add_up_to_the_difference_of_the_logits(shipped, images):
    answers = shipped.predict_batch(images).argmax(axis=1)
    logits = network_of(shipped).logits(np.concatenate([images, np.zeros((1, 28, 28))]))
    assert len(images) == 50
    for image, answer, given in zip(images, answers, logits, strict=False):
        total = integrated_gradients(shipped, image, int(answer)).sum()
        rises = given[answer] - logits[-1][answer]
        assert abs(total - rises) < 0.01 * abs(rises)


def test_a_contrast_is_what_speaks_for_the_one_less_what_speaks_for_the_other(shipped, images):
    both = integrated_gradients(shipped, images[0], 4, 9)
    for_each = [integrated_gradients(shipped, images[0], digit) for digit in (4, 9)]
    difference = for_each[0] - for_each[1]
    assert np.abs(both - difference).sum() < 0.1 * np.abs(difference).sum()


def test_there_is_evidence_for_each_digit(shipped, images):
    maps = evidence_for_all(shipped, images[0])
    assert maps.shape == (10, 28, 28)
    np.testing.assert_array_equal(maps[6], integrated_gradients(shipped, images[0], 6))


@pytest.mark.parametrize("architecture", ["resnet", "lstm", "vit"])
def test_every_architecture_can_be_explained(architecture, images):
    classifier = small_classifier(architecture)
    network = network_of(classifier)

    probabilities = network.probabilities(images[:3])
    np.testing.assert_allclose(probabilities, classifier.predict_batch(images[:3]), atol=1e-5)
    values = attribute(classifier, "integrated_gradients", images[0], 2).values
    both = network.logits(np.stack([images[0], np.zeros((28, 28))]))
    rises = (both[0] - both[1]) @ score_weights(2)
    assert abs(values.sum() - rises) < 0.01 * max(0.01, abs(rises))


def test_the_place_of_the_decisive_ink_is_told_in_words():
    values = np.zeros((28, 28))
    values[2:6, 20:24] = 1
    values[14, 14] = -1
    assert describe_place(values) == (
        "What counts most for it lies at the top right; what counts most against it lies in the "
        "centre."
    )
    assert describe_place(np.where(np.arange(28) % 2, values, -values)) == (
        "What counts most for and against it lies at the top right."
    )
    assert describe_place(np.zeros((28, 28))) == "Nothing counts for or against it."
