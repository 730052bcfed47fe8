"""A converted network answers as the one that it was made of, in each format's own program."""

import keras
import numpy as np
import pytest

from core.classifier import Classifier
from core.data import load_embedded
from core.exchange import FORMATS, FormatInfo, measure
from core.exchange.conversion import convert
from core.hyperparameters import Hyperparameters
from core.settings import PRETRAINED
from core.training import build_model
from models import ARCHITECTURES

_WHOLE_NUMBERS = "litert_int8"
# Small enough to be trained, and converted into five formats, within seconds.
_SMALL = {
    "mlp": {"hidden_units": (64,)},
    "lenet5": {},
    "convnet": {"filters": (8, 16), "kernel_size": 3, "dense_units": 32},
    "resnet": {"filters": (8, 16)},
    "lstm": {"lstm_units": 48},
    "vit": {"embedding_size": 32, "transformer_blocks": 1, "activation": "gelu"},
    "bfloat16": {
        "architecture": "convnet",
        "filters": (8,),
        "activation": "gelu",
        "mixed_precision": True,
    },
}
# Those in which a converter finds most to do; of the others the small formats are enough.
_IN_EACH_FORMAT = ("lstm", "vit")
_CASES = [("shipped", format) for format in FORMATS] + [
    (name, format)
    for name in _SMALL
    for format in FORMATS
    if name in _IN_EACH_FORMAT or format in ("litert", "onnx")
]


@pytest.fixture(scope="module")
def embedded():
    return load_embedded()


@pytest.fixture(scope="module")
def source(embedded, tmp_path_factory):
    """Return what gives the file of a network that reads digits, by its name."""
    folder = tmp_path_factory.mktemp("networks")

    def train(name):
        if name == "shipped":
            return PRETRAINED
        path = folder / f"{name}.keras"
        if not path.exists():
            keras.utils.set_random_seed(0)
            model = build_model(Hyperparameters(**{"architecture": name, **_SMALL[name]}))
            adam = keras.optimizers.Adam(0.005)
            model.compile(optimizer=adam, loss="sparse_categorical_crossentropy")
            model.fit(embedded.x_train, embedded.y_train, epochs=2, batch_size=64, verbose=0)
            model.save(path)
        return path

    return train


@pytest.fixture(scope="module")
def converted(source, embedded, tmp_path_factory):
    """Return what gives the file of a network in a format."""
    folder = tmp_path_factory.mktemp("converted")

    def write(name, format):
        path = folder / f"{name}{FORMATS[format].suffix}"
        if not path.exists():
            convert(source(name), format, path, examples=embedded.x_train[:200])
        return path

    return write


@pytest.mark.parametrize(("name", "format"), _CASES)
def test_a_converted_network_reads_the_same_digits(name, format, source, converted, embedded):
    assert FORMATS[format].missing == ()
    images, digits = embedded.x_test, embedded.y_test
    expected = Classifier.load(source(name)).uncalibrated(images)
    measured = measure(converted(name, format), format, images)
    assert measured.answers.shape == (1000, 10)
    assert measured.milliseconds > 0
    found = measured.answers.argmax(axis=1)
    right = expected.argmax(axis=1)
    if format == _WHOLE_NUMBERS:
        assert np.mean(found == right) >= 0.97
    elif name == "bfloat16" and format != "keras":
        assert np.mean(found == right) >= 0.99
    else:
        np.testing.assert_array_equal(found, right)
        np.testing.assert_allclose(measured.answers, expected, atol=1e-3)
    if name == "shipped":
        assert np.mean(found == digits) == pytest.approx(np.mean(right == digits), abs=0.003)


def test_in_whole_numbers_a_network_takes_less_than_half(converted):
    whole, floats = (
        converted("shipped", format).stat().st_size for format in (_WHOLE_NUMBERS, "litert")
    )
    assert whole < floats / 2


def test_a_keras_file_leaves_as_it_is(converted):
    assert converted("shipped", "keras").read_bytes() == PRETRAINED.read_bytes()


def test_a_format_says_which_of_its_packages_are_missing():
    info = FormatInfo("A format", ".format", "nothing", ("numpy", "no_such_package", "keras"))
    assert info.missing == ("no_such_package",)
    assert FormatInfo("A format", ".format", "nothing").missing == ()


def test_each_network_is_among_those_that_are_converted():
    assert set(ARCHITECTURES) <= set(_SMALL)
