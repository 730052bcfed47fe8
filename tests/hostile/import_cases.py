"""Files that somebody brings as a model or a run, and that are no such thing, or would rather harm.

What only looks at the description of a network is written as a `.keras` and as an `.h5` file.
"""

import io
import json
import os
import pickle
import random
import stat
import struct
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
from keras import layers

from models.mlp import mlp
from tests.hostile.model_cases import MODELS
from tests.records import epoch_record, step_record

Write = Callable[[Path], object]
Change = Callable[[h5py.File], object]

# What a file's code would leave beside it, if it ran.
MARKER = "ran"
_CONFIG, _WEIGHTS, _METADATA = "config.json", "model.weights.h5", "metadata.json"
_RECORD, _METRICS, _MODEL = "run.json", "metrics.jsonl", "model.keras"
_CALIBRATION, _SEEN = "model.calibration.json", "seen_images.npy"
_DEFLATED, _BZIP2, _LZMA = zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA
_SOFTMAX = {"activation": "softmax"}


# Zip files of any kind, honest or not.


@dataclass(frozen=True)
class _Part:
    """An entry of a zip file, with everything that it says of itself.

    Attributes:
        data: as it lies in the file, so compressed where `method` says so.
        size: of what it says that it unpacks to; None for the size of `data`.
        crc: of what it says that it unpacks to; None for that of `data`.
        at: where it says that it lies; None for the truth.
    """

    name: bytes | str
    data: bytes = b""
    method: int = zipfile.ZIP_STORED
    size: int | None = None
    crc: int | None = None
    flags: int = 0
    mode: int = 0
    at: int | None = None


def _parts(*parts: _Part, end: bytes = b"") -> bytes:
    """Return a zip file of these entries."""
    content, directory = io.BytesIO(), io.BytesIO()
    for part in parts:
        name = part.name.encode() if isinstance(part.name, str) else part.name
        size = len(part.data) if part.size is None else part.size
        crc = zlib.crc32(part.data) if part.crc is None else part.crc
        says = (part.flags, part.method, 0, 33, crc, len(part.data), size, len(name), 0)
        at = content.tell() if part.at is None else part.at
        content.write(struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, *says) + name + part.data)
        directory.write(struct.pack("<4s6H3L2H", b"PK\x01\x02", 0x0314, 20, *says))
        directory.write(struct.pack("<3H2L", 0, 0, 0, part.mode << 16, at) + name)
    listed = directory.getvalue()
    counts = (0, 0, len(parts), len(parts), len(listed), content.tell(), 0)
    return content.getvalue() + listed + struct.pack("<4s4H2LH", b"PK\x05\x06", *counts) + end


@cache
def _deflated_zeros(megabytes: int) -> bytes:
    """Return what unpacks to so many zeros; a megabyte is packed once, and repeated."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    megabyte = packer.compress(bytes(10**6)) + packer.flush(zlib.Z_FULL_FLUSH)
    return megabyte * megabytes + b"\x03\x00"


@cache
def _packed_zeros(method: int, megabytes: int) -> bytes:
    """Return what a zip file holds of so many zeros that are packed by a method."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive, archive.open("a", "w") as entry:
        for _ in range(megabytes):
            entry.write(bytes(10**6))
    start = 30 + len("a")
    with zipfile.ZipFile(content) as archive:
        return content.getvalue()[start : start + archive.getinfo("a").compress_size]


def _written(content: bytes | str) -> Write:
    data = content.encode() if isinstance(content, str) else content
    return lambda path: path.write_bytes(data)


def _later(make: Callable[[], bytes]) -> Write:
    """Return what writes a content that is made only then, since it takes time or memory."""
    return lambda path: path.write_bytes(make())


# Sound models, and what has become of them.


@cache
def _sound(suffix: str = ".keras") -> bytes:
    """Return the file of a sound model."""
    return _saved_as(suffix, lambda: mlp(hidden_units=(8,)))


def _saved_as(suffix: str, build: Callable[[], keras.Model]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"model{suffix}"
        build().save(path)
        return path.read_bytes()


@cache
def _sound_parts() -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(_sound())) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _keras(*changed: _Part, without: tuple[str, ...] = ()) -> Write:
    """Return what writes a sound `.keras` file with other entries, in place of those so called."""

    def write(path: Path) -> None:
        names = {part.name for part in changed} | set(without)
        kept = [_Part(name, data) for name, data in _sound_parts().items() if name not in names]
        path.write_bytes(_parts(*kept, *changed))

    return write


