"""The networks: their inputs and outputs, initial weights, and numbers of parameters."""

import inspect
from itertools import pairwise

import keras
import numpy as np
import pytest

from models import ARCHITECTURES
from models.convnet import convnet
from models.lenet5 import lenet5
from models.lstm import lstm
from models.mlp import mlp
from models.resnet import resnet
from models.vit import vit

_IMAGES = np.random.default_rng(0).random((3, 28, 28), np.float32)

# Small enough to be built and trained in a moment; what is not named here keeps its default.
_SMALL = {
    "mlp": {"hidden_units": (16, 8)},
    "lenet5": {},
    "convnet": {"filters": (4, 6), "kernel_size": 3, "dense_units": 16},
    "resnet": {"filters": (4, 6)},
    "lstm": {"lstm_units": 16},
    "vit": {"embedding_size": 16, "transformer_blocks": 1},
}


def _small(architecture, **settings):
    return ARCHITECTURES[architecture](**{**_SMALL[architecture], **settings})


def _takes(argument):
    return [
        name
        for name, builder in ARCHITECTURES.items()
        if argument in inspect.signature(builder).parameters
    ]


def _kinds(model):
    return [type(layer).__name__ for layer in model.layers]


def _kernels(model):
    return [weight for weight in model.weights if weight.name == "kernel"]


