"""A model from elsewhere is read as its author meant it, and becomes one of this app's."""

import json
import zipfile
from dataclasses import dataclass

import h5py
import keras
import numpy as np
import pytest
from keras import layers

from core.classifier import Classifier, ModelError
from core.data import load_embedded
from core.exchange import Reading, adapt
from core.process_apart import run_apart
from core.reading import UnusableFile

_MOST = 1_000_000
_SCALES = {
    "0 to 1": (1.0, 0.0),
    "0 to 255": (255.0, 0.0),
    "-1 to 1": (2.0, -1.0),
    "1 (paper) to 0 (ink)": (-1.0, 1.0),
    "255 (paper) to 0 (ink)": (-255.0, 255.0),
}


@dataclass(frozen=True)
class _Foreign:
    """How somebody may have made their model."""

    shape: tuple[int, ...] = (28, 28)
    scale: str = "0 to 1"
    gives: str = "probabilities"
    suffix: str = ".keras"
    is_functional: bool = False
    is_compiled: bool = False


_CASES = [
    _Foreign(),
    _Foreign(suffix=".h5"),
    _Foreign(shape=(28, 28, 1), gives="logits", is_functional=True),
    _Foreign(shape=(784,), scale="0 to 255", is_compiled=True),
    _Foreign(shape=(784,), scale="1 (paper) to 0 (ink)", gives="logits", suffix=".h5"),
    _Foreign(scale="-1 to 1", is_functional=True, is_compiled=True, suffix=".h5"),
    _Foreign(shape=(28, 28, 1), scale="255 (paper) to 0 (ink)", is_compiled=True),
    _Foreign(shape=(28, 28, 1), scale="0 to 255", gives="logits", suffix=".h5", is_compiled=True),
    _Foreign(gives="logits", is_functional=True),
]


@pytest.fixture(scope="module")
def images():
    return load_embedded().x_test


@pytest.fixture(scope="module")
def weights():
    """Weights of a network of 32 hidden units that reads images from 0 to 1."""
    data = load_embedded()
    keras.utils.set_random_seed(0)
    model = _network(_Foreign())
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    model.fit(data.x_train, data.y_train, epochs=4, verbose=0)
    return model.get_weights()


def _network(foreign):
    end = "softmax" if foreign.gives == "probabilities" else None
    inner = [layers.Dense(32, activation="relu"), layers.Dense(10, activation=end)]
    if foreign.shape != (784,):
        inner.insert(0, layers.Flatten())
    if not foreign.is_functional:
        return keras.Sequential([keras.Input(foreign.shape), *inner])
    x = taken = keras.Input(foreign.shape)
    for layer in inner:
        x = layer(x)
    return keras.Model(taken, x)


def _inputs(foreign, images):
    factor, offset = _SCALES[foreign.scale]
    return (factor * images + offset).astype(np.float32).reshape(-1, *foreign.shape)