def _hdf5(change: Change) -> Write:
    """Return what writes a sound `.h5` file that is then changed."""

    def write(path: Path) -> None:
        path.write_bytes(_sound(".h5"))
        with h5py.File(path, "r+") as file:
            change(file)

    return write


def _weights_file(change: Change) -> Write:
    """Return what writes a `.keras` file whose file of weights is changed."""

    def write(path: Path) -> None:
        content = io.BytesIO(_sound_parts()[_WEIGHTS])
        with h5py.File(content, "r+") as file:
            change(file)
        _keras(_Part(_WEIGHTS, content.getvalue()))(path)

    return write


def _cut(make: Callable[[], bytes], share: float) -> Write:
    def write(path: Path) -> None:
        content = make()
        path.write_bytes(content[: int(share * len(content))])

    return write


def _scratched(start: int, length: int, seed: int) -> Write:
    """Return what writes an `.h5` file of which a part is noise."""

    def write(path: Path) -> None:
        content = bytearray(_sound(".h5"))
        content[start : start + length] = random.Random(seed).randbytes(length)
        path.write_bytes(bytes(content))

    return write


def _instead(make: Callable[[h5py.File, str], object]) -> Change:
    """Return what puts something else in place of the weights of the first layer."""

    def change(file: h5py.File) -> None:
        name = file.visititems(
            lambda name, item: (getattr(item, "shape", 0) == (784, 8) and name) or None
        )
        del file[name]
        make(file, name)

    return change


def _dataset(*args: Any, **kwargs: Any) -> Change:
    return _instead(lambda file, name: file.create_dataset(name, *args, **kwargs))


def _link(link: Any) -> Change:
    return _instead(lambda file, name: file.__setitem__(name, link))


def _attribute(name: str, value: Any, of: str = "/") -> Change:
    def change(file: h5py.File) -> None:
        file[of].attrs[name] = value

    return change


def _virtual(file: h5py.File, name: str) -> None:
    layout = h5py.VirtualLayout((784, 8), "f4")
    layout[:] = h5py.VirtualSource("/etc/passwd", "weights", (784, 8))
    file.create_virtual_dataset(name, layout)


def _references(file: h5py.File, name: str) -> None:
    dataset = file.create_dataset(name, (784, 8), h5py.ref_dtype)
    dataset[0, 0] = file["model_weights"].ref


def _named_type(file: h5py.File, name: str) -> None:
    file[name] = np.dtype([("a", "f4"), ("b", "i2")])


def _itself(file: h5py.File, name: str) -> None:
    file[name] = file["/"]


def _chunk_that_unpacks(file: h5py.File, name: str) -> None:
    """Say that a chunk has 25 kB, and let it unpack to 3 GB."""
    dataset = file.create_dataset(name, (784, 8), "f4", chunks=(784, 8), compression="gzip")
    # As zlib has it, so with two bytes before what a zip file holds.
    dataset.id.write_direct_chunk((0, 0), b"\x78\xda" + _deflated_zeros(3000) + bytes(4))


def _large_chunk(file: h5py.File, name: str) -> None:
    """Let a chunk have 3 GB of which the weights are a small part."""
    sides = {"chunks": (30_000, 25_000), "maxshape": (None, None)}
    dataset = file.create_dataset(name, (784, 8), "f4", compression="gzip", **sides)
    dataset.id.write_direct_chunk((0, 0), b"\x78\xda" + _deflated_zeros(3000) + bytes(4))


def _many_links(file: h5py.File) -> None:
    for number in range(101_000):
        file[f"a/{number}"] = h5py.SoftLink("/nowhere")


def _same_text_often(name: str, of: str) -> Write:
    """Return what writes an attribute of 400 texts of 10 MB, all of which lie at one place."""

    def write(path: Path) -> None:
        text, count = b"x" * 10_000_000, 400
        change = _attribute(name, np.array([text, *[b"y"] * (count - 1)], h5py.string_dtype()), of)
        _hdf5(change)(path)
        content = bytearray(path.read_bytes())
        # A length, an address and a number; the others stand behind it.
        start = content.find(struct.pack("<L", len(text)), 0)
        while content[start + 16 : start + 20] != struct.pack("<L", 1):
            start = content.find(struct.pack("<L", len(text)), start + 1)
        content[start : start + 16 * count] = content[start : start + 16] * count
        path.write_bytes(bytes(content))

    return write


def _as_keras(write: Write) -> Write:
    """Return what writes a file under the only name under which Keras saves it."""

    def renamed(path: Path) -> None:
        named = path.with_suffix(".keras")
        write(named)
        named.rename(path)

    return renamed


# Networks, real ones or only their description.


