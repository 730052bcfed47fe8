"""A network taken apart gives what the classifier gives, and stays as it is."""

import gc
import weakref

import keras
import numpy as np
import pytest
from keras import layers

from core.classifier import Calibration, Classifier
from core.explanation import network_of, score_weights
from core.explanation.network import Network
from models.convnet import convnet
from tests.helpers import synthetic_digits


@pytest.fixture(scope="module")
def images():
    return synthetic_digits(1, seed=3)[0] / np.float32(255)


def _ending(*end):
    return keras.Sequential([keras.Input((28, 28)), layers.Flatten(), layers.Dense(10), *end])


@pytest.mark.parametrize("end", [(layers.Softmax,), (layers.Activation, "softmax")])
def test_logits_are_what_any_softmax_gets(end, images):
    model = _ending(end[0](*end[1:]))
    kernel, bias = model.get_weights()
    expected = images.reshape(len(images), -1) @ kernel + bias
    np.testing.assert_allclose(Network(model).logits(images), expected, rtol=1e-4, atol=1e-4)


def test_logits_of_a_network_without_softmax_are_logarithms_of_its_answers(images):
    model = _ending(layers.Activation("sigmoid"))
    expected = np.log(model(images).numpy())
    np.testing.assert_allclose(Network(model).logits(images), expected, rtol=1e-4, atol=1e-4)


def test_many_images_are_computed_in_parts(images):
    network = Network(convnet())
    many = np.repeat(images, 60, axis=0)
    np.testing.assert_allclose(
        network.logits(many)[::60], network.logits(images), rtol=1e-4, atol=1e-5
    )
    weights = np.eye(10, dtype=np.float32)[np.arange(len(many)) % 10]
    gradients = network.gradients(many, weights)
    alone = network.gradients(many[-1:], weights[-1])
    np.testing.assert_allclose(gradients[-1], alone[0], rtol=1e-3, atol=1e-6)


def test_gradients_are_the_slope_of_the_score(images):
    network, weights = (
        Network(convnet(activation="tanh", downsampling="strides")),
        score_weights(3, 5),
    )
    gradient = network.gradients(images[:1], weights)[0]
    pixel = np.unravel_index(np.abs(gradient).argmax(), gradient.shape)
    moved = np.repeat(images[:1].astype(np.float32), 2, axis=0)
    moved[:, pixel[0], pixel[1]] += np.array([-0.02, 0.02], np.float32)
    low, high = network.logits(moved) @ weights
    assert (high - low) / 0.04 == pytest.approx(gradient[pixel], rel=0.03)


def test_probabilities_are_calibrated_as_the_classifiers_are(images):
    classifier = Classifier(convnet(), Calibration(temperature=2.5))
    np.testing.assert_allclose(
        network_of(classifier).probabilities(images), classifier.predict_batch(images), atol=1e-6
    )


def test_a_network_is_taken_apart_once_and_goes_with_its_classifier(images):
    classifier = Classifier(convnet())
    network = weakref.ref(network_of(classifier))
    assert network_of(classifier) is network()
    network().logits(images[:1])
    del classifier
    gc.collect()
    assert network() is None
