"""The networks: what goes in and out, how they begin, and how many numbers they learn."""

import inspect

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

_ACTIVATIONS = ("relu", "tanh", "sigmoid", "gelu")
_INITIAL_WEIGHTS = ("glorot_uniform", "he_normal", "lecun_normal", "small_normal", "zeros")
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


@pytest.mark.parametrize("activation", _ACTIVATIONS)
@pytest.mark.parametrize("architecture", _takes("activation"))
def test_every_activation_is_used(architecture, activation):
    model = _small(architecture, activation=activation)
    _assert_probabilities(model)
    used = {layer.activation.__name__ for layer in model.layers if hasattr(layer, "activation")}
    assert activation in used
    assert not (set(_ACTIVATIONS) - {activation}) & used


@pytest.mark.parametrize(
    ("model", "parameters"),
    [
        (lambda: mlp(), 101_770),
        (lambda: mlp(hidden_units=(64, 32)), 52_650),
        # No bias, but four numbers per neuron in its place.
        (lambda: mlp(batch_normalization=True), 101_770 - 128 + 4 * 128),
        (lambda: lenet5(), 156 + 2_416 + 48_120 + 10_164 + 850),
        (lambda: convnet(), 221_978),
        (lambda: convnet(filters=(8,), kernel_size=3, dense_units=16), 25_354),
        (lambda: convnet(filters=(16, 32, 64, 64), convolutions_per_block=3), 650_538),
        (lambda: convnet(filters=(8,), dense_units=1, batch_normalization=True), 1_821),
        # The stem, two convolutions and the output.
        (lambda: resnet(filters=(8,), batch_normalization=False), 208 + 2 * 584 + 90),
        # A second stage: up to 16 filters, 16 to 16, the projection, and a wider output.
        (
            lambda: resnet(filters=(8, 16), batch_normalization=False),
            208 + 2 * 584 + 1_168 + 2_320 + 144 + 170,
        ),
        # Four gates, each of which sees a row, what is remembered, and a bias.
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


def test_a_residual_block_that_adds_nothing_passes_on_what_it_was_given():
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


@pytest.mark.parametrize("patch_size", [4, 7, 14])
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


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_without_dropout_nothing_is_random(architecture):
    model = _small(architecture, dropout=0)
    first, second = (model(_IMAGES, training=True).numpy() for _ in range(2))
    np.testing.assert_allclose(first, second, atol=1e-6)


@pytest.mark.parametrize("architecture", _takes("batch_normalization"))
def test_batch_normalisation_can_be_had_or_not(architecture):
    assert "BatchNormalization" not in _kinds(_small(architecture, batch_normalization=False))
    model = _small(architecture, batch_normalization=True)
    _assert_probabilities(model)
    for layer in model.layers:
        if type(layer).__name__ == "BatchNormalization":
            assert layer.momentum == 0.9
            assert layer.input._keras_history.operation.use_bias is False


@pytest.mark.parametrize(
    ("builder", "kind"),
    [
        (lambda: mlp(hidden_units=(4, 4), batch_normalization=True), "Dense"),
        (lambda: lenet5(batch_normalization=True), "Dense"),
        (lambda: lenet5(batch_normalization=True), "Conv2D"),
        (
            lambda: convnet(filters=(4, 4), convolutions_per_block=2, batch_normalization=True),
            "Conv2D",
        ),
    ],
)
def test_batch_normalisation_follows_every_convolution_and_hidden_layer(builder, kind):
    kinds = _kinds(builder())
    places = [i for i, found in enumerate(kinds) if found == kind and i < len(kinds) - 1]
    assert len(places) >= 2
    assert all(kinds[i + 1] == "BatchNormalization" for i in places)


@pytest.mark.parametrize("initial_weights", _INITIAL_WEIGHTS)
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_kernel_begins_as_asked(architecture, initial_weights):
    model = _small(architecture, initial_weights=initial_weights)
    _assert_probabilities(model)
    kernels = [kernel.numpy() for kernel in _kernels(model)]
    assert len(kernels) >= 2
    if initial_weights == "zeros":
        assert not any(kernel.any() for kernel in kernels)
    elif initial_weights == "small_normal":
        assert np.concatenate([k.ravel() for k in kernels]).std() == pytest.approx(0.01, rel=0.15)
    else:
        assert all(kernel.std() > 0.02 for kernel in kernels)
        # Layers of one shape do not begin as copies of each other.
        assert len({kernel.tobytes() for kernel in kernels}) == len(kernels)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_same_seed_gives_the_same_weights(architecture):
    def weights(seed):
        keras.utils.set_random_seed(seed)
        return _small(architecture).get_weights()

    first, again, other = weights(1), weights(1), weights(2)
    for one, two in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, two)
    assert not np.array_equal(first[0], other[0])


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


@pytest.mark.parametrize(
    ("architecture", "shape"),
    [
        ("mlp", (784, 16)),
        ("lenet5", (5, 5, 1, 6)),
        ("convnet", (3, 3, 1, 4)),
        ("resnet", (5, 5, 1, 4)),
        ("lstm", (28, 64)),
        ("vit", (7, 7, 16)),
    ],
)
def test_the_first_weight_of_two_or_more_dimensions_touches_the_pixels(architecture, shape):
    model = _small(architecture)
    first = next(weight for weight in model.weights if len(weight.shape) >= 2)
    assert first.shape == shape


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