def _both(name: str, build: Callable[[], keras.Model], word: str) -> dict[str, tuple[Write, str]]:
    """Return a case for a `.keras` and one for an `.h5` file."""

    def write(suffix: str) -> Write:
        return _later(lambda: _saved_as(suffix, build))

    return {f"{name} in {suffix}": (write(suffix), word) for suffix in (".keras", ".h5")}


def _network(*inner: keras.Layer, image: Any = (28, 28), end: Any = None, **kwargs: Any) -> Any:
    """Return what builds a network of these layers."""

    def build() -> keras.Model:
        last = end or layers.Dense(10, activation="softmax")
        return keras.Sequential([keras.Input(image, **kwargs), *inner, layers.Flatten(), last])

    return build


def _two_inputs() -> keras.Model:
    images = [keras.Input((28, 28)), keras.Input((28, 28))]
    flat = [layers.Flatten()(image) for image in images]
    return keras.Model(images, layers.Dense(10, **_SOFTMAX)(layers.Concatenate()(flat)))


def _two_outputs() -> keras.Model:
    image = keras.Input((28, 28))
    flat = layers.Flatten()(image)
    return keras.Model(image, [layers.Dense(10, **_SOFTMAX)(flat) for _ in range(2)])


def _filled(value: float) -> Callable[[], keras.Model]:
    def build() -> keras.Model:
        model = mlp(hidden_units=(8,))
        model.set_weights([np.full(weight.shape, value) for weight in model.get_weights()])
        return model

    return build


def _lambda(suffix: str) -> Write:
    """Return what writes a real network with a layer that leaves a file when it is called."""

    def write(path: Path) -> None:
        code = f"lambda x: [__import__('pathlib').Path({str(path.with_name(MARKER))!r}).touch(), x]"
        function = eval(f"{code}[1]")
        path.write_bytes(_saved_as(suffix, _network(layers.Lambda(function))))
        path.with_name(MARKER).unlink()  # it has run here

    return write


