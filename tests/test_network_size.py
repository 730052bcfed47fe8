"""A network's size by arithmetic is that of the network which Keras builds."""

import math

import keras
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.hyperparameters import Hyperparameters
from core.network_size import network_size
from core.training import build_model
from models import ARCHITECTURES

_SOME = st.integers(1, 8)
_PARTS = {
    "mlp": {"hidden_units": st.lists(_SOME, min_size=1, max_size=5).map(tuple)},
    "lenet5": {},
    "convnet": {
        "filters": st.lists(_SOME, min_size=1, max_size=4).map(tuple),
        "convolutions_per_block": st.integers(1, 3),
        "kernel_size": st.sampled_from([3, 5, 7]),
        "padding": st.sampled_from(["same", "valid"]),
        "downsampling": st.sampled_from(["max_pooling", "strides"]),
        "dense_units": st.integers(0, 8),
    },
    "resnet": {
        "filters": st.lists(_SOME, min_size=1, max_size=4).map(tuple),
        "residual_blocks": st.integers(1, 2),
    },
    "lstm": {"lstm_units": st.integers(8, 24)},
    "vit": {
        "patch_size": st.sampled_from([4, 7, 14]),
        "embedding_size": st.integers(1, 5).map(lambda number: 8 * number),
        "attention_heads": st.sampled_from([1, 2, 4, 8]),
        "transformer_blocks": st.integers(1, 2),
    },
}
# What Keras passes on as it is takes no memory of its own.
_FREE = {"InputLayer", "Reshape", "Flatten"}


def _settings_of(architecture):
    parts = {**_PARTS[architecture], "batch_normalization": st.booleans()}
    return st.fixed_dictionaries({"architecture": st.just(architecture), **parts})


_any_architecture = st.sampled_from(sorted(ARCHITECTURES)).flatmap(_settings_of)


def _outputs(model):
    """Return how many numbers all layers of a model give for one image."""
    shapes = [layer.output.shape[1:] for layer in model.layers if type(layer).__name__ not in _FREE]
    return sum(map(math.prod, shapes))


@given(_any_architecture)
def test_what_is_valid_can_be_built_and_is_as_large_as_was_computed(values):
    try:
        hyperparameters = Hyperparameters(**values)
    except ValueError:
        with pytest.raises(ValueError, match="no pixel is left"):
            build_model(Hyperparameters.model_construct(**{**vars(Hyperparameters()), **values}))
        return
    model, size = build_model(hyperparameters), network_size(hyperparameters)
    assert size.num_parameters == model.count_params()
    if hyperparameters.architecture in ("lstm", "vit"):  # which have layers within layers
        assert size.activations_per_image > _outputs(model)
    else:
        assert size.activations_per_image == _outputs(model)
    keras.backend.clear_session()