def _save(foreign, weights, folder):
    """Save a model that reads as many digits, on its own scale; return its file and itself."""
    factor, offset = _SCALES[foreign.scale]
    first, bias, *others = weights
    model = _network(foreign)
    model.set_weights([first / factor, bias - offset / factor * first.sum(axis=0), *others])
    if foreign.is_compiled:
        adam = keras.optimizers.Adam(1e-7)
        model.compile(optimizer=adam, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
        x, y = _inputs(foreign, load_embedded().x_train[:10]), load_embedded().y_train[:10]
        model.train_on_batch(x, y)
    path = folder / f"foreign{foreign.suffix}"
    model.save(path)
    return path, model


@pytest.mark.parametrize("foreign", _CASES, ids=str)
def test_what_a_model_takes_and_gives_is_found_out(foreign, weights, images, tmp_path):
    path, model = _save(foreign, weights, tmp_path)
    reading = adapt(path, target := tmp_path / "model.keras", _MOST)
    expected = np.asarray(model(_inputs(foreign, images))).argmax(axis=1)
    right = expected[:500] == load_embedded().y_test[:500]
    assert right.mean() > 0.85
    assert reading == Reading(
        shape=foreign.shape,
        scale=foreign.scale,
        gives=foreign.gives,
        accuracy=pytest.approx(right.mean(), abs=0.01),
        num_images=500,
        num_parameters=model.count_params(),
    )
    answers = Classifier.load(target).predict_batch(images)
    assert np.mean(answers.argmax(axis=1) == expected) > 0.998
    np.testing.assert_allclose(answers.sum(axis=1), 1, atol=1e-5)
    assert {path, target} == set(tmp_path.iterdir())


def test_a_model_like_ours_stays_as_it_is(weights, tmp_path):
    for foreign in (_Foreign(), _Foreign(is_functional=True, is_compiled=True)):
        path, _ = _save(foreign, weights, tmp_path)
        adapt(path, target := tmp_path / "model.keras", _MOST)
        assert target.read_bytes() == path.read_bytes()


def test_a_file_is_what_it_holds_and_not_what_it_is_called(weights, images, tmp_path):
    for suffix, other in ((".h5", ".keras"), (".keras", ".hdf5")):
        path, model = _save(_Foreign(suffix=suffix), weights, tmp_path)
        renamed = path.rename(path.with_name(f"renamed{other}"))
        adapt(renamed, target := tmp_path / "model.keras", _MOST)
        answers = Classifier.load(target).predict_batch(images)
        np.testing.assert_allclose(answers, model(images), atol=1e-5)


def _of_keras_2(value):
    """Return a configuration as Keras 2 wrote it."""
    if isinstance(value, list):
        return [_of_keras_2(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    if value.get("class_name") == "DTypePolicy":
        return value["config"]["name"]
    if "inbound_nodes" in value:
        tensors = [tensor["config"] for node in value["inbound_nodes"] for tensor in node["args"]]
        nodes = [[[*tensor["keras_history"], {}]] for tensor in tensors]
        others = {name: inner for name, inner in value.items() if name != "inbound_nodes"}
        return {**_of_keras_2(others), "inbound_nodes": nodes}
    renamed = {"batch_shape": "batch_input_shape"}
    kept = {
        renamed.get(name, name): _of_keras_2(inner)
        for name, inner in value.items()
        if name
        not in ("module", "registered_name", "build_config", "optional", "quantization_config")
    }
    for name in {"input_layers", "output_layers"} & set(kept):
        kept[name] = [kept[name]]
    return kept


def _edit_h5(path, version, change):
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        file.attrs["model_config"] = json.dumps(change(config))
        file.attrs["keras_version"] = version


# Of a list of one input, as Keras 2 has it, Keras warns and does what is meant.
@pytest.mark.filterwarnings("ignore:The structure of `inputs`")
@pytest.mark.parametrize("is_functional", [False, True])
def test_a_file_of_keras_2_is_read(is_functional, weights, images, tmp_path):
    foreign = _Foreign(shape=(28, 28, 1), suffix=".h5", is_functional=is_functional)
    path, model = _save(foreign, weights, tmp_path)
    _edit_h5(path, "2.15.0", _of_keras_2)
    with h5py.File(path) as file:
        assert "batch_input_shape" in file.attrs["model_config"]
        assert '"module"' not in file.attrs["model_config"]
    reading = adapt(path, target := tmp_path / "model.keras", _MOST)
    assert (reading.shape, reading.scale) == ((28, 28, 1), "0 to 1")
    answers = Classifier.load(target).predict_batch(images)
    np.testing.assert_allclose(answers, model(_inputs(foreign, images)), atol=1e-5)


def _of_keras_99(config):
    return json.loads(json.dumps(config).replace('"Dense"', '"QuantumDense"'))


def _edit_keras(path, version, change):
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    metadata = {**json.loads(parts["metadata.json"]), "keras_version": version}
    changed = {
        "metadata.json": json.dumps(metadata),
        "config.json": json.dumps(change(json.loads(parts["config.json"]))),
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in {**parts, **changed}.items():
            archive.writestr(name, part)


def test_what_only_a_newer_keras_reads_is_refused_with_both_versions(weights, tmp_path):
    for suffix, edit in ((".keras", _edit_keras), (".h5", _edit_h5)):
        path, _ = _save(_Foreign(suffix=suffix), weights, tmp_path)
        edit(path, "99.0", _of_keras_99)
        with pytest.raises(UnusableFile) as caught:
            adapt(path, tmp_path / "model.keras", _MOST)
        refusals = [str(caught.value)]
        if suffix == ".keras":
            with pytest.raises(ModelError) as caught:
                Classifier.load(path)
            refusals.append(str(caught.value))
        for refusal in refusals:
            assert "written by Keras 99.0" in refusal
            assert f"the older {keras.__version__}" in refusal
            assert "QuantumDense" in refusal
            assert refusal.isprintable()
        assert {path.name for path in tmp_path.iterdir()} <= {"foreign.keras", "foreign.h5"}


def test_a_newer_keras_is_no_reason_where_its_file_can_be_read(weights, images, tmp_path):
    for suffix, edit in ((".keras", _edit_keras), (".h5", _edit_h5)):
        path, model = _save(_Foreign(suffix=suffix), weights, tmp_path)
        edit(path, "99.0", lambda config: config)
        adapt(path, target := tmp_path / "model.keras", _MOST)
        answers = Classifier.load(target).predict_batch(images)
        np.testing.assert_allclose(answers, model(images), atol=1e-5)


def test_weights_that_are_not_numbers_are_refused(weights, tmp_path):
    damaged = [np.full_like(weights[0], np.nan), *weights[1:]]
    for suffix in (".keras", ".h5"):
        path, _ = _save(_Foreign(suffix=suffix), damaged, tmp_path)
        with pytest.raises(UnusableFile, match="not numbers"):
            adapt(path, tmp_path / "model.keras", _MOST)


def test_its_layers_may_be_called_as_keras_calls_ours(images, tmp_path):
    taken = keras.Input((28, 28, 1), name="input_layer")
    x = layers.Reshape((28, 28), name="reshape")(taken)
    x = layers.Rescaling(1 / 255, name="rescaling")(x)
    x = layers.Dense(10, name="softmax")(layers.Flatten(name="flatten")(x))
    keras.Model(taken, x).save(tmp_path / "mine.keras")
    # Keras counts names in each process, and an import has one of its own.
    target = tmp_path / "model.keras"
    assert run_apart(adapt, tmp_path / "mine.keras", target, _MOST).shape == (28, 28, 1)
    assert Classifier.load(target).predict_batch(images[:5]).shape == (5, 10)
