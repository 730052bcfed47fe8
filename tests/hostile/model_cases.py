"""Model files that are damaged, huge, no readers of digits, or would rather do something else."""

import io
import json
import os
import struct
import tempfile
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
from keras import layers

from models.mlp import mlp

Write = Callable[[Path], object]
_CONFIG, _WEIGHTS = "config.json", "model.weights.h5"
_SOFTMAX = {"activation": "softmax"}


@cache
def _sound() -> dict[str, bytes]:
    """Return the parts of the file of a sound model."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sound.keras"
        mlp(hidden_units=(8,)).save(path)
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}


def _zip(changes: dict[str, bytes | None], *, compression: int = zipfile.ZIP_STORED) -> Write:
    """Return what writes a sound model with other parts; None leaves a part out."""

    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w", compression) as archive:
            for name, part in {**_sound(), **changes}.items():
                if part is not None:
                    archive.writestr(name, part)

    return write


def _layer(name: str, module: Any = "keras.layers", /, **config: Any) -> dict[str, Any]:
    return {"module": module, "class_name": name, "config": config, "registered_name": None}


def _config(*inner: dict[str, Any], **values: Any) -> bytes:
    image = _layer("InputLayer", batch_shape=[None, 28, 28], dtype="float32", name="image")
    network = _layer("Sequential", "keras", name="network", layers=[image, *inner])
    return json.dumps(network | values).encode()


def _described(*inner: dict[str, Any], **values: Any) -> Write:
    """Return what writes a model of these layers, with weights that do not fit them."""
    return _zip({_CONFIG: _config(*inner, **values)})


def _dense(units: int, **config: Any) -> dict[str, Any]:
    return _layer("Dense", units=units, **config)


def _saved(*inner: keras.Layer, end: keras.Layer | None = None) -> Write:
    """Return what saves a real model of these layers."""

    def write(path: Path) -> None:
        last = end or layers.Dense(10, activation="softmax")
        keras.Sequential([keras.Input((28, 28)), *inner, layers.Flatten(), last]).save(path)

    return write


def _weights(shape: tuple[int, ...], dtype: Any = "f4") -> Write:
    """Return what writes a sound model whose weights say that they are as large as this."""

    def write(path: Path) -> None:
        buffer = io.BytesIO()
        with h5py.File(buffer, "w") as file:
            chunks = tuple(min(side, 100) for side in shape)
            group = file.create_group("layers/dense/vars")
            group.create_dataset("0", shape, dtype, chunks=chunks, compression="gzip")
        _zip({_WEIGHTS: buffer.getvalue()})(path)

    return write


def _two_gigabytes(path: Path) -> None:
    """Write a small file whose weights unpack to 2 GB."""
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open(_WEIGHTS, "w", force_zip64=True) as weights,
    ):
        megabyte = bytes(10**6)
        for _ in range(2000):
            weights.write(megabyte)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(_CONFIG, _sound()[_CONFIG])


def _many_parts(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(5000):
            archive.writestr(f"assets/{number}", b"")


def _lying_directory(path: Path) -> None:
    """Say that the weights are a byte long, where the zip file lists its parts."""
    _zip({_WEIGHTS: bytes(10**6)}, compression=zipfile.ZIP_DEFLATED)(path)
    content = bytearray(path.read_bytes())
    entry = content.rfind(b"PK\x01\x02", 0, content.rfind(_WEIGHTS.encode()))
    struct.pack_into("<L", content, entry + 24, 1)
    path.write_bytes(bytes(content))


def _hole(path: Path) -> None:
    path.touch()
    os.truncate(path, 10**12)


def _nan(path: Path) -> None:
    model = mlp(hidden_units=(8,))
    model.set_weights([np.full(weight.shape, np.nan) for weight in model.get_weights()])
    model.save(path)


_TWICE = b'{"class_name": "Sequential", "config": ' * 50_000
_SYSTEM = {"class_name": "function", "config": "system", "module": "os", "registered_name": None}

# What is refused, and a word of the reason.
MODELS: dict[str, tuple[Write, str]] = {
    "nothing": (lambda path: path.touch(), "damaged"),
    "no zip file": (lambda path: path.write_bytes(b"x" * 5000), "damaged"),
    "zeros": (lambda path: path.write_bytes(bytes(5000)), "damaged"),
    "a hole of a terabyte": (
        lambda path: os.truncate(os.open(path, os.O_CREAT | os.O_RDWR), 10**12),
        "bytes",
    ),
    "unpacks to 2 GB": (_two_gigabytes, "unpacks to 2,000,0"),
    "many parts": (_many_parts, "more parts"),
    "a lying directory": (_lying_directory, ""),
    "a strange part": (_zip({"assets/run.py": b"import os"}), "more parts"),
    "another part": (_zip({"metadata.json": None, "code.py": b"1"}), "does not hold"),
    "no config": (_zip({_CONFIG: None}), "does not hold"),
    "no weights": (_zip({_WEIGHTS: None}), "does not hold"),
    "weights cut off": (_zip({_WEIGHTS: b"\x89HDF\r\n\x1a\n" + bytes(50)}), ""),
    "weights that are none": (_zip({_WEIGHTS: b"x" * 100}), ""),
    "weights of 4 GB": (_weights((10**5, 10**4)), "unpack to more"),
    "weights of a petabyte": (_weights((10**8, 10**7)), "unpack to more"),
    "weights of text": (_weights((5,), h5py.string_dtype()), "not numbers"),
    "weights of another network": (_weights((3, 3)), ""),
    "a long config": (_zip({_CONFIG: b" " * 2_000_000}), "too long"),
    "a deep config": (_zip({_CONFIG: b"[" * 500_000}), "damaged"),
    "a config in itself": (_zip({_CONFIG: _TWICE[:900_000]}), "damaged"),
    "a wide config": (_zip({_CONFIG: json.dumps([0] * 200_000).encode()}), "does not describe"),
    "a config of many values": (_described(_layer("Flatten", name=[0] * 150_000)), "too long"),
    "a config of many levels": (
        _zip(
            {
                _CONFIG: b'{"class_name":"Sequential","module":"keras","a":'
                + b"[" * 60
                + b"]" * 60
                + b"}"
            }
        ),
        "too deeply",
    ),
    "a config that is text": (_zip({_CONFIG: b'"Sequential"'}), "does not describe"),
    "a layer alone": (_zip({_CONFIG: json.dumps(_dense(10)).encode()}), "does not describe"),
    "ten trillion weights": (
        _described(_layer("Flatten"), _dense(10**7), _dense(10**6)),
        "weights",
    ),
    "more weights than can be counted": (_described(_layer("Flatten"), _dense(10**13)), ""),
    "a huge LSTM": (_described(_layer("LSTM", units=10**5), _dense(10, **_SOFTMAX)), "weights"),
    "a million steps": (
        _described(
            _layer("Flatten"),
            _layer("RepeatVector", n=10**6),
            _layer("LSTM", units=2),
            _dense(10, **_SOFTMAX),
        ),
        "numbers for one image",
    ),
    "a huge picture": (
        _described(
            _layer("Reshape", target_shape=[28, 28, 1]),
            _layer("UpSampling2D", size=[10_000, 10_000]),
            _layer("GlobalAveragePooling2D"),
            _dense(10, **_SOFTMAX),
        ),
        "numbers for one image",
    ),
    "an unrolled layer": (_described(_layer("LSTM", units=2, unroll=True), _dense(10)), "unrolled"),
    "a thousand layers": (_described(*[_layer("Activation", activation="relu")] * 999), "layers"),
    "negative units": (_described(_layer("Flatten"), _dense(-5)), ""),
    "a Lambda": (_described(_layer("Lambda", function="lambda x: x")), "'Lambda'"),
    "a lambda in the config": (
        _described(_layer("Activation", activation=_layer("__lambda__", "builtins", value="x"))),
        "'__lambda__'",
    ),
    "a SavedModel": (_described(_layer("TFSMLayer", filepath="/etc")), "'TFSMLayer'"),
    "a vocabulary in a file": (
        _described(_layer("StringLookup", vocabulary="/etc/passwd")),
        "'StringLookup'",
    ),
    "a PyTorch module": (_described(_layer("TorchModuleWrapper", module="x")), ""),
    "a function of the system": (
        _described(_layer("Activation", activation=_SYSTEM)),
        "'function'",
    ),
    "a class of Python": (_described(_layer("Popen", "subprocess", args="ls")), "'Popen'"),
    "a class of TensorFlow": (_described(_layer("Module", "tensorflow")), "'Module'"),
    "a registered class": (
        _described(_layer("Dense", units=10) | {"registered_name": "evil>Dense"}),
        "'Dense'",
    ),
    "an array of objects": (
        _described(_layer("Flatten", name=_layer("__numpy__", "builtins", value=[], dtype="O"))),
        "'__numpy__'",
    ),
    "a utility of Keras": (_described(_layer("get_file", "keras.utils", origin="x")), "'get_file'"),
    "a class without a name": (_described({"class_name": None, "config": {}}), "damaged"),
    "a module that is a list": (_described(_layer("Dense", ["keras.layers"])), "damaged"),
    "a compiled part of a network": (
        _described(_layer("Flatten") | {"compile_config": {"optimizer": _layer("Adam", "os")}}),
        "'Adam'",
    ),
    "no softmax": (_saved(end=layers.Dense(10)), "not probabilities"),
    "ten sigmoids": (_saved(end=layers.Dense(10, activation="sigmoid")), "not probabilities"),
    "ReLUs at the end": (_saved(end=layers.Dense(10, activation="relu")), "not probabilities"),
    "weights that are NaN": (_nan, "not numbers"),
    "nine digits": (_saved(end=layers.Dense(9, activation="softmax")), "expected a model from"),
    "only a picture": (_saved(end=layers.Flatten()), "expected a model from"),
}
