"""Look at a `.keras` file before Keras opens it: how large it is, and of what its network is made.

A model may come from anybody. Keras's safe mode keeps it from bringing code along, but not from
asking for a layer of a trillion weights, unpacking to gigabytes, or having a layer read a file.
Nothing here computes with the network, or takes memory for its weights.
"""

import copy
import io
import json
import math
import re
import zipfile
import zlib
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.classifier.network_description import (
    MOST_DESCRIPTION,
    MOST_VALUES,
    measure_network,
    read_description,
)
from core.reading import UnusableFile, file_fingerprint, open_file, open_zip
from core.settings import ServerSettings

if TYPE_CHECKING:
    import h5py

_CONFIG, _WEIGHTS = "config.json", "model.weights.h5"
_METADATA = "metadata.json"
_ZIP = b"PK\x03\x04"
_PARTS = {_CONFIG, _WEIGHTS, _METADATA}
# A weight may be a float64, and HDF5 needs some for each layer.
_BYTES_OF_WEIGHT, _BYTES_BESIDE = 8, 3_000_000
# Small networks are read also where the server's owner lets nobody train larger ones.
_ALWAYS_ALLOWED = 1_000_000
_OUR_INPUT = ((28, 28),)
_VERSION = re.compile(r"[0-9][0-9A-Za-z.+]{0,19}", re.ASCII)
_LONGEST_COMPLAINT = 100  # characters
_AT_A_TIME = 2**16  # bytes
# What is raised where a part of a zip file is read that is damaged, encrypted, or nested too deep.
_DAMAGES = (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError)
# Where HDF5 keeps texts: a mark, and how many bytes it is followed by.
_HEAP = re.compile(rb"GCOL\x01\0\0\0(.{8})", re.DOTALL)
_MOST_TEXT = 500_000_000  # bytes


def model_fingerprint(path: Path) -> str:
    """Return 12 hexadecimal digits that depend on each byte of a model's file.

    Raises:
        OSError: the file cannot be opened, or is larger than one that `check_model_file` accepts.
    """
    return file_fingerprint(path, most=_most_bytes(ServerSettings().max_parameters))


def check_model_file(
    path: Path, *, max_parameters: int, inputs: Collection[tuple[int, ...]] = _OUR_INPUT
) -> int:
    """Refuse a `.keras` file that is not a network of a reasonable size, made of Keras's layers.

    Args:
        path: of the file.
        max_parameters: weights that it may have.
        inputs: the shapes of an image that it may take.

    Returns:
        How many numbers the network's layers give for one image, all together.

    Raises:
        UnusableFile: the file is refused; the message says why.
        OSError: the file cannot be opened.
        Exception: whatever Keras and h5py raise where what is damaged leads them.
    """
    import h5py
    import keras

    max_parameters = allowed_parameters(max_parameters)
    most = _most_bytes(max_parameters)
    with (
        open_file(path, most=most) as file,
        open_zip(file, most=most, most_entries=len(_PARTS)) as archive,
    ):
        names = set(archive.namelist())
        if not {_CONFIG, _WEIGHTS} <= names <= _PARTS:
            raise UnusableFile("it does not hold what Keras writes into a model's file")
        if archive.getinfo(_CONFIG).file_size > MOST_DESCRIPTION:
            raise UnusableFile("the description of its network is too long")
        _check_packing(archive)
        config = read_description(archive.read(_CONFIG))
        outputs = measure_network(
            lambda: keras.saving.deserialize_keras_object(config, safe_mode=True),
            max_parameters=max_parameters,
            inputs=inputs,
        )
        with h5py.File(io.BytesIO(archive.read(_WEIGHTS)), "r") as weights:
            check_weights(weights, max_parameters)
    return outputs


def allowed_parameters(max_parameters: int) -> int:
    """Return how many weights a network may have that is only read."""
    return max(max_parameters, _ALWAYS_ALLOWED)


def keras_version(path: Path) -> str | None:
    """Return which version of Keras says that it has written a `.keras` file; None if unknown."""
    most = _most_bytes(ServerSettings().max_parameters)
    try:
        with open_file(path, most=most) as file:
            if file.read(len(_ZIP)) != _ZIP:  # another file, with a zip file behind it
                return None
            with (
                open_zip(file, most=most, most_entries=len(_PARTS)) as archive,
                archive.open(_METADATA) as metadata,
            ):
                told = json.loads(metadata.read(MOST_DESCRIPTION))
        version = str(told["keras_version"])
        return version if _VERSION.fullmatch(version) else None
    except (OSError, ValueError, KeyError, TypeError, *_DAMAGES):
        return None


