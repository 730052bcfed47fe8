"""A part that is switched off is as if it had never been built, and nothing is changed for good."""

import hashlib

import keras
import numpy as np
import pytest
from keras import layers

from core.classifier import PRETRAINED, Classifier
from core.data import load_embedded
from core.evaluation import ImageSet, collect_test_images
from core.explanation import (
    Intervention,
    NotExplained,
    accuracy_after,
    answer_after,
    network_of,
    switchable_layers,
)
from core.explanation.interventions import logits_after, quantise
from core.explanation.switchable import find_switchable
from models import ARCHITECTURES

_IMAGES = np.random.default_rng(5).random((6, 28, 28), np.float32)


def _randomise(model, seed=0):
    """Give every weight a value of its own: biases and statistics that are zero hide mistakes."""
    random = np.random.default_rng(seed)
    for weight in model.weights:
        values = random.normal(0, 0.3, weight.shape)
        weight.assign(abs(values) + 0.2 if "variance" in weight.name else values)
    return model


def _built(architecture, **changes):
    return Classifier(_randomise(ARCHITECTURES[architecture](**changes)))


def _without(weights, part, *, blocks=1, axis=-1):
    """Return weights without those of one part; its gates stand one after the other."""
    size = weights.shape[axis] // blocks
    return np.delete(weights, [block * size + part for block in range(blocks)], axis=axis)


def _assert_equal(classifier, number, part, smaller):
    """Assert that switching off a part gives what a model that was built without it gives."""
    off = Intervention(switched_off=((number, part),))
    got = logits_after(classifier, _IMAGES, off)
    np.testing.assert_allclose(
        got, network_of(Classifier(smaller)).logits(_IMAGES), atol=1e-5, rtol=1e-4
    )
    whole = network_of(classifier).logits(_IMAGES)
    assert abs(got - whole).max() > 1e-3


@pytest.fixture(scope="module")
def images():
    return collect_test_images(load_embedded())


@pytest.mark.parametrize("activation", ["relu", "sigmoid"])
def test_an_mlp_without_a_neuron_is_one_built_without_it(activation):
    classifier = _built("mlp", hidden_units=(7, 5), activation=activation)
    first, bias, second, *rest = classifier.model.get_weights()
    smaller = ARCHITECTURES["mlp"](hidden_units=(6, 5), activation=activation)
    smaller.set_weights([_without(first, 2), _without(bias, 2), np.delete(second, 2, 0), *rest])
    _assert_equal(classifier, 0, 2, smaller)


@pytest.mark.parametrize("activation", ["relu", "sigmoid"])
def test_a_convnet_without_a_channel_is_one_built_without_it(activation):
    # Behind batch normalisation and a sigmoid, a kernel of zeros would give something else.
    settings = {"kernel_size": 3, "dense_units": 6, "batch_normalization": True}
    settings |= {"activation": activation}
    classifier = _built("convnet", filters=(4, 3), **settings)
    kernel, *normalisation, following = classifier.model.get_weights()[:6]
    smaller = ARCHITECTURES["convnet"](filters=(3, 3), **settings)
    smaller.set_weights(
        [
            *(_without(weights, 1) for weights in (kernel, *normalisation)),
            np.delete(following, 1, axis=2),
            *classifier.model.get_weights()[6:],
        ]
    )
    assert switchable_layers(classifier)[0].place == classifier.model.layers[3].name
    _assert_equal(classifier, 0, 1, smaller)


def test_an_lstm_without_a_unit_of_its_state_is_one_built_without_it():
    classifier = _built("lstm", lstm_units=5)
    kernel, recurrent, bias, dense, last = classifier.model.get_weights()
    smaller = ARCHITECTURES["lstm"](lstm_units=4)
    smaller.set_weights(
        [
            _without(kernel, 3, blocks=4),
            np.delete(_without(recurrent, 3, blocks=4), 3, axis=0),
            _without(bias, 3, blocks=4),
            np.delete(dense, 3, axis=0),
            last,
        ]
    )
    _assert_equal(classifier, 0, 3, smaller)


