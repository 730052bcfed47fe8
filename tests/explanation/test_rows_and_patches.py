"""An LSTM's states and a vision transformer's attention are what Keras computes."""

import keras
import numpy as np
import pytest

from core.charts import rows_figure
from core.classifier import Classifier
from core.data import load_embedded
from core.explanation import NotExplained, network_of, read_rows, see_attention
from tests.explanation.networks import small_classifier


@pytest.fixture(scope="module")
def image():
    return load_embedded().x_test[0]


@pytest.fixture(scope="module")
def lstm():
    return small_classifier("lstm")


@pytest.fixture(scope="module")
def vit():
    return small_classifier("vit")


def test_the_last_state_and_answer_are_those_of_the_network(lstm, image):
    reading = read_rows(lstm, image)
    network = network_of(lstm)
    layer = next(x for x in network.layers if isinstance(x, keras.layers.LSTM))
    given = network.outputs(image[None], [network.tensors[layer.name]])[0][0]
    assert reading.states.shape == (28, 12)
    np.testing.assert_allclose(reading.states[-1], given, atol=1e-5)
    np.testing.assert_allclose(
        reading.probabilities[-1], lstm.predict(image).probabilities, atol=1e-5
    )


def test_a_state_depends_on_no_row_below(lstm, image):
    erased = image.copy()
    erased[14:] = 0
    full, half = read_rows(lstm, image), read_rows(lstm, erased)
    np.testing.assert_allclose(full.states[:14], half.states[:14], atol=1e-6)
    assert not np.allclose(full.states[20], half.states[20])


def test_an_answer_has_settled_where_it_no_longer_changes(lstm, image):
    reading = read_rows(lstm, image)
    answers = reading.probabilities.argmax(axis=1)
    assert (answers[reading.settled - 1 :] == answers[-1]).all()
    assert reading.settled == 1 or answers[reading.settled - 2] != answers[-1]


def test_the_rows_of_an_image_stand_beside_the_answers_after_them(lstm, image):
    probabilities = read_rows(lstm, image).probabilities
    ink, said, most = rows_figure(image, probabilities).data
    np.testing.assert_array_equal(ink.z, image)
    np.testing.assert_array_equal(said.z, probabilities)
    np.testing.assert_array_equal(ink.y, said.y)
    np.testing.assert_array_equal(most.x, probabilities.argmax(axis=1))


def test_attention_sums_to_one_and_is_what_keras_computes(vit, image):
    found = see_attention(vit, image)
    assert [one.name for one in found] == ["Attention 1", "Attention 2"]
    network = network_of(vit)
    layers = [x for x in network.layers if isinstance(x, keras.layers.MultiHeadAttention)]
    for one, layer in zip(found, layers, strict=True):
        assert one.weights.shape == (2, 16, 16)
        np.testing.assert_allclose(one.weights.sum(axis=-1), 1, atol=1e-5)
        before = next(x for x in network.layers if x.output is layer.input[0])
        given = network.outputs(image[None], [network.tensors[before.name]])[0]
        _, scores = layer(given, given, return_attention_scores=True)
        np.testing.assert_allclose(one.weights, scores[0], atol=1e-5)


def test_attention_over_the_image_lies_where_the_patches_are(vit, image):
    one = see_attention(vit, image)[0]
    over = one.over_image()
    assert over.shape == (2, 28, 28)
    np.testing.assert_allclose(over.mean(axis=(1, 2)), 0, atol=1e-5)
    # The sixth patch is the second of the second row.
    expected = 16 * one.weights[1, :, 5].mean() - 1
    np.testing.assert_allclose(over[1, 7:14, 7:14], expected, atol=1e-5)


def test_other_networks_say_that_they_have_neither(lstm, vit, image):
    with pytest.raises(NotExplained, match="row by row"):
        read_rows(vit, image)
    with pytest.raises(NotExplained, match="attention"):
        see_attention(lstm, image)


def test_a_stacked_lstm_reads_with_its_last_layer(image):
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            keras.layers.LSTM(6, return_sequences=True),
            keras.layers.GRU(5),
            keras.layers.Dense(10, "softmax"),
        ]
    )
    classifier = Classifier(model)
    reading = read_rows(classifier, image)
    assert reading.states.shape == (28, 5)
    np.testing.assert_allclose(
        reading.probabilities[-1], classifier.predict(image).probabilities, atol=1e-5
    )
