"""The Python of a network builds that network: the same layers, which give the same answers."""

import keras
import numpy as np
import pytest
from keras import layers

from core.exchange.network_source import network_source
from core.hyperparameters import Hyperparameters
from core.training import build_model
from models import ARCHITECTURES
from models.digit_reader import digit_reader

_OPTIONS = [
    {"architecture": "mlp", "hidden_units": (16, 8), "dropout": 0.0, "activation": "tanh"},
    {"architecture": "mlp", "hidden_units": (16,), "initial_weights": "he_normal"},
    {"architecture": "lenet5", "initial_weights": "small_normal", "activation": "sigmoid"},
    {"architecture": "convnet", "filters": (3, 4, 5, 6), "convolutions_per_block": 2},
    {"architecture": "convnet", "padding": "valid", "downsampling": "strides", "kernel_size": 7},
    {"architecture": "convnet", "filters": (4,), "dense_units": 0, "activation": "gelu"},
    {"architecture": "resnet", "filters": (3, 4, 5, 6), "residual_blocks": 2},
    {"architecture": "lstm", "lstm_units": 8, "initial_weights": "zeros"},
    {"architecture": "vit", "patch_size": 4, "embedding_size": 8, "transformer_blocks": 3},
    {"architecture": "vit", "patch_size": 14, "embedding_size": 24, "attention_heads": 3},
]


def _rebuild(model):
    variables = {}
    exec(f"import keras\nfrom keras import layers\n{network_source(model)}", variables)
    return variables["model"]


def _described(model):
    """Return the layers of a network in the order of its weights, without their names."""
    kept = [layer for layer in model.layers if not isinstance(layer, layers.InputLayer)]
    return [(type(layer), {**layer.get_config(), "name": None}) for layer in kept]


def _plain(value):
    """Return a configuration in which what Keras counts up is the same every time."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items() if name != "shared_object_id"}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value


def _assert_same(rebuilt, model):
    assert _plain(_described(rebuilt)) == _plain(_described(model))
    assert rebuilt.count_params() == model.count_params()
    images = np.random.default_rng(0).random((5, 28, 28), np.float32)
    weights = [w + np.linspace(-0.1, 0.1, w.size).reshape(w.shape) for w in model.get_weights()]
    model.set_weights(weights)
    rebuilt.set_weights(weights)
    np.testing.assert_array_equal(rebuilt(images), model(images))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_each_network_is_built_again(architecture):
    model = ARCHITECTURES[architecture]()
    _assert_same(_rebuild(model), model)


@pytest.mark.parametrize("settings", _OPTIONS, ids=str)
@pytest.mark.parametrize("others", [{}, {"batch_normalization": True, "mixed_precision": True}])
def test_each_option_of_a_network_is_kept(settings, others):
    model = build_model(Hyperparameters(**settings, **others))
    _assert_same(_rebuild(model), model)


def test_the_network_of_the_shipped_model_is_built_again():
    model = digit_reader()
    _assert_same(_rebuild(model), model)


def test_first_weights_are_drawn_alike():
    model = build_model(Hyperparameters(architecture="mlp", initial_weights="small_normal"))
    keras.utils.set_random_seed(1)
    rebuilt = _rebuild(model)
    for weight in rebuilt.get_weights():
        assert weight.std() == pytest.approx(0.01 if weight.ndim == 2 else 0, rel=0.1)


def test_a_layer_of_several_inputs_takes_each_from_its_branch():
    images = keras.Input((28, 28))
    x = layers.Flatten()(images)
    left, right = layers.Dense(8, activation="tanh")(x), layers.Dense(8)(x)
    y = layers.Concatenate()([right, layers.Subtract()([left, right])])
    model = keras.Model(images, layers.Dense(10, activation="softmax")(y))
    _assert_same(_rebuild(model), model)


def test_a_network_inside_another_and_too_many_branches_are_refused():
    inner = keras.Sequential([keras.Input((28, 28)), layers.Flatten()])
    with pytest.raises(ValueError, match="a network inside another"):
        network_source(keras.Sequential([inner, layers.Dense(10)]))
    images = keras.Input((28, 28))
    branches = [layers.Flatten()(images) for _ in range(7)]
    with pytest.raises(ValueError, match="too many branches"):
        network_source(keras.Model(images, layers.Concatenate()(branches)))