def _attending(heads):
    images = keras.Input((28, 28))
    x = layers.MultiHeadAttention(heads, 4)(images, images)
    x = layers.GlobalAveragePooling1D()(x)
    return keras.Model(images, layers.Dense(10, activation="softmax")(x))


def test_attention_without_a_head_is_attention_built_without_it():
    classifier = Classifier(_randomise(_attending(3)))
    *projections, output, output_bias, dense, last = classifier.model.get_weights()
    smaller = _attending(2)
    # The heads are the last axis but one of queries, keys and values.
    fewer = [np.delete(weights, 1, axis=-2) for weights in projections]
    smaller.set_weights([*fewer, np.delete(output, 1, axis=0), output_bias, dense, last])
    (attention,) = switchable_layers(classifier)
    assert (attention.part, attention.count) == ("head", 3)
    _assert_equal(classifier, 0, 1, smaller)


def test_a_residual_block_without_a_channel_gives_its_next_convolution_nothing():
    classifier = _built("resnet", filters=(4,))
    off = logits_after(classifier, _IMAGES, Intervention(switched_off=((1, 2),)))
    smaller = keras.models.clone_model(classifier.model)
    smaller.set_weights(classifier.model.get_weights())
    convolutions = [x for x in smaller.layers if isinstance(x, layers.Conv2D)]
    kernel = convolutions[2].get_weights()[0]
    kernel[:, :, 2] = 0
    convolutions[2].set_weights([kernel])
    np.testing.assert_allclose(off, network_of(Classifier(smaller)).logits(_IMAGES), atol=1e-4)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_nothing_switched_off_is_the_network_itself(architecture):
    classifier = Classifier(ARCHITECTURES[architecture]())
    np.testing.assert_allclose(
        logits_after(classifier, _IMAGES, Intervention()),
        network_of(classifier).logits(_IMAGES),
        atol=1e-4,
    )
    found = switchable_layers(classifier)
    assert found and len({layer.name for layer in found}) == len(found)
    # Each can be switched off whole, and the answer then depends on the rest alone.
    everything = tuple((0, part) for part in range(found[0].count))
    answers = logits_after(classifier, _IMAGES, Intervention(switched_off=everything))
    assert np.isfinite(answers).all()


def test_parts_are_named_as_people_name_them():
    names = {
        name: [(x.name, x.part) for x in find_switchable(keras.models.clone_model(build()))]
        for name, build in ARCHITECTURES.items()
    }
    assert names["mlp"] == [("Dense 1", "neuron")]
    assert names["convnet"] == [
        ("Convolution 1", "channel"),
        ("Convolution 2", "channel"),
        ("Dense 1", "neuron"),
    ]
    assert names["lstm"] == [("LSTM 1", "unit")]
    assert ("Attention 2", "head") in names["vit"]


def test_a_network_of_one_layer_has_nothing_to_switch_off():
    images = keras.Input((28, 28))
    output = layers.Dense(10, activation="softmax")(layers.Flatten()(images))
    classifier = Classifier(keras.Model(images, output))
    assert switchable_layers(classifier) == ()
    assert len(answer_after(classifier, _IMAGES[0], Intervention(noise=1.0))) == 10


def test_without_biases_the_answer_is_that_of_a_model_with_zeros_there():
    classifier = _built("convnet", filters=(3,), dense_units=5, batch_normalization=True)
    other = keras.models.clone_model(classifier.model)
    other.set_weights(classifier.model.get_weights())
    for weight in other.weights:
        if weight.name in ("bias", "beta"):
            weight.assign(np.zeros(weight.shape))
    np.testing.assert_allclose(
        logits_after(classifier, _IMAGES, Intervention(without_biases=True)),
        network_of(Classifier(other)).logits(_IMAGES),
        atol=1e-4,
    )