class _Runs:
    """What leaves a file when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mknod, (str(self.marker), 0o600 | stat.S_IFREG)


def _pickled(before: bytes = b"") -> Write:
    return lambda path: path.write_bytes(before + pickle.dumps(_Runs(path.with_name(MARKER))))


def _npz(path: Path) -> None:
    with path.open("wb") as file:
        np.savez(file, kernel=np.array([_Runs(path.with_name(MARKER))], object))


def _torch(path: Path) -> None:
    """Write what PyTorch does: a zip file with a pickle."""
    data = pickle.dumps(_Runs(path.with_name(MARKER)))
    parts = (_Part("model/data.pkl", data), _Part("model/version", b"3\n"))
    path.write_bytes(_parts(*parts, _Part("model/data/0", bytes(64))))


def _objects_as_weights(path: Path) -> None:
    data = np.frombuffer(pickle.dumps(_Runs(path.with_name(MARKER))), np.uint8)
    _hdf5(_instead(lambda f, n: f.create_dataset(n, data=np.void(data.tobytes()))))(path)


def _tar(path: Path) -> None:
    with tarfile.open(path, "w:gz") as archive:
        for name in (_CONFIG, "../../evil"):
            archive.addfile(tarfile.TarInfo(name))


def _layer(name: str, module: str | None = "keras.layers", /, **config: Any) -> dict[str, Any]:
    return {"module": module, "class_name": name, "config": config, "registered_name": None}


def _sequential(inner: list[Any]) -> bytes:
    image = _layer("InputLayer", batch_shape=[None, 28, 28], dtype="float32", name="image")
    network = _layer("Sequential", "keras", name="network", layers=[image, *inner])
    return json.dumps(network).encode()


def _described(name: str, inner: list[Any], word: str) -> dict[str, tuple[Write, str]]:
    """Return a case for a `.keras` and one for an `.h5` file, with weights that do not fit."""
    config = _sequential(inner)
    return {
        f"{name} in .keras": (_keras(_Part(_CONFIG, config)), word),
        f"{name} in .h5": (_hdf5(_attribute("model_config", config)), word),
    }


def _config_of_hdf5(config: Any) -> Write:
    text = config if isinstance(config, bytes) else json.dumps(config).encode()
    return _hdf5(_attribute("model_config", text))


def _shared_layer(times: int) -> bytes:
    """Return a network, as Keras 2 described it, in which one layer is used so many times."""

    def described(kind: str, name: str, nodes: list[Any], **config: Any) -> dict[str, Any]:
        called = {"name": name, **config}
        return {"class_name": kind, "name": name, "config": called, "inbound_nodes": nodes}

    chain = [[["a", 0, 0, {}]], *([["b", n, 0, {}]] for n in range(times - 1))]
    parts = [
        described("InputLayer", "a", [], batch_input_shape=[None, 784], dtype="float32"),
        described("Activation", "b", chain, activation="relu"),
        described("Dense", "c", [[["b", times - 1, 0, {}]]], units=10, activation="softmax"),
    ]
    ends = {"input_layers": [["a", 0, 0]], "output_layers": [["c", 0, 0]]}
    network = {"class_name": "Functional", "config": {"name": "n", "layers": parts, **ends}}
    return json.dumps(network).encode()


def _networks_in_networks(depth: int) -> dict[str, Any]:
    """Return a network that calls another ten times, which calls another ten times, and so on."""
    if not depth:
        return _layer("Activation", activation="relu")
    inner = {**_networks_in_networks(depth - 1), "inbound_nodes": [[["a", 0, 0, {}]]] * 10}
    return _layer("Functional", "keras", name=f"network_{depth}", layers=[inner])


# Runs.


def record(**values: Any) -> dict[str, Any]:
    """Return what the `run.json` of a sound run holds."""
    own = {"id": "20260101-000000-abcdef", "name": "A run", "created": "2026-01-01T00:00:00Z"}
    settings = {"architecture": "mlp", "epochs": 2}
    return {**own, "status": "completed", "owner": "x", "hyperparameters": settings, **values}


def _run(*parts: _Part, **values: Any) -> Write:
    """Return what writes the zip of a run with these parts; `values` are of its record."""
    return _later(lambda: _parts(_Part(_RECORD, json.dumps(record(**values)).encode()), *parts))


def _run_of_record(content: bytes | str, **as_part: Any) -> Write:
    data = content.encode() if isinstance(content, str) else content
    return _written(_parts(_Part(_RECORD, data, **as_part)))


def _run_with_model(write: Write) -> Write:
    """Return what writes the zip of a run whose model is such a file."""

    def whole(path: Path) -> None:
        write(path)
        _run(_Part(_MODEL, path.read_bytes()))(path)

    return whole


def _zipped_run() -> bytes:
    return _parts(_Part(_RECORD, json.dumps(record()).encode()), _Part(_MODEL, _sound()))


def _link_part(name: str, target: str) -> _Part:
    return _Part(name, target.encode(), mode=stat.S_IFLNK | 0o777)


def _zip64(path: Path) -> None:
    """Write the zip of a run whose list of parts stands somewhere else."""
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(70_000):
            archive.writestr(zipfile.ZipInfo(f"{number}"), b"")
        archive.writestr(_RECORD, json.dumps(record()))


def _zeros_as_metrics(path: Path) -> None:
    zeros = bytes(10**8)
    packed = {"method": _DEFLATED, "size": len(zeros), "crc": zlib.crc32(zeros)}
    _run(_Part(_METRICS, _deflated_zeros(100), **packed))(path)


def _as_folder(path: Path) -> None:
    path.mkdir()


_TWO_GIGABYTES = 2_200
_NEITHER = "it is neither a .keras nor an .h5 file"
# Refused as what Keras itself would be asked to open, in other words where the file is no zip file;
# what gives no probabilities is made to.
_ACCEPTED_MODELS = {"no softmax", "ten sigmoids", "ReLUs at the end"}
_OTHER_WORDS = {
    **dict.fromkeys(("nothing", "no zip file", "zeros"), _NEITHER),
    "weights of another network": "",
}
_MODELS = {
    f"a model of {name}": (_as_keras(write), _OTHER_WORDS.get(name, word))
    for name, (write, word) in MODELS.items()
    if name not in _ACCEPTED_MODELS
}
_FILES: dict[str, tuple[Write, str]] = {
    **{f"a .keras cut at {cut}": (_cut(_sound, cut), "damaged") for cut in (0.001, 0.5, 0.999)},
    **{f"an .h5 cut at {c}": (_cut(lambda: _sound(".h5"), c), "damaged") for c in (0.1, 0.5, 0.9)},
    **{f"a run cut at {cut}": (_cut(_zipped_run, cut), "damaged") for cut in (0.001, 0.5, 0.999)},
    "eight bytes of HDF5": (_written(b"\x89HDF\r\n\x1a\n"), "damaged"),
    "a PNG": (_written(b"\x89PNG\r\n\x1a\n" + bytes(500)), _NEITHER),
    "a PDF": (_written(b"%PDF-1.7\n%%EOF\n"), _NEITHER),
    "a text": (_written("Seven.\n" * 500), _NEITHER),
    "a program": (_written("#!/bin/sh\ntouch ran\n"), _NEITHER),
    "an npz": (_npz, "does not hold what Keras writes"),
    "a model of PyTorch": (_torch, "does not hold what Keras writes"),
    "a pickle": (_pickled(), _NEITHER),
    "a pickle that begins as a zip": (_pickled(b"PK\x03\x04"), "damaged"),
    "a pickle that begins as HDF5": (_pickled(b"\x89HDF\r\n\x1a\n"), "damaged"),
    "a pickle as weights": (_objects_as_weights, "not numbers"),
    "a tar in a gzip": (_tar, _NEITHER),
    "a pipe": (os.mkfifo, "it is not a file"),
    "a folder": (_as_folder, "it is not a file"),
    "a link to a file": (lambda path: path.symlink_to("/etc/passwd"), "it is a link"),
    "a link to itself": (lambda path: path.symlink_to(path.name), "it is a link"),
    "no file at all": (lambda path: None, "there is no such file"),
}
_ZIPS: dict[str, tuple[Write, str]] = {
    "a description that unpacks to 3 GB and says 1 kB": (
        _keras(_Part(_CONFIG, _deflated_zeros(3000), _DEFLATED, size=1000)),
        "",
    ),
    "weights that unpack to 3 GB and say 1 MB": (
        _keras(_Part(_WEIGHTS, _deflated_zeros(3000), _DEFLATED, size=10**6)),
        "",
    ),
    "metadata that unpacks to 3 GB and says 1 kB": (
        _keras(_Part(_METADATA, _deflated_zeros(3000), _DEFLATED, size=1000)),
        "",
    ),
    **{
        f"a {name} packed by method {method}": (
            lambda path, name=name, method=method: _keras(
                _Part(name, _packed_zeros(method, 150), method, size=1000)
            )(path),
            "",
        )
        for name in (_CONFIG, _METADATA)
        for method in (_BZIP2, _LZMA)
    },
    "a packing that nobody knows": (_keras(_Part(_CONFIG, b"{}", 77)), ""),
    "a description that is encrypted": (_keras(_Part(_CONFIG, b"x" * 50, flags=1)), ""),
    "a damaged stream": (_keras(_Part(_CONFIG, b"\xff" * 50, _DEFLATED, size=50)), ""),
    "parts that overlap": (_keras(_Part(_METADATA, b"{}", at=0)), ""),
    "a part beyond the end": (_keras(_Part(_METADATA, b"{}", at=2**31)), ""),
    "the same part twice": (
        _later(lambda: _parts(*[_Part(_CONFIG, b"{}")] * 2, _Part(_WEIGHTS, b"x"))),
        "the same part twice",
    ),
    "ten thousand parts": (
        _later(lambda: _parts(*[_Part(f"{number}") for number in range(10_000)])),
        "more parts than it may have",
    ),
    "seventy thousand parts": (_zip64, "more parts than it may have"),
    "a zip in a zip": (
        _later(lambda: _parts(_Part("inner.zip", _sound()))),
        "does not hold what Keras writes",
    ),
    "an empty zip": (_written(_parts()), ""),
    "something behind the end": (_later(lambda: _sound() + b"x" * 10), "damaged"),
}
_RUNS: dict[str, tuple[Write, str]] = {
    "a run of 2 GB of metrics": (
        _run(_Part(_METRICS, _deflated_zeros(_TWO_GIGABYTES), _DEFLATED, size=2_200_000_000)),
        "",
    ),
    "a run of 2 GB of metrics that say 1 kB": (
        _run(_Part(_METRICS, _deflated_zeros(_TWO_GIGABYTES), _DEFLATED, size=1000)),
        "metrics.jsonl is damaged",
    ),
    "a run.json that unpacks to 2 GB": (
        _run_of_record(_deflated_zeros(_TWO_GIGABYTES), method=_DEFLATED, size=1000),
        "run.json is damaged",
    ),
    **{
        f"metrics packed by method {method}": (
            lambda path, method=method: _run(
                _Part(_METRICS, _packed_zeros(method, 150), method, size=1000)
            )(path),
            "packed in a way",
        )
        for method in (_BZIP2, _LZMA)
    },
    "a run with calibration of 1 MB": (
        _run(_Part(_CALIBRATION, bytes(10**6))),
        "model.calibration.json is larger",
    ),
    **{
        f"a member called {name!r}"[:60]: (_run(_Part(name, b"x")), "no part of a run")
        for name in (
            *("../evil", "../../run.json", "/etc/evil", "C:\\evil", "..\\..\\evil", "\\evil", ""),
            *("folder/", "folder/run.json", "./metrics.jsonl", "metrics.jsonl/", "metrics.jsonl "),
            *("METRICS.JSONL", "metrics.jsonl\u200b", "run.jso\uff4e", "\u202enosj.nur", "x" * 300),
            *("control.json", "run.json.lock", "worker.lock", "reports/a.html", ".hidden"),
            *("checkpoint/state.npz", "code.py", "__init__.py"),
        )
    },
    "a member whose name is no UTF-8": (_run(_Part(b"\xff\xfe", b"x", flags=0x800)), ""),
    "a run.json in a folder": (
        _written(_parts(_Part("run/run.json", json.dumps(record()).encode()))),
        "does not hold what Keras writes",
    ),
    "a run.json that is a folder": (_written(_parts(_Part("run.json/"))), "does not hold"),
    "a run.json above": (_written(_parts(_Part("../run.json", b"{}"))), "does not hold"),
    "a run.json that is a link": (
        _written(_parts(_link_part(_RECORD, "/etc/passwd"))),
        "its run.json is invalid",
    ),
    "a model that is a link": (_run(_link_part(_MODEL, "/etc/passwd")), _NEITHER),
    "a run with two models": (_run(*[_Part(_MODEL, b"x")] * 2), "the same part twice"),
    "a run of ten thousand parts": (
        _later(lambda: _parts(_Part(_RECORD, b"{}"), *[_Part(f"{n}") for n in range(10_000)])),
        "more parts than it may have",
    ),
    "an encrypted run": (_run_of_record(b"x" * 40, flags=1), "its run.json is damaged"),
    "a run packed as nobody can": (_run_of_record(b"x" * 40, method=99), "packed in a way"),
    "a run whose packing is damaged": (
        _run_of_record(b"\xff" * 40, method=_DEFLATED, size=40),
        "its run.json is damaged",
    ),
    "a run.json that changed": (_run_of_record("{}", crc=1), "its run.json is damaged"),
    "a run.json that says more": (_run_of_record("{}", size=200), "its run.json is invalid"),
    "a run.json of nothing": (_run_of_record(""), "its run.json is invalid"),
    "a run.json of 10 MB": (_run_of_record(b" " * 10**7), "its run.json is larger"),
    "a deep run.json": (_run_of_record("[" * 200_000), "its run.json is invalid"),
    "a run.json that is a list": (_run_of_record("[]"), "its run.json is invalid"),
    "a run.json of NaN": (_run_of_record('{"id": NaN}'), "its run.json is invalid"),
    "a run.json in UTF-16": (_run_of_record(json.dumps(record()).encode("utf-16")), "invalid"),
    "a run.json of half a letter": (_run_of_record('{"id": "\\ud800"}'), "invalid"),
    **{
        f"a run whose {field} is {str(value)[:20]}": (_run(**{field: value}), "run.json is invalid")
        for field, value in {
            "id": 5,
            "name": ["A"],
            "created": "0001-01-01T00:00:00Z",
            "status": "deleted",
            "hyperparameters": [],
            "num_parameters": 10**30,
            "segments": [1] * 20_000,
            "results": {"val_loss": float("nan")},
            "software": {str(number): "x" for number in range(1000)},
            "other_settings": {"a": [[[[[[[[[]]]]]]]]]},
            "owner": "x" * 1000,
        }.items()
    },
    "a run with a strange architecture": (
        _run(hyperparameters={"architecture": "../../evil"}),
        "run.json is invalid",
    ),
    "a run with a text as its model": (_run(_Part(_MODEL, b"Seven.")), _NEITHER),
    "a run with a Lambda as its model": (_run_with_model(_lambda(".keras")), "'Lambda'"),
    "a run with a Lambda in HDF5": (_run_with_model(_lambda(".h5")), "'Lambda'"),
    "a run with a run as its model": (_run_with_model(_later(_zipped_run)), "does not hold what"),
    "a run with a pickle as its model": (_run_with_model(_pickled()), _NEITHER),
    "a run whose model unpacks to 2 GB": (
        _run(_Part(_MODEL, _deflated_zeros(_TWO_GIGABYTES), _DEFLATED, size=90_000_000)),
        "model.keras is damaged",
    ),
}
_HDF5: dict[str, tuple[Write, str]] = {
    **{
        f"an .h5 with {length} bytes of noise at {start}": (_scratched(start, length, start), "")
        for start, length in ((8, 40), (96, 600), (600, 1200), (2048, 4096))
    },
    "a link to another file": (_hdf5(_link(h5py.ExternalLink("/etc/passwd", "/"))), "a link to"),
    "a link to a missing place": (_hdf5(_link(h5py.SoftLink("/nowhere"))), "a link to"),
    "a link that leads to itself": (
        _hdf5(_instead(lambda file, name: file.__setitem__(name, h5py.SoftLink(f"/{name}")))),
        "a link to",
    ),
    "a hundred thousand links": (_hdf5(_many_links), ""),
    "a group in itself": (_hdf5(_instead(_itself)), ""),
    "weights in another file": (_hdf5(_instead(_virtual)), "in another file"),
    "weights in a file of the system": (
        _hdf5(_dataset((784, 8), "f4", external=[("/etc/passwd", 0, h5py.h5f.UNLIMITED)])),
        "in another file",
    ),
    "weights of 4 GB in HDF5": (
        _hdf5(_dataset((10**5, 10**4), "f4", chunks=(100, 100), compression="gzip")),
        "unpack to more",
    ),
    "a chunk that unpacks to 3 GB": (_hdf5(_instead(_chunk_that_unpacks)), "packed"),
    "a chunk of 3 GB": (_hdf5(_instead(_large_chunk)), ""),
    "weights that refer to objects": (_hdf5(_instead(_references)), "not numbers"),
    "weights of a strange type": (_hdf5(_dataset((784, 8), "f4,i2")), "not numbers"),
    "weights of opaque bytes": (_hdf5(_dataset((784, 8), "V4")), "not numbers"),
    "weights of texts": (_hdf5(_dataset((784, 8), h5py.string_dtype())), "not numbers"),
    "weights of complex numbers": (_hdf5(_dataset((784, 8), "c8")), "not numbers"),
    "weights of arrays": (_hdf5(_dataset((784,), np.dtype(("f4", (8,))))), ""),
    "weights that are a type": (_hdf5(_instead(_named_type)), ""),
    "weights that are a group": (_hdf5(_instead(lambda file, n: file.create_group(n))), ""),
    "weights of another shape": (_hdf5(_dataset((8, 784), "f4")), "hape"),
    "weights without a shape": (_hdf5(_dataset(data=h5py.Empty("f4"))), ""),
    "no weights in HDF5": (_hdf5(lambda file: file.__delitem__("model_weights")), ""),
    "weights only": (_hdf5(lambda file: file.attrs.__delitem__("model_config")), "weights only"),
    "a file of weights": (_later(lambda: _sound_parts()[_WEIGHTS]), "weights only"),
    "names of layers that lead out": (
        _hdf5(_attribute("layer_names", [b"../../../etc/passwd"], "model_weights")),
        "",
    ),
    "names of layers that are numbers": (
        _hdf5(_attribute("layer_names", np.zeros(5), "model_weights")),
        "",
    ),
    "names of layers of 4 GB": (_same_text_often("layer_names", "model_weights"), "names"),
    "a description of 4 GB": (_same_text_often("model_config", "/"), ""),
    "a version of 4 GB": (_same_text_often("keras_version", "/"), ""),
    "a description of 5 MB": (_config_of_hdf5(b" " * 5_000_000), "too long"),
    "a description that is a list": (_config_of_hdf5([]), "does not describe"),
    "a description that is a number": (_hdf5(_attribute("model_config", 5)), ""),
    "a description of many numbers": (_hdf5(_attribute("model_config", np.zeros(5000))), ""),
    "a description that is damaged": (_config_of_hdf5(b"{"), "damaged"),
    "a deep description": (_config_of_hdf5(b"[" * 500_000), "damaged"),
    "a description that is no UTF-8": (_config_of_hdf5(b"\xff" * 50), "damaged"),
    "a network without a config": (_config_of_hdf5({"class_name": "Sequential"}), ""),
    "a network of a text": (_config_of_hdf5({"class_name": "Model", "config": "x"}), ""),
    "a type of TensorFlow": (
        _config_of_hdf5(
            {"class_name": "Sequential", "config": {"layers": [{"class_name": "TypeSpec"}]}}
        ),
        "'TypeSpec'",
    ),
    "a layer that is used 15,000 times": (
        _config_of_hdf5(_shared_layer(15_000)),
        "calls its layers 15,002 times",
    ),
    "weights that are no file of HDF5": (_keras(_Part(_WEIGHTS, b"x" * 500)), ""),
    "a link in the weights of a .keras": (
        _weights_file(_link(h5py.ExternalLink("/etc/passwd", "/"))),
        "a link to",
    ),
    "a chunk of 3 GB in a .keras": (
        _weights_file(_instead(_chunk_that_unpacks)),
        "packed",
    ),
}
_EVIL = {"module": "os", "class_name": "system", "config": {"command": "touch ran"}}
_NETWORKS: dict[str, tuple[Write, str]] = {
    "a Lambda with code in .keras": (_lambda(".keras"), "'Lambda'"),
    "a Lambda with code in .h5": (_lambda(".h5"), "'Lambda'"),
    **_described("a function of the system", [_EVIL], "'system'"),
    **_described("a SavedModel", [_layer("TFSMLayer", filepath="/etc")], "'TFSMLayer'"),
    **_described(
        "a class by its registered name",
        [_layer("Dense", units=10) | {"registered_name": "evil>Dense"}],
        "'Dense'",
    ),
    **_described("a custom class", [_layer("Evil", "evil.code", units=1)], "'Evil'"),
    **_described("a class without a module", [_layer("Popen", None, args="ls")], "'Popen'"),
    **_described(
        "a vocabulary", [_layer("TextVectorization", vocabulary="/etc/passwd")], "'TextVec"
    ),
    **_described("a million steps", [_layer("Flatten"), _layer("RepeatVector", n=10**6)], ""),
    **_described("an unrolled layer", [_layer("LSTM", units=2, unroll=True)], "unrolled"),
    **_described(
        "a layer that is unrolled by a number",
        [_layer("Flatten"), _layer("RepeatVector", n=20_000), _layer("LSTM", units=2, unroll=1)],
        "unrolled",
    ),
    **_described("networks in networks", [_networks_in_networks(6)], "calls its layers 1,000,0"),
    **_described("a thousand layers", [_layer("Activation", activation="relu")] * 999, "layers"),
    **_described("ten trillion weights", [_layer("Flatten"), _layer("Dense", units=10**10)], ""),
    **_both("an image in colour", _network(image=(32, 32, 3)), "expected a model from"),
    **_both("a large image", _network(image=(64, 64)), "expected a model from"),
    **_both("images of any size", _network(layers.GlobalMaxPooling1D(), image=(None, 28)), ""),
    **_both("nine digits", _network(end=layers.Dense(9)), "expected a model from"),
    **_both("two inputs", _two_inputs, "expected a model from"),
    **_both("two outputs", _two_outputs, "expected a model from"),
    **_both("a batch of 32", _network(batch_size=32), "expected a model from"),
    **_both("pixels as words", _network(layers.Embedding(2, 4), image=(784,)), ""),
    **_both("weights that are NaN", _filled(np.nan), "not numbers"),
    **_both("weights that are infinite", _filled(-np.inf), "not numbers"),
    **_both("weights that are huge", _filled(3e38), ""),
    **_both("too many weights", _network(layers.Dense(100_000)), "more than the"),
}

# Those whose code would run, if it were asked to.
WITH_CODE = ("a Lambda with code in .keras", "a Lambda with code in .h5", "a pickle")
# What is refused, and a word of the reason; empty where Keras or HDF5 has the say.
IMPORTS = {**_FILES, **_ZIPS, **_RUNS, **_HDF5, **_NETWORKS, **_MODELS}

_LINES = step_record(1).model_dump_json() + "\n" + epoch_record(1).model_dump_json() + "\n"
_GARBAGE = b"\xff\x00{\n[" + b"[" * 50_000 + b"\n" + b"x" * 10**6 + b"\n" + _LINES.encode()

# What becomes a run all the same, and whether with a model.
ACCEPTED: dict[str, tuple[Write, bool]] = {
    "a run without a model": (_run(), False),
    "a run with a model": (_later(_zipped_run), True),
    "a run with a model in HDF5": (_run_with_model(_later(lambda: _sound(".h5"))), True),
    "a run of somebody in charge": (
        _run(id="../../evil", owner="somebody", search="../..", favourite=True, queued=None),
        False,
    ),
    "a run that waits": (_run(status="queued", before={"status": "running"}), False),
    "a run that is being trained": (_run(status="running"), False),
    "a run whose name is markup": (_run(name="\u202e<script>\n" * 50, note="\x00" * 10), False),
    "metrics of garbage": (_run(_Part(_METRICS, _GARBAGE)), False),
    "metrics of 100 MB of zeros": (_zeros_as_metrics, False),
    "a pickle as the images that it saw": (
        _run(_Part(_SEEN, np.lib.format.magic(1, 0) + b"\x80\x04.")),
        False,
    ),
    "calibration of garbage": (_run(_Part(_CALIBRATION, b"[" * 5_000)), False),
    "a name that ends at a NUL": (_run(_Part("metrics.jsonl\0.exe", b"x")), False),
    "an .h5 called .keras": (_later(lambda: _sound(".h5")), True),
    "a .keras called .h5": (_later(_sound), True),
    "a .keras behind an .h5": (_later(lambda: _sound(".h5") + _sound()), True),
    "a picture before a run": (_later(lambda: b"\x89PNG\r\n\x1a\n" + _zipped_run()), True),
}
