"""What is told of a layer is what happens in it, and looking changes nothing."""

import keras
import numpy as np
import pytest

from core.hyperparameters import Hyperparameters
from core.training import TrainingSteps, build_model, build_optimizer
from core.training.callbacks import LayerProbe

_MLP = {"architecture": "mlp", "hidden_units": (8, 6)}
_CONVNET = {"architecture": "convnet", "filters": (4, 5), "kernel_size": 3, "dense_units": 8}
_INDEX = np.arange(16)


@pytest.fixture
def look(small, store):
    """Return what builds a model with a probe and the steps that it looks at."""

    def build(**changes):
        settings = Hyperparameters(**(_MLP | {"batch_size": 16, "dropout": 0.3} | changes))
        keras.utils.set_random_seed(3)
        model = build_model(settings)
        steps = TrainingSteps(
            model,
            build_optimizer(settings),
            small.x_train[:64],
            small.y_train[:64],
            settings,
            batch_size=16,
        )
        return model, steps, LayerProbe(store.create(settings), steps, settings)

    return build


def _train(steps, rate=0.01):
    steps(_INDEX[None], np.full(1, rate), 0)


def test_gradients_and_moves_are_those_of_the_step(look, small):
    model, steps, probe = look(optimizer="sgd", momentum=0.0, dropout=0.0)
    before = model.get_weights()
    probe.before(_INDEX, 0)
    _train(steps, rate=0.5)
    layers = probe.after()
    assert [layer.name for layer in layers] == ["Dense 1", "Dense 2", "Dense 3"]
    after = model.get_weights()
    for number, layer in enumerate(layers):
        pair = slice(2 * number, 2 * number + 2)
        moved = np.concatenate(
            [(a - b).ravel() for a, b in zip(after[pair], before[pair], strict=True)]
        )
        size = np.linalg.norm(np.concatenate([w.ravel() for w in before[pair]]))
        assert layer.update_ratio == pytest.approx(np.linalg.norm(moved) / size, rel=1e-4)
        # Plain descent moves by the gradient times the learning rate.
        assert layer.gradient_norm == pytest.approx(np.linalg.norm(moved) / 0.5, rel=1e-3)


def test_a_layer_whose_neurons_never_fire_is_told_from_one_whose_do(look):
    model, _, probe = look()
    first, second = [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)][:2]
    bias = np.zeros(8, np.float32)
    bias[:2] = -1e6
    first.bias.assign(bias)
    second.bias.assign(np.full(6, 1e6))
    probe.before(_INDEX, 0)
    shares = [layer.dead_share for layer in probe.after()]
    assert shares[0] >= 2 / 8
    assert shares[1:] == [0.0, None]


def test_filters_are_dead_where_they_are_dead_everywhere(look):
    model, _, probe = look(**_CONVNET, batch_normalization=False)
    first = next(layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D))
    first.bias.assign(np.array([-1e6, 1, 1, 1], np.float32))
    probe.before(_INDEX, 0)
    layers = probe.after()
    assert [layer.name for layer in layers] == ["Conv2D 1", "Conv2D 2", "Dense 1", "Dense 2"]
    assert layers[0].dead_share == pytest.approx(0.25)
    assert layers[-1].dead_share is None


def test_batch_normalisation_between_a_convolution_and_its_relu_is_looked_through(look):
    _, _, probe = look(**_CONVNET, batch_normalization=True)
    probe.before(_INDEX, 0)
    shares = [layer.dead_share for layer in probe.after()]
    assert all(0 <= share <= 1 for share in shares[:3])


def test_a_network_without_relus_has_no_dead_ones(look):
    _, _, probe = look(activation="tanh")
    probe.before(_INDEX, 0)
    assert {layer.dead_share for layer in probe.after()} == {None}


def test_without_a_step_nothing_has_moved_and_weights_of_zero_have_no_ratio(look):
    model, _, probe = look()
    model.layers[-1].set_weights([0 * weight for weight in model.layers[-1].get_weights()])
    probe.before(_INDEX, 0)
    ratios = [layer.update_ratio for layer in probe.after()]
    assert ratios == [0.0, 0.0, None]


@pytest.mark.parametrize("changes", [{}, {**_CONVNET, "batch_normalization": True, "shift": 2.0}])
def test_looking_changes_neither_weights_nor_statistics_nor_chance(look, changes):
    _, steps, probe = look(**changes)
    before = [keras.ops.convert_to_numpy(v.value) for v in steps.variables]
    probe.before(_INDEX, 0)
    probe.after()
    for one, variable in zip(before, steps.variables, strict=True):
        np.testing.assert_array_equal(one, keras.ops.convert_to_numpy(variable.value))


def test_a_large_batch_is_looked_at_in_part(look):
    # The same images again and again: the gradient is a mean, and stays what it is.
    _, _, probe = look()
    probe.before(np.tile(_INDEX, 64), 0)
    (first, *_) = probe.after()
    _, _, other = look()
    other.before(np.tile(_INDEX, 16), 0)
    assert first.gradient_norm == pytest.approx(other.after()[0].gradient_norm, rel=1e-5)
