"""A model under training is measured on all of its validation images."""

import keras
import numpy as np
import pytest

from core.hyperparameters import Hyperparameters
from core.training import build_model
from core.training.evaluator import _IMAGES_PER_CALL, Evaluator

_SETTINGS = Hyperparameters(architecture="mlp", hidden_units=(8,), dropout=0.5)


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(1)
    return build_model(_SETTINGS)


@pytest.fixture(scope="module")
def validation(small):
    """More images than one call takes, and not a multiple of that."""
    repeats = 1 + (_IMAGES_PER_CALL + 130) // len(small.x_train)
    images = np.concatenate([small.x_train] * repeats)[: _IMAGES_PER_CALL + 130]
    return images, np.concatenate([small.y_train] * repeats)[: len(images)]


@pytest.mark.parametrize(
    ("changes", "loss"),
    [
        ({}, keras.losses.CategoricalCrossentropy()),
        ({"label_smoothing": 0.2}, keras.losses.CategoricalCrossentropy(label_smoothing=0.2)),
        ({"loss": "mean_squared_error"}, keras.losses.MeanSquaredError()),
    ],
)
def test_loss_and_accuracy_are_those_that_keras_evaluate_gives(model, validation, changes, loss):
    images, labels = validation
    reference = keras.models.clone_model(model)
    reference.set_weights(model.get_weights())
    reference.compile(loss=loss, metrics=["accuracy"], jit_compile=False)
    expected = reference.evaluate(images, keras.utils.to_categorical(labels, 10), verbose=0)
    settings = _SETTINGS.model_copy(update=changes)
    assert Evaluator(model, images, labels, settings).evaluate() == pytest.approx(
        expected, rel=1e-4
    )


def test_it_measures_the_model_as_it_is_now(model, validation):
    evaluator = Evaluator(model, *validation, _SETTINGS)
    before = evaluator.evaluate()
    assert evaluator.evaluate() == before  # no dropout, no chance
    weights = model.get_weights()
    model.layers[-1].bias.assign(np.eye(10, dtype="float32")[3] * 100)
    _, accuracy = evaluator.evaluate()
    assert accuracy == (validation[1] == 3).mean()
    model.set_weights(weights)


def test_an_interruption_ends_it_without_a_result(model, validation):
    evaluator = Evaluator(model, *validation, _SETTINGS)
    answers = iter([False, True])
    assert evaluator.evaluate(is_interrupted=lambda: next(answers)) is None
    assert list(answers) == []