def explain_newer_keras(version: str | None, said: str) -> str | None:
    """Say that a file cannot be read because a newer Keras has written it; None where none has.

    `said` is what this Keras, or whoever looked at the file, had to say about it.
    """
    import keras

    if not version or _numbers(version) <= _numbers(keras.__version__):
        return None
    line = next(iter(said.strip().splitlines()), "")[:_LONGEST_COMPLAINT]
    return (
        f"it was written by Keras {version}, and this app has the older {keras.__version__}, "
        f"which cannot read it ({line})"
    )


def _numbers(version: str) -> tuple[int, ...]:
    parts = version.split(".")[:3]
    return tuple(int(part) for part in parts if part.isdecimal())


def _most_bytes(max_parameters: int) -> int:
    """Return how many bytes a file may have whose network has so many weights at most."""
    return _most_weights(max_parameters) + 2 * MOST_DESCRIPTION


def _most_weights(max_parameters: int) -> int:
    return _BYTES_OF_WEIGHT * max(max_parameters, _ALWAYS_ALLOWED) + _BYTES_BESIDE


def check_weights(file: "h5py.File", max_parameters: int) -> None:
    """Refuse weights that unpack to too much, are not numbers, or lie in another file.

    Raises:
        UnusableFile: they are refused.
    """
    import h5py

    found: list[str] = []

    def add(name: str) -> bool | None:
        # HDF5 cannot be left by an exception.
        found.append(name)
        return len(found) > MOST_VALUES or None

    file.visit_links(add)
    if len(found) > MOST_VALUES:
        raise UnusableFile("it holds more than its network can have")
    left, longest = _most_weights(max_parameters), longest_text(file)
    check_texts(file, longest)
    for name in found:
        # Its name alone, since to look at where it leads takes ten times as long.
        if file.id.links.get_info(name.encode(errors="surrogateescape")).type != h5py.h5l.TYPE_HARD:
            raise UnusableFile("its weights are a link to somewhere else")
        item = file[name]
        check_texts(item, longest)
        if not isinstance(item, h5py.Dataset):
            continue
        if item.external or item.is_virtual:
            raise UnusableFile("its weights lie in another file")
        if item.dtype.kind not in "fiub" and item.dtype.str != "|V2":  # which is bfloat16
            raise UnusableFile("its weights are not numbers")
        left -= math.prod(item.shape or ()) * item.dtype.itemsize
        if left < 0:
            raise UnusableFile("its weights unpack to more than its network can have")
        # What is packed unpacks to whatever it likes, and a chunk may be larger than all weights.
        if item.id.get_create_plist().get_nfilters():
            raise UnusableFile("its weights are packed, as Keras never packs them")
        if math.prod(item.chunks or ()) * item.dtype.itemsize > _most_weights(max_parameters):
            raise UnusableFile("its weights lie in chunks that are larger than themselves")


def longest_text(file: "h5py.File") -> int:
    """Return how many bytes the longest text in a file can have: as all that lie in one place."""
    image = file.id.get_file_image()
    return max((int.from_bytes(size[1], "little") for size in _HEAP.finditer(image)), default=0)


def check_texts(item: Any, longest: int) -> None:
    """Refuse an item whose attributes are long: all their texts may lie in one and the same place.

    Raises:
        UnusableFile: it is refused.
    """
    for name in item.attrs:
        attribute = item.attrs.get_id(name)
        if attribute.dtype.hasobject and math.prod(attribute.shape or ()) * longest > _MOST_TEXT:
            raise UnusableFile("the names in it are too long")


def _check_packing(archive: zipfile.ZipFile) -> None:
    """Refuse parts that unpack to more than they say: so much gets whoever reads one as a whole."""
    for part in archive.infolist():
        says_more, size = copy.copy(part), 0
        says_more.file_size += 1
        try:
            with archive.open(says_more) as file:
                while chunk := file.read(_AT_A_TIME):
                    size += len(chunk)
        except (ValueError, *_DAMAGES):
            raise UnusableFile("it is damaged") from None
        if size != part.file_size:
            raise UnusableFile("it unpacks to more or less than it says")
