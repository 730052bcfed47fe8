"""Every gradient of the worked network is right, and the article's formulas are not."""

import numpy as np
import pytest
import tensorflow as tf

from core.teaching import (
    BEGINNING,
    INPUT,
    Parameters,
    articles_gradient,
    backward,
    cross_entropy,
    finite_differences,
    forward,
    loss_of,
    update,
)

_NAMES = Parameters._fields


def _random(seed, num_images):
    """Return random inputs, answers and parameters: no unit at its kink, and not all silent."""
    random = np.random.default_rng(seed)
    while True:
        x = random.uniform(-1, 1, (num_images, 3))
        parameters = Parameters(*(random.normal(size=values.shape) for values in BEGINNING))
        z1 = forward(x, parameters).z1
        if np.abs(z1).min() > 1e-3 and z1.max() > 0.1:
            return x, np.eye(2)[random.integers(0, 2, num_images)], parameters


def _of_tensorflow(x, y, parameters):
    """Return loss and gradient as TensorFlow computes them."""
    w1, b1, w2, b2 = variables = [tf.Variable(values) for values in parameters]
    with tf.GradientTape() as tape:
        logits = tf.nn.relu(x @ w1 + b1) @ w2 + b2
        loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(y, logits))
    return loss.numpy(), [gradient.numpy() for gradient in tape.gradient(loss, variables)]


@pytest.mark.parametrize("num_images", [1, 2, 5])
def test_every_gradient_is_that_of_tensorflow_and_of_finite_differences(num_images):
    for seed in range(30):
        x, y, parameters = _random(seed, num_images)
        passed = forward(x, parameters)
        loss, expected = _of_tensorflow(x, y, parameters)
        assert cross_entropy(passed.y_hat, y) == pytest.approx(loss, abs=1e-6)
        computed = backward(x, y, parameters, passed)
        measured = finite_differences(x, y, parameters)
        for name, own, others, slopes in zip(_NAMES, computed, expected, measured, strict=True):
            np.testing.assert_allclose(own, others, atol=1e-6, err_msg=name)
            np.testing.assert_allclose(own, slopes, atol=1e-4, err_msg=name)


@pytest.mark.parametrize("num_images", [1, 2, 5])
def test_the_article_s_formulas_are_not_the_gradient(num_images):
    for seed in range(30):
        x, y, parameters = _random(seed, num_images)
        claimed = articles_gradient(x, y, forward(x, parameters))
        for name, slopes in finite_differences(x, y, parameters)._asdict().items():
            if claimed[name] is not None:
                assert claimed[name].shape == slopes.shape
                assert np.abs(claimed[name] - slopes).max() > 1e-3, name
        assert (claimed["w1"] is None) == (num_images != 2), "the shapes fit for two images only"


@pytest.mark.parametrize("label", [0, 1])
def test_it_fits_its_input_in_a_few_steps(label):
    y, parameters = np.eye(2)[[label]], BEGINNING
    losses = [loss_of(INPUT, y, parameters)]
    for _ in range(40):
        gradient = backward(INPUT, y, parameters, forward(INPUT, parameters))
        parameters = update(parameters, gradient, 0.2)
        losses.append(loss_of(INPUT, y, parameters))
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.05


def test_what_has_grown_beyond_measure_still_has_a_loss():
    huge = Parameters(*(1e6 * values for values in BEGINNING))
    for y in np.eye(2):
        assert np.isfinite(loss_of(INPUT, y[None], huge))
