"""Make a model that somebody else has trained one of ours: find out how it wants its images.

It may take images as `(28, 28)`, `(28, 28, 1)` or `(784,)`, from 0 to 1, 0 to 255, -1 to 1 or with
the ink dark, and give probabilities or logits. Its input's shape says the first; the others are
measured, on images of digits. What it becomes takes `(28, 28)` images from 0 to 1 and gives
probabilities, in Keras's own layers only. Its file is looked at before Keras opens it.

Runs in a process of its own, since HDF5 may end the one in which it opens a damaged file.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy

from core.classifier import Classifier
from core.classifier.model_file import (
    allowed_parameters,
    check_model_file,
    check_texts,
    check_weights,
    explain_newer_keras,
    keras_version,
    longest_text,
)
from core.classifier.network_description import MOST_DESCRIPTION, measure_network, read_description
from core.data import load_embedded
from core.reading import UnusableFile, open_file

if TYPE_CHECKING:
    import h5py
    import keras

_INPUTS = ((28, 28), (28, 28, 1), (784,))
_ZIP, _HDF5 = b"PK\x03\x04", b"\x89HDF\r\n\x1a\n"
_MOST_BYTES = 200_000_000
_NUM_IMAGES = 500
_AT_A_TIME = 100
# By how much of the images another reading has to be better than the usual one.
_CLEARLY = 0.02


@dataclass(frozen=True)
class Scale:
    """What the pixels of an image are made before a network gets them: `factor * x + offset`."""

    says: str
    factor: float
    offset: float


_SCALES = (
    Scale("0 to 1", 1.0, 0.0),
    Scale("0 to 255", 255.0, 0.0),
    Scale("-1 to 1", 2.0, -1.0),
    Scale("1 (paper) to 0 (ink)", -1.0, 1.0),
    Scale("255 (paper) to 0 (ink)", -255.0, 255.0),
)


@dataclass(frozen=True)
class Reading:
    """What was found out about a model.

    Attributes:
        shape: in which it takes an image.
        scale: between which numbers.
        gives: "probabilities" or "logits".
        accuracy: of the embedded images that it was tried with, how many it reads so, in [0, 1].
        num_images: how many those were.
        num_parameters: its weights.
    """

    shape: tuple[int, ...]
    scale: str
    gives: str
    accuracy: float
    num_images: int
    num_parameters: int


def adapt(source: Path, target: Path, max_parameters: int) -> Reading:
    """Write what a model's file holds as a model of ours.

    Args:
        source: a `.keras` or `.h5` file from anybody, by its content and not its name.
        target: where to write it.
        max_parameters: weights that it may have.

    Raises:
        UnusableFile: it is refused; the message says why.
        core.classifier.ModelError: its answers are not numbers.
        Exception: whatever Keras and h5py raise where what is damaged leads them.
    """
    model, outputs = _load(source, target.parent, allowed_parameters(max_parameters))
    weights = [np.asarray(weight) for weight in model.get_weights()]
    if not all(np.isfinite(weight.astype(np.float32)).all() for weight in weights):
        raise UnusableFile("some of its weights are not numbers (NaN or infinity)")
    data = load_embedded()
    images, labels = data.x_test[:_NUM_IMAGES], data.y_test[:_NUM_IMAGES]
    shape = tuple(model.input_shape[1:])
    found = [_answers(model, scale, images, outputs) for scale in _SCALES]
    accuracies = [float((answers.argmax(axis=1) == labels).mean()) for answers in found]
    likely = [k for k, a in enumerate(accuracies) if a >= max(accuracies) - _CLEARLY]
    # Pixels that are only multiplied give much the same digits; their loss tells them apart.
    best = 0 if 0 in likely else min(likely, key=lambda k: _loss(found[k], labels))
    is_sure = _are_probabilities(found[best])
    if shape == (28, 28) and best == 0 and is_sure and keras_version(source):
        shutil.copyfile(source, target)  # as it is, so that its fingerprint stays
    else:
        _wrapped(model, shape, _SCALES[best], softmax=not is_sure).save(target)
    check_model_file(target, max_parameters=max_parameters)
    Classifier.load(target)
    return Reading(
        shape=shape,
        scale=_SCALES[best].says,
        gives="probabilities" if is_sure else "logits",
        accuracy=accuracies[best],
        num_images=len(labels),
        num_parameters=model.count_params(),
    )


def is_keras_file(path: Path) -> bool:
    """Tell whether a file begins as a `.keras` file, and not as an `.h5` file.

    Raises:
        UnusableFile: it begins as neither.
    """
    with open_file(path, most=_MOST_BYTES) as file:
        begins = file.read(len(_HDF5))
    if not begins.startswith(_ZIP) and begins != _HDF5:
        raise UnusableFile("it is neither a .keras nor an .h5 file, nor a run from this app")
    return begins != _HDF5


def _load(source: Path, folder: Path, max_parameters: int) -> tuple["keras.Model", int]:
    """Return the model of a file, and how many numbers its layers give for one image."""
    load, suffix = (_load_keras, ".keras") if is_keras_file(source) else (_load_hdf5, ".h5")
    # Keras goes by the end of the name.
    copy = folder / f"received{suffix}"
    with open_file(source, most=_MOST_BYTES) as file, copy.open("wb") as copied:
        shutil.copyfileobj(file, copied)
    try:
        return load(copy, max_parameters)
    finally:
        copy.unlink()


def _load_keras(path: Path, max_parameters: int) -> tuple["keras.Model", int]:
    import keras

    try:
        outputs = check_model_file(path, max_parameters=max_parameters, inputs=_INPUTS)
        return keras.saving.load_model(path, compile=False, safe_mode=True), outputs
    except Exception as error:
        _explain_version(keras_version(path), error)
        raise


def _load_hdf5(path: Path, max_parameters: int) -> tuple["keras.Model", int]:
    import h5py
    import keras

    with h5py.File(path, "r") as file:
        if "model_config" not in file.attrs:
            raise UnusableFile("it holds weights only, without the network that they belong to")
        check_texts(file, longest_text(file))
        version, described = _text(file, "keras_version"), _text(file, "model_config")
        if len(described) > MOST_DESCRIPTION:
            raise UnusableFile("the description of its network is too long")
        try:
            config = read_description(described.encode(errors="replace"), is_legacy=True)
            outputs = measure_network(
                lambda: _built(config),
                max_parameters=max_parameters,
                inputs=_INPUTS,
            )
        except Exception as error:
            _explain_version(version, error)
            raise
        check_weights(file, max_parameters)
    return keras.saving.load_model(path, compile=False, safe_mode=True), outputs


def _built(config: dict[str, Any]) -> "keras.Model":
    """Build what an `.h5` file describes, of this Keras or of Keras 2."""
    import keras

    kind = keras.Sequential if config["class_name"] == "Sequential" else keras.Model
    return kind.from_config(config["config"])


def _text(file: "h5py.File", name: str) -> str:
    value = file.attrs.get(name, "")
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _explain_version(version: str | None, error: Exception) -> None:
    """Say that a newer Keras has written the file, where that may be why it cannot be read."""
    if reason := explain_newer_keras(version, str(error)):
        raise UnusableFile(reason) from None


def _answers(model: "keras.Model", scale: Scale, images: np.ndarray, outputs: int) -> np.ndarray:
    """Return what a model gives for images, `(n, 10)`, with their pixels on a scale."""
    given = (scale.factor * images + scale.offset).astype(np.float32)
    given = given.reshape(-1, *model.input_shape[1:])
    at_a_time = max(1, min(_AT_A_TIME, 250_000_000 // max(1, outputs)))
    parts = [given[start : start + at_a_time] for start in range(0, len(given), at_a_time)]
    return np.concatenate([np.asarray(model(part, training=False)) for part in parts])


def _are_probabilities(answers: np.ndarray) -> bool:
    return bool(answers.min() > -1e-3 and np.abs(answers.sum(axis=1) - 1).max() < 0.02)


def _loss(answers: np.ndarray, labels: np.ndarray) -> float:
    """Return the cross-entropy of probabilities or logits."""
    if _are_probabilities(answers):
        logarithms = np.log(np.maximum(answers, 1e-7))
    else:
        logarithms = scipy.special.log_softmax(answers, axis=1)
    return -float(logarithms[np.arange(len(labels)), labels].mean())


def _wrapped(
    model: "keras.Model", shape: tuple[int, ...], scale: Scale, *, softmax: bool
) -> "keras.Model":
    import keras
    from keras import layers

    # Named, since the names that Keras gives may be those of its layers.
    images = keras.Input((28, 28), name="digit_lab_images")
    x = images
    if shape != (28, 28):
        x = layers.Reshape(shape, name="digit_lab_shape")(x)
    if (scale.factor, scale.offset) != (1.0, 0.0):
        x = layers.Rescaling(scale.factor, offset=scale.offset, name="digit_lab_scale")(x)
    # Its layers become ours, one by one: as a layer of its own nobody could look into it.
    x = model.call(x)
    if softmax:
        x = layers.Softmax(name="digit_lab_probabilities")(x)
    return keras.Model(images, x)
