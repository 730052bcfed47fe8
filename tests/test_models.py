"""The networks: what goes in and out, and how many numbers they learn."""

import numpy as np
import pytest

from core.hyperparameters import FIELDS
from models import ARCHITECTURES
from models.convnet import convnet
from models.mlp import mlp

_ACTIVATIONS = FIELDS["activation"].annotation.__args__


@pytest.mark.parametrize("activation", _ACTIVATIONS)
@pytest.mark.parametrize("builder", ARCHITECTURES.values(), ids=ARCHITECTURES)
def test_every_network_gives_ten_probabilities_for_each_image(builder, activation):
    model = builder(activation=activation)
    answers = model(np.random.default_rng(0).random((3, 28, 28), np.float32)).numpy()
    assert answers.shape == (3, 10)
    assert (answers >= 0).all()
    np.testing.assert_allclose(answers.sum(axis=1), 1, atol=1e-5)
    assert not model.compiled


@pytest.mark.parametrize(
    ("model", "parameters"),
    [
        (lambda: mlp(), 101_770),
        (lambda: mlp(hidden_units=(64, 32)), 52_650),
        (lambda: convnet(), 221_978),
        (lambda: convnet(filters=(8,), kernel_size=3, dense_units=16), 25_354),
        (lambda: convnet(filters=(16, 32, 64, 64), convolutions_per_block=3), 650_538),
        (lambda: convnet(filters=(8,), dense_units=1, batch_normalization=True), 1_821),
    ],
)
def test_the_number_of_parameters_is_known(model, parameters):
    assert model().count_params() == parameters


def test_the_article_s_network_is_the_default_of_mlp():
    kinds = [type(layer).__name__ for layer in mlp().layers]
    assert kinds == ["Flatten", "Dense", "Dropout", "Dense"]


def test_four_blocks_leave_one_pixel_for_each_filter():
    model = convnet(filters=(4, 4, 4, 4), kernel_size=3)
    flat = next(layer for layer in model.layers if type(layer).__name__ == "Flatten")
    assert flat.output.shape == (None, 4)


def test_dropout_acts_in_training_only():
    image = np.ones((1, 28, 28), np.float32)
    for builder in ARCHITECTURES.values():
        model = builder(dropout=0.5)
        answer = model(image, training=False).numpy()
        np.testing.assert_array_equal(answer, model(image, training=False).numpy())
        assert np.abs(answer - model(image, training=True).numpy()).max() > 1e-4


def test_batch_normalisation_follows_every_convolution():
    model = convnet(filters=(4, 4), convolutions_per_block=2, batch_normalization=True)
    kinds = [type(layer).__name__ for layer in model.layers]
    places = [i for i, kind in enumerate(kinds) if kind == "Conv2D"]
    assert len(places) == 4
    assert all(kinds[i + 1] == "BatchNormalization" for i in places)