@pytest.mark.parametrize("bits", range(1, 9))
def test_so_many_bits_name_so_many_weights(bits):
    weights = np.random.default_rng(1).normal(size=(50, 40)).astype(np.float32)
    rounded = quantise(weights, bits)
    assert len(np.unique(rounded)) <= 2**bits
    np.testing.assert_allclose(np.unique(rounded), -np.unique(-rounded)[::-1], rtol=1e-6)
    if bits > 1:
        step = abs(weights).max() / (2 ** (bits - 1) - 1)
        assert abs(rounded - weights).max() <= step / 2 * 1.0001
    assert not quantise(np.zeros(3, np.float32), bits).any()


def test_noise_is_that_of_the_seed_and_as_large_as_asked_for():
    classifier = _built("mlp")
    quiet, loud = (
        logits_after(classifier, _IMAGES, Intervention(noise=noise)) for noise in (0.01, 0.5)
    )
    whole = network_of(classifier).logits(_IMAGES)
    assert 0 < abs(quiet - whole).mean() < abs(loud - whole).mean()
    again = logits_after(classifier, _IMAGES, Intervention(noise=0.5))
    np.testing.assert_array_equal(loud, again)
    other = logits_after(classifier, _IMAGES, Intervention(noise=0.5, seed=1))
    assert abs(other - loud).max() > 1e-3


def test_accuracy_is_counted_on_1000_images_and_falls_with_what_is_taken_away(shipped, images):
    before = accuracy_after(shipped, images, Intervention())
    answers = shipped.predict_batch(images.images).argmax(axis=1)
    assert (before.correct, before.total) == ((answers == images.labels).sum(), 1000)
    first = tuple((0, part) for part in range(24))
    assert accuracy_after(shipped, images, Intervention(switched_off=first)).accuracy < 0.2
    assert accuracy_after(shipped, images, Intervention(bits=6)).accuracy > 0.99


def test_the_answer_is_calibrated_as_the_classifier_s(shipped, images):
    image = images.images[3] / np.float32(255)
    np.testing.assert_allclose(
        answer_after(shipped, image, Intervention()),
        shipped.predict(image).probabilities,
        atol=1e-5,
    )


def test_neither_the_model_in_memory_nor_the_one_on_the_disk_is_touched(images):
    before = hashlib.sha256(PRETRAINED.read_bytes()).digest()
    classifier = Classifier.load(PRETRAINED)
    weights, answers = classifier.model.get_weights(), classifier.predict_batch(images.images[:50])
    ruined = Intervention(((0, 1), (4, 2)), noise=2.0, without_biases=True, bits=1)
    changed = accuracy_after(classifier, images, ruined)
    assert changed.accuracy < 0.8
    np.testing.assert_array_equal(classifier.predict_batch(images.images[:50]), answers)
    for one, other in zip(weights, classifier.model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert hashlib.sha256(PRETRAINED.read_bytes()).digest() == before
    # Nor is what somebody else asks after it.
    assert accuracy_after(classifier, images, Intervention()).accuracy > 0.99


@pytest.mark.parametrize(
    "intervention",
    [
        Intervention(switched_off=((0, 24),)),
        Intervention(switched_off=((5, 0),)),
        Intervention(switched_off=((-1, 0),)),
        Intervention(switched_off=((0, -1),)),
        Intervention(noise=2.1),
        Intervention(noise=-0.1),
        Intervention(noise=float("nan")),
        Intervention(bits=0),
        Intervention(bits=9),
    ],
)
def test_what_a_network_does_not_have_is_refused_in_a_sentence(shipped, intervention):
    with pytest.raises(NotExplained, match=r"\.$"):
        answer_after(shipped, _IMAGES[0], intervention)


def test_without_images_there_is_no_accuracy(shipped):
    none = ImageSet("none", np.zeros((0, 28, 28), np.uint8), np.zeros(0, np.uint8))
    with pytest.raises(NotExplained):
        accuracy_after(shipped, none, Intervention())
