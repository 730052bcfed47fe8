"""Each building block computes what Keras and TensorFlow do with the same numbers."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from core.hyperparameters import FIELDS
from core.teaching import (
    ACTIVATIONS,
    FILTERS,
    HIGHEST_RATE,
    LOSSES,
    LSTMState,
    attention,
    convolve,
    descend,
    drop,
    last_losses,
    lstm_step,
    max_pool,
    outcome,
    patches,
    slope,
    softmax,
    surface,
)


@pytest.fixture
def random():
    return np.random.default_rng(0)


@pytest.fixture
def image(small):
    return small.x_test[0]


def _choices(field):
    return set(FIELDS[field].annotation.__args__)


def test_there_is_a_block_for_each_activation_and_each_loss_that_a_run_may_have():
    assert set(ACTIVATIONS) == _choices("activation")
    assert set(LOSSES) == _choices("loss")


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_and_their_slopes_are_those_of_keras(name, random):
    z = tf.constant(random.normal(size=200) * 4)
    with tf.GradientTape() as tape:
        tape.watch(z)
        expected = keras.activations.get(name)(z)
    np.testing.assert_allclose(ACTIVATIONS[name].function(z.numpy()), expected, atol=1e-6)
    slopes = tape.gradient(expected, z)
    np.testing.assert_allclose(ACTIVATIONS[name].derivative(z.numpy()), slopes, atol=1e-6)


@pytest.mark.parametrize("name", LOSSES)
def test_losses_and_their_gradients_are_those_of_keras(name):
    function = {
        "cross_entropy": keras.losses.binary_crossentropy,
        "mean_squared_error": keras.losses.mean_squared_error,
    }[name]
    logits = tf.constant(np.linspace(-6, 6, 50)[:, None])
    with tf.GradientTape() as tape:
        tape.watch(logits)
        p = tf.sigmoid(logits)
        losses = function(tf.ones_like(p), p)
    own = LOSSES[name]
    np.testing.assert_allclose(own.loss(p.numpy()[:, 0]), losses, atol=1e-5)
    slopes = tape.gradient(losses, logits).numpy()[:, 0]
    np.testing.assert_allclose(own.gradient(p.numpy()[:, 0]), slopes, atol=1e-5)


def test_mean_squared_error_stalls_where_the_network_is_sure_of_what_is_wrong():
    wrong = np.array([0.001])
    assert abs(LOSSES["mean_squared_error"].gradient(wrong)[0]) < 0.01
    assert LOSSES["cross_entropy"].gradient(wrong)[0] == pytest.approx(-0.999)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 4.0])
def test_softmax_is_that_of_keras(temperature, random):
    z = random.normal(size=(5, 10)) * 5
    expected = keras.activations.softmax(tf.constant(z / temperature))
    np.testing.assert_allclose(softmax(z, temperature), expected, atol=1e-6)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_descent_is_that_of_keras_s_sgd(momentum):
    weights = keras.Variable(np.array([-2.5, 1.0]))
    optimizer = keras.optimizers.SGD(learning_rate=0.05, momentum=momentum)
    path = descend(weights.numpy(), learning_rate=0.05, momentum=momentum, num_steps=20)
    for expected in path[1:]:
        optimizer.apply([tf.constant(slope(weights.numpy()))], [weights])
        np.testing.assert_allclose(weights.numpy(), expected, atol=1e-5)
    assert surface(path[-1]) < surface(path[0])


def test_the_learning_rate_divides_creeping_learning_and_exploding():
    start = np.array([-2.5, 1.0])
    rates = {"creeps": 0.001, "learns": 0.9 * HIGHEST_RATE, "explodes": 1.1 * HIGHEST_RATE}
    for expected, rate in rates.items():
        assert outcome(descend(start, learning_rate=rate)) == expected
    far = last_losses(start, np.array([10.0]))
    assert np.isfinite(far).all() and far > 1e6


@pytest.mark.parametrize("name", FILTERS)
def test_convolution_is_that_of_keras(name, image):
    layer = keras.layers.Conv2D(1, 3, use_bias=False)
    layer.build((None, 28, 28, 1))
    layer.set_weights([FILTERS[name][..., None, None]])
    expected = layer(image[None, ..., None])[0, ..., 0]
    np.testing.assert_allclose(convolve(image, FILTERS[name]), expected, atol=1e-5)


@pytest.mark.parametrize("size", [2, 3])
def test_pooling_is_that_of_keras(size, image):
    expected = keras.layers.MaxPooling2D(size)(image[None, ..., None])[0, ..., 0]
    np.testing.assert_array_equal(max_pool(image, size), expected)


def test_dropout_keeps_its_share_and_the_mean_as_keras_s_does():
    ones = np.ones(20_000)
    values, kept = drop(ones, 0.3, seed=1)
    expected = keras.layers.Dropout(0.3, seed=1)(ones, training=True).numpy()
    assert set(np.unique(values)) == {0.0, 1 / 0.7}
    np.testing.assert_allclose(np.unique(values), np.unique(expected), atol=1e-6)
    assert kept.mean() == pytest.approx(0.7, abs=0.02)
    assert values.mean() == pytest.approx(1, abs=0.03)


def test_attention_is_that_of_keras(image):
    cut = patches(image, 7)
    side = cut.shape[1]
    layer = keras.layers.MultiHeadAttention(1, side, use_bias=False)
    layer.build(query_shape=(1, 16, side), value_shape=(1, 16, side))
    alike = np.eye(side)
    layer.set_weights([alike[:, None]] * 3 + [alike[None]])
    expected, weights = layer(cut[None], cut[None], return_attention_scores=True)
    mixed, own = attention(cut, cut, cut)
    np.testing.assert_allclose(mixed, expected[0], atol=1e-5)
    np.testing.assert_allclose(own, weights[0, 0], atol=1e-5)
    np.testing.assert_allclose(cut[5].reshape(7, 7), image[7:14, 7:14])


def test_the_lstm_is_that_of_keras(random):
    layer = keras.layers.LSTMCell(4)
    layer.build((1, 3))
    weights = [random.normal(size=values.shape) for values in layer.get_weights()]
    layer.set_weights(weights)
    state = LSTMState(np.zeros((1, 4)), np.zeros((1, 4)))
    theirs = [np.zeros((1, 4)), np.zeros((1, 4))]
    for _ in range(5):
        x = random.normal(size=(1, 3))
        state = lstm_step(x, state, *weights)
        _, theirs = layer(x, theirs)
        np.testing.assert_allclose(state.h, theirs[0], atol=1e-5)
        np.testing.assert_allclose(state.c, theirs[1], atol=1e-5)
