"""A training step is Keras's own, however many run in one call."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from core.hyperparameters import Hyperparameters
from core.training import MAX_STEPS, TrainingSteps, build_model, build_optimizer
from core.training.fast_ops import _drop, is_fast_in_xla
from core.training.optimizers import apply_gradients

_MLP = {"architecture": "mlp", "hidden_units": (8,), "dropout": 0.0}
_CONVNET = {"architecture": "convnet", "filters": (4,), "dense_units": 8, "dropout": 0.0}
_RATE = 0.01


def _settings(**changes):
    return Hyperparameters(**(_MLP | {"learning_rate": _RATE, "batch_size": 16} | changes))


def _steps(settings, images, labels, *, optimizer=None):
    keras.utils.set_random_seed(settings.seed)
    model = build_model(settings)
    optimizer = optimizer or build_optimizer(settings)
    steps = TrainingSteps(model, optimizer, images, labels, settings, batch_size=16)
    return model, steps


def _values(variables):
    return [keras.ops.convert_to_numpy(variable.value) for variable in variables]


def _assert_same(first, second):
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.fixture(scope="module")
def images(small):
    return small.x_train[:64]


@pytest.fixture(scope="module")
def labels(small):
    return small.y_train[:64]


_KERAS_LOSSES = {
    "cross_entropy": lambda smoothing: keras.losses.CategoricalCrossentropy(
        label_smoothing=smoothing
    ),
    "mean_squared_error": lambda _: keras.losses.MeanSquaredError(),
}


@pytest.mark.parametrize(
    "changes",
    [
        {"optimizer": "adam"},
        {"optimizer": "adam", "gradient_clipping": 0.2},
        {
            "optimizer": "adamw",
            "weight_decay": 0.1,
            "gradient_clipping": 0.2,
            "label_smoothing": 0.1,
        },
        {"optimizer": "nesterov", "momentum": 0.8},
        {"optimizer": "sgd", "loss": "mean_squared_error"},
        {"optimizer": "rmsprop", "xla": False, **_CONVNET, "batch_normalization": True},
        {"optimizer": "adam", **_CONVNET, "batch_normalization": True},
    ],
    ids=lambda changes: "-".join(map(str, changes.values()))[:40],
)
def test_steps_are_what_keras_fit_does_with_the_same_batches(images, labels, changes):
    settings = _settings(**changes)
    model, steps = _steps(settings, images, labels)
    reference = keras.models.clone_model(model)
    reference.set_weights(model.get_weights())
    reference.compile(
        build_optimizer(settings),
        _KERAS_LOSSES[settings.loss](settings.label_smoothing),
        metrics=["accuracy"],
        jit_compile=False,
    )
    truth = keras.utils.to_categorical(labels, 10)
    history = reference.fit(images, truth, batch_size=16, shuffle=False, verbose=0).history
    before = model.get_weights()
    loss_sum, correct = steps(np.arange(64).reshape(4, 16), np.full(4, _RATE), 0)
    assert loss_sum / 64 == pytest.approx(history["loss"][0], rel=1e-4)
    assert correct / 64 == pytest.approx(history["accuracy"][0])
    for start, expected, weights in zip(
        before, reference.get_weights(), model.get_weights(), strict=True
    ):
        # Adam's first steps are long where a gradient is nearly zero, so compare how far they go.
        np.testing.assert_allclose(weights - start, expected - start, rtol=0.02, atol=2e-5)
        assert np.abs(expected - start).max() > 1e-4


@pytest.mark.parametrize("name", ["adam", "adamw"])
def test_adam_s_single_operation_does_over_many_steps_what_keras_s_fifteen_do(name):
    settings = _settings(optimizer=name, weight_decay=0.1, gradient_clipping=0.5)
    random = np.random.default_rng(0)
    start = random.normal(size=(5, 3)).astype("float32")
    variables = [keras.Variable(start, name="weights") for _ in range(2)]
    ours, keras_s = (build_optimizer(settings) for _ in range(2))
    for optimizer, variable in zip((ours, keras_s), variables, strict=True):
        optimizer.build([variable])
    for number in range(20):
        gradient = keras.ops.convert_to_tensor(random.normal(size=(5, 3)).astype("float32"))
        rate = np.float32(0.01 / (1 + number))
        apply_gradients(ours, [gradient], variables[:1], keras.ops.convert_to_tensor(rate))
        keras_s.learning_rate.assign(rate)
        keras_s.apply([gradient], variables[1:])
    assert np.abs(variables[1].numpy() - start).max() > 0.01
    np.testing.assert_allclose(variables[0].numpy(), variables[1].numpy(), rtol=1e-4, atol=1e-6)
    assert int(ours.iterations) == int(keras_s.iterations) == 20


@pytest.mark.parametrize(
    "changes",
    [
        {"dropout": 0.3},
        {"dropout": 0.3, "rotation": 10.0, "elastic": 0.5, "weight_averaging": 0.9},
        {**_CONVNET, "dropout": 0.3, "batch_normalization": True, "optimizer": "nesterov"},
    ],
    ids=["xla", "augmented graph", "convnet"],
)
def test_how_steps_are_grouped_into_calls_changes_nothing_bit_for_bit(images, labels, changes):
    settings = _settings(**changes)
    order = np.random.default_rng(0).permutation(64).reshape(4, 16)
    order = np.concatenate([order, order[::-1]])
    rates = np.linspace(0.02, 0.001, 8).astype(np.float32)
    results = []
    for groups in ([8], [1, 4, 3]):
        _, steps = _steps(settings, images, labels)
        first, sums = 0, np.zeros(2)
        for count in groups:
            part = slice(first, first + count)
            sums += steps(order[part], rates[part], first)
            first += count
        results.append((sums, _values(steps.variables)))
    (sums, values), (other_sums, other_values) = results
    np.testing.assert_allclose(sums, other_sums, rtol=1e-6)
    _assert_same(values, other_values)


def test_only_purely_dense_networks_without_augmentation_are_compiled_unasked(images, labels):
    dense, convolutions = build_model(_settings()), build_model(_settings(**_CONVNET))
    assert is_fast_in_xla(dense)
    assert not is_fast_in_xla(convolutions)

    class Odd(keras.layers.Dense):
        pass

    assert not is_fast_in_xla(keras.Sequential([keras.Input((3,)), Odd(2)]))


def test_dropout_drops_its_share_and_keeps_the_mean_in_xla_too(images, labels):
    model, steps = _steps(_settings(dropout=0.5), images, labels)
    (dropout,) = (layer for layer in model.layers if isinstance(layer, keras.layers.Dropout))
    seed = keras.ops.convert_to_numpy(dropout.seed_generator.state.value).copy()
    steps(np.arange(64).reshape(4, 16), np.full(4, 1e-6), 0)
    assert (keras.ops.convert_to_numpy(dropout.seed_generator.state.value) != seed).any()
    # The layer is Keras's own again.
    assert "call" not in vars(dropout)

    drop = tf.function(lambda x, on: _drop(dropout, x, training=on), jit_compile=True)
    ones = np.ones((100, 100), np.float32)
    dropped = drop(ones, True).numpy()
    assert set(np.unique(dropped)) == {0.0, 2.0}
    assert (dropped == 0).mean() == pytest.approx(0.5, abs=0.03)
    assert (drop(ones, True).numpy() != dropped).any()
    np.testing.assert_array_equal(drop(ones, False), ones)


def test_a_smaller_last_batch_counts_by_its_images(images, labels):
    # A learning rate of zero: the sums are those of the untrained network.
    settings = _settings()
    model, steps = _steps(settings, images, labels)
    probabilities = model.predict_on_batch(images[:21])
    each = -np.log(probabilities[np.arange(21), labels[:21]])
    right = probabilities.argmax(axis=1) == labels[:21]
    loss, correct = steps(np.arange(16)[None], np.zeros(1), 0)
    last_loss, last_correct = steps(np.arange(16, 21)[None], np.zeros(1), 1)
    assert loss == pytest.approx(each[:16].sum(), rel=1e-4)
    assert last_loss == pytest.approx(each[16:].sum(), rel=1e-4)
    assert (correct, last_correct) == (right[:16].sum(), right[16:].sum())


def test_as_many_steps_as_allowed_fit_into_one_call(images, labels):
    _, steps = _steps(_settings(), images, labels)
    loss, correct = steps(
        np.zeros((MAX_STEPS, 16), int), np.full(MAX_STEPS, _RATE, np.float32), first_step=0
    )
    assert 0 < loss < MAX_STEPS * 16 * 3
    # One image over and over is learned by heart.
    assert correct > 0.9 * MAX_STEPS * 16


def test_a_batch_has_each_image_with_its_label(images, labels):
    _, steps = _steps(_settings(), images, labels)
    batch, its_labels = steps.batch(np.array([5, 3, 60]), 0)
    np.testing.assert_array_equal(batch, images[[5, 3, 60]])
    np.testing.assert_array_equal(its_labels, labels[[5, 3, 60]])


def test_augmented_images_differ_from_step_to_step_and_seed_to_seed_and_keep_their_labels(
    images, labels
):
    indices = np.arange(16)
    _, steps = _steps(_settings(shift=2.0), images, labels)
    first, its_labels = steps.batch(indices, 0)
    again, _ = steps.batch(indices, 0)
    later, _ = steps.batch(indices, 1)
    _, other_seed = _steps(_settings(shift=2.0, seed=1), images, labels)
    other, _ = other_seed.batch(indices, 0)
    np.testing.assert_array_equal(its_labels, labels[:16])
    np.testing.assert_array_equal(first, again)
    for changed in (images[:16], later, other):
        assert np.abs(changed - first).max() > 0.1


def test_the_average_of_the_weights_follows_its_formula_and_gives_way_again(images, labels):
    settings = _settings(weight_averaging=0.3)
    model, steps = _steps(settings, images, labels)
    expected = model.get_weights()
    for number in range(6):
        steps(np.arange(16)[None], np.full(1, _RATE), number)
        decay = min(0.3, (1 + number) / (10 + number))
        expected = [
            decay * average + (1 - decay) * weight
            for average, weight in zip(expected, model.get_weights(), strict=True)
        ]
    weights = model.get_weights()
    with steps.averaged():
        inside = model.get_weights()
    for average, wanted, weight in zip(inside, expected, weights, strict=True):
        np.testing.assert_allclose(average, wanted, atol=1e-6)
        assert np.abs(average - weight).max() > 1e-5
    _assert_same(weights, model.get_weights())
    with pytest.raises(KeyError), steps.averaged():
        raise KeyError
    _assert_same(weights, model.get_weights())


def test_without_averaging_the_weights_stay_as_they_are(images, labels):
    model, steps = _steps(_settings(), images, labels)
    weights = model.get_weights()
    with steps.averaged():
        _assert_same(weights, model.get_weights())
    assert len(steps.variables) == len(model.variables) + len(build_variables(model))


def build_variables(model):
    """Return the variables that this file's optimizer has for `model`."""
    optimizer = build_optimizer(_settings())
    optimizer.build(model.trainable_variables)
    return optimizer.variables