def _assert_probabilities(model):
    answers = model(_IMAGES).numpy()
    assert answers.shape == (3, 10)
    assert (answers >= 0).all()
    np.testing.assert_allclose(answers.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("builder", ARCHITECTURES.values(), ids=ARCHITECTURES)
def test_every_network_gives_ten_probabilities_for_each_image(builder):
    model = builder()
    _assert_probabilities(model)
    assert not model.compiled
    assert model.count_params() < 300_000


def test_the_chosen_activation_is_used_everywhere():
    for architecture in _takes("activation"):
        for activation in ("tanh", "sigmoid"):
            model = _small(architecture, activation=activation)
            _assert_probabilities(model)
            used = [layer.activation for layer in model.layers if hasattr(layer, "activation")]
            assert {function.__name__ for function in used} - {"linear", "softmax"} == {activation}


@pytest.mark.parametrize(
    ("model", "parameters"),
    [
        (lambda: mlp(), 101_770),
        # No bias, but four numbers per neuron in its place.
        (lambda: mlp(batch_normalization=True), 101_770 - 128 + 4 * 128),
        (lambda: lenet5(), 156 + 2_416 + 48_120 + 10_164 + 850),
        (lambda: convnet(), 221_978),
        (lambda: convnet(filters=(16, 32, 64, 64), convolutions_per_block=3), 650_538),
        (lambda: convnet(filters=(8,), dense_units=1, batch_normalization=True), 1_821),
        # The stem, two convolutions; up to 16 filters, 16 to 16, the projection; the output.
        (
            lambda: resnet(filters=(8, 16), batch_normalization=False),
            208 + 2 * 584 + 1_168 + 2_320 + 144 + 170,
        ),
        # Four gates, each with weights for a row and for the state, and a bias.
        (lambda: lstm(lstm_units=32), 4 * 32 * (28 + 32 + 1) + 330),
        # Patches and positions, a block's attention, dense layers and normalisation, the end.
        (
            lambda: vit(patch_size=7, embedding_size=8, attention_heads=2, transformer_blocks=1),
            (49 * 8 + 16 * 8) + 4 * (8 * 8 + 8) + (8 * 16 + 16 + 16 * 8 + 8) + 2 * 16 + 16 + 90,
        ),
    ],
)
def test_the_number_of_parameters_is_known(model, parameters):
    assert model().count_params() == parameters


def test_the_article_s_network_is_the_default_of_mlp():
    assert _kinds(mlp()) == ["Flatten", "Dense", "Dropout", "Dense"]


def test_four_blocks_leave_one_pixel_for_each_filter():
    model = convnet(filters=(4, 4, 4, 4), kernel_size=3)
    flat = next(layer for layer in model.layers if type(layer).__name__ == "Flatten")
    assert flat.output.shape == (None, 4)


def test_strides_halve_the_image_at_the_end_of_each_block_in_place_of_pooling():
    model = convnet(filters=(4, 4), convolutions_per_block=2, downsampling="strides")
    assert "MaxPooling2D" not in _kinds(model)
    sides = [layer.output.shape[1] for layer in model.layers if hasattr(layer, "strides")]
    assert sides == [28, 14, 14, 7]


def test_each_stage_of_the_residual_network_but_the_first_halves_the_image():
    model = resnet(filters=(2, 3, 4, 5), residual_blocks=2)
    sums = [layer.output.shape for layer in model.layers if type(layer).__name__ == "Add"]
    stages = [(None, 14, 14, 2), (None, 7, 7, 3), (None, 4, 4, 4), (None, 2, 2, 5)]
    assert sums == [shape for shape in stages for _ in range(2)]


def test_a_residual_block_that_adds_nothing_returns_its_input():
    model = resnet(filters=(4,), batch_normalization=False)
    _, *block, _ = _kernels(model)
    for kernel in block:
        kernel.assign(np.zeros(kernel.shape))
    before, _, after = [layer.output for layer in model.layers if "activation" in layer.name]
    given, passed_on = keras.Model(model.inputs[0], [before, after])(_IMAGES)
    np.testing.assert_array_equal(given, passed_on)


def test_the_lstm_reads_the_last_row_last():
    model = lstm(lstm_units=16)
    upside_down = model(_IMAGES[:, ::-1]).numpy()
    assert np.abs(upside_down - model(_IMAGES).numpy()).max() > 1e-3


@pytest.mark.parametrize("patch_size", [4, 14])
def test_the_patches_are_squares_of_the_image(patch_size):
    model = vit(patch_size=patch_size, embedding_size=patch_size**2, attention_heads=1)
    embed = next(layer for layer in model.layers if type(layer).__name__ == "EinsumDense")
    # Each number of the embedding is one pixel of the patch, and places add nothing.
    embed.kernel.assign(np.eye(patch_size**2).reshape(patch_size, patch_size, -1))
    embed.bias.assign(np.zeros(embed.bias.shape))
    patches = keras.Model(model.inputs[0], embed.output)(_IMAGES).numpy()
    p = patch_size
    np.testing.assert_allclose(
        patches[0, 0, 1], _IMAGES[0, :p, p : 2 * p].ravel(), rtol=1e-5, atol=1e-6
    )
    np.testing.assert_allclose(
        patches[0, 1, 0], _IMAGES[0, p : 2 * p, :p].ravel(), rtol=1e-5, atol=1e-6
    )


def test_the_transformer_knows_where_a_patch_stands():
    model = _small("vit", patch_size=14)
    halves_swapped = np.roll(_IMAGES, 14, axis=1)
    assert np.abs(model(_IMAGES).numpy() - model(halves_swapped).numpy()).max() > 1e-4
    embed = next(layer for layer in model.layers if type(layer).__name__ == "EinsumDense")
    embed.bias.assign(np.zeros(embed.bias.shape))
    np.testing.assert_allclose(model(_IMAGES), model(halves_swapped), atol=1e-5)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_dropout_acts_in_training_only(architecture):
    model = _small(architecture, dropout=0.5, initial_weights="lecun_normal")
    answer = model(_IMAGES, training=False).numpy()
    np.testing.assert_array_equal(answer, model(_IMAGES, training=False).numpy())
    first, second = (model(_IMAGES, training=True).numpy() for _ in range(2))
    assert np.abs(first - second).max() > 1e-4
    without = _small(architecture, dropout=0)
    first, second = (without(_IMAGES, training=True).numpy() for _ in range(2))
    np.testing.assert_allclose(first, second, atol=1e-6)


@pytest.mark.parametrize("architecture", _takes("batch_normalization"))
def test_batch_normalisation_is_optional_and_replaces_the_bias(architecture):
    assert "BatchNormalization" not in _kinds(_small(architecture, batch_normalization=False))
    model = _small(architecture, batch_normalization=True)
    _assert_probabilities(model)
    for layer in model.layers:
        if type(layer).__name__ == "BatchNormalization":
            assert layer.momentum == 0.9
            assert layer.input._keras_history.operation.use_bias is False


@pytest.mark.parametrize(
    ("architecture", "normalised", "count"),
    [
        ("mlp", ("Dense",), 2),
        ("lenet5", ("Conv2D", "Dense"), 4),
        ("convnet", ("Conv2D",), 2),
    ],
)
def test_batch_normalisation_follows_every_convolution_and_hidden_layer(
    architecture, normalised, count
):
    kinds = _kinds(_small(architecture, batch_normalization=True))
    following = [after for kind, after in pairwise(kinds) if kind in normalised]
    assert following == ["BatchNormalization"] * count


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_kernel_begins_as_chosen(architecture):
    model = _small(architecture, initial_weights="zeros")
    _assert_probabilities(model)
    assert len(_kernels(model)) >= 2
    assert not any(kernel.numpy().any() for kernel in _kernels(model))


@pytest.mark.parametrize(
    ("initial_weights", "std"),
    [
        ("glorot_uniform", (2 / (784 + 100)) ** 0.5),
        ("he_normal", (2 / 784) ** 0.5),
        ("lecun_normal", (1 / 784) ** 0.5),
        ("small_normal", 0.01),
    ],
)
def test_initial_weights_have_the_variance_of_their_paper(initial_weights, std):
    first, *_ = _kernels(mlp(hidden_units=(100,), initial_weights=initial_weights))
    assert first.numpy().std() == pytest.approx(std, rel=0.02)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_same_seed_gives_the_same_weights_and_each_layer_its_own(architecture):
    def kernels(seed):
        keras.utils.set_random_seed(seed)
        return [kernel.numpy().tobytes() for kernel in _kernels(_small(architecture))]

    assert kernels(1) == kernels(1) != kernels(2)
    assert len(set(kernels(1))) == len(kernels(1)) >= 2


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_training_learns_a_few_images(architecture, synthetic):
    keras.utils.set_random_seed(0)
    model = _small(architecture, dropout=0)
    model.compile("adam", "sparse_categorical_crossentropy", jit_compile=False)
    model.optimizer.learning_rate = 0.01
    images, labels = synthetic.x_train, synthetic.y_train
    losses = model.fit(images, labels, batch_size=30, epochs=8, verbose=0).history["loss"]
    assert losses[-1] < 0.6 * losses[0]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_saved_network_opens_with_keras_alone_and_answers_the_same(architecture, tmp_path):
    model = _small(architecture)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", compile=False, safe_mode=True)
    np.testing.assert_array_equal(model(_IMAGES), loaded(_IMAGES))
    assert all(type(layer).__module__.startswith("keras.") for layer in loaded.layers)


def test_the_first_weight_of_two_or_more_dimensions_is_applied_to_the_pixels():
    shapes = {
        "mlp": (784, 16),
        "lenet5": (5, 5, 1, 6),
        "convnet": (3, 3, 1, 4),
        "resnet": (5, 5, 1, 4),
        "lstm": (28, 64),
        "vit": (7, 7, 16),
    }
    for architecture in ARCHITECTURES:
        weights = _small(architecture).weights
        first = next(weight for weight in weights if len(weight.shape) >= 2)
        assert first.shape == shapes[architecture]


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda: vit(embedding_size=30, attention_heads=4),
            "embedding_size must be divisible by attention_heads, but received 30 and 4.",
        ),
        (lambda: vit(patch_size=5), "patch_size must divide 28, but received 5."),
        (
            lambda: convnet(downsampling="mean"),
            "downsampling must be one of max_pooling, strides, but received 'mean'.",
        ),
        (
            lambda: mlp(initial_weights="ones"),
            "initial_weights must be one of glorot_uniform, he_normal, lecun_normal, "
            "small_normal, zeros, but received 'ones'.",
        ),
    ],
)
def test_what_cannot_be_built_is_refused_in_one_sentence(build, message):
    with pytest.raises(ValueError) as refusal:
        build()
    assert str(refusal.value) == message
