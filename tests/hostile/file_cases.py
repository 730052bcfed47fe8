"""What may lie in a run's folder beside its run.json, or in place of one of its files."""

import io
import json
import os
import stat
from pathlib import Path

import numpy as np

from tests.hostile.folders import Case, Damage, content, hole, nested
from tests.records import drawing_record, epoch_record, layers_record, step_record

_FILES = (
    *("run.json", "control.json", "metrics.jsonl", "drawing.npy", "first_layer.npy"),
    *("model.calibration.json", "validation_predictions.npz", "test_predictions.npz"),
    "seen_images.npy",
)
_OTHERS = ("model.keras", "checkpoint", "film", "run.json.lock", "worker.lock")
_HUGE, _ENDLESS = 10**30, 10**400


def _line(record=None, **values: object) -> str:
    record = record or step_record(3, epoch=1.9)
    return json.dumps(record.model_dump() | values) + "\n"


def _layers(count: int, **values: object) -> str:
    return _line(layers_record(3, epoch=1.9), layers=[{"name": "a"} | values] * count)


_FIELDS = {
    "epoch": [_HUGE, 1e299, -1, 10**6, 1e-320],
    "step": [_ENDLESS, 2**53, 0],
    "images": [_HUGE, 2**62, 2**53],
    "seconds": [1e299, 1e10, -1],
    "loss": [1e299, 5e-324, 1e300, -1.0],
    "accuracy": [56.2, 1e299, -0.5],
    "learning_rate": [1e299, 1e9, 0.0, 1e-320],
    "kind": ["x" * 1000, None, nested(100)],
}
_METRICS: dict[str, bytes | str] = {
    **{f"{f} {n}": _line(**{f: v}) for f, some in _FIELDS.items() for n, v in enumerate(some)},
    "a deep line": "[" * 30_000 + "\n",
    "a line of 40 MB": b"x" * 40_000_000 + b"\n" + _line().encode(),
    "no end of line": b"x" * 5_000_000,
    "a million lines": _line() * 1_000_000,
    "very many epochs": _line(epoch_record(1)) * 100_000,
    "blank lines": b"\n" * 5_000_000,
    "layers without end": _layers(150) * 2000,
    "too many layers": _layers(1000),
    "a layer with an odd name": _layers(1, name="\u202e<b>" * 500),
    "huge norms": _layers(2, gradient_norm=1e299, update_ratio=5e-324, dead_share=1),
    "probabilities that are none": _line(drawing_record(3), probabilities=[1e299] * 10),
    "ten times certain": _line(drawing_record(3), probabilities=[1.0] * 10),
    "going backwards": _line(epoch=1.5) + _line(epoch=0.5) + _line(epoch=0, images=0, seconds=0),
}
_CONTROLS: dict[str, bytes | str] = {
    "nothing": "",
    "a list": "[]",
    "deep": "[" * 3000,
    "10 MB": b" " * 10_000_000,
    **{
        f"learning rate {number}": json.dumps({"learning_rate": value, "learning_rate_changes": 1})
        for number, value in enumerate((1e300, 1e-320, -1, 1e10, "0.1", _HUGE, _ENDLESS, 0))
    },
    **{
        f"changes {number}": json.dumps({"learning_rate": 0.1, "learning_rate_changes": value})
        for number, value in enumerate((_HUGE, _ENDLESS, -1, 10**6, 2**64))
    },
    "everything at once": json.dumps({"stop": True, "pause": True, "release": True}),
}


def _npy(header: str, data: bytes = b"") -> bytes:
    """Return a `.npy` file with such a header, true or not."""
    text = header.encode().ljust(117) + b"\n"
    return np.lib.format.magic(1, 0) + len(text).to_bytes(2, "little") + text + data


def _saved(array: np.ndarray, *, pickled: bool = False) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=pickled)
    return buffer.getvalue()


def _shaped(shape: object, dtype: str = "<f4") -> bytes:
    return _npy(f"{{'descr': {dtype!r}, 'fortran_order': False, 'shape': {shape}}}", bytes(4000))


_ARRAYS: dict[str, bytes] = {
    **{
        f"shape {number}": _shaped(shape)
        for number, shape in enumerate(
            ("(10**12,)", "(1000000000000,)", "(28, 28, 10000000000)", "(-28, 28)", "(0, 28)")
        )
    },
    **{f"shape of {number} sides": _shaped(f"({'1, ' * number})") for number in (0, 3, 20)},
    **{
        f"type {number}": _shaped("(28, 28)", dtype)
        for number, dtype in enumerate(("|O", "|S1000000", "<c8", "|V999999999", "<U9", "<i8"))
    },
    "a deep header": _npy("[" * 110),
    "a pickle": _saved(np.array([{}]), pickled=True),
    "NaN": _saved(np.full((28, 28), np.nan, np.float32)),
    "huge numbers": _saved(np.full((28, 28), 3e38, np.float32)),
    "negative numbers": _saved(np.full((28, 28), -1.0)),
    "three sides": _saved(np.full((2, 28, 28), 3e38, np.float32)),
    "cut off": _saved(np.zeros((28, 28)))[:500],
    "a longer header": b"\x93NUMPY\x02\x00\xff\xff\xff\x7f",
    "an npz": b"PK\x03\x04" + bytes(100),
    "nothing": b"",
}


def _replaced(file: str, make) -> Damage:
    """Return what puts something else in place of a file; `make` gets its path."""

    def damage(directory: Path) -> None:
        path = directory / file
        path.unlink(missing_ok=True)
        make(path)

    return damage


def _outside(path: Path) -> Path:
    """Return a file outside of the folder of runs, that would be taken for the run's own."""
    outside = path.parent.parent.parent / "outside" / path.parent.name
    outside.mkdir(parents=True, exist_ok=True)
    (outside / "run.json").write_text(json.dumps({"secret": path.parent.name}))
    (outside / path.name).touch()
    return outside / path.name


_KINDS = {
    "a folder": lambda path: (path.mkdir(), (path / "inside").touch()),
    "a pipe": os.mkfifo,
    "a socket": lambda path: os.mknod(path, stat.S_IFSOCK | 0o600),
    "a link outside": lambda path: path.symlink_to(_outside(path)),
    "a link to nothing": lambda path: path.symlink_to("nothing"),
    "a link to a device": lambda path: path.symlink_to("/dev/zero"),
    "a link to itself": lambda path: path.symlink_to(path.name),
}


def _becomes_link(directory: Path) -> None:
    elsewhere = directory.parent.parent / "outside" / "whole"
    elsewhere.parent.mkdir(exist_ok=True)
    directory.replace(elsewhere)
    directory.symlink_to(elsewhere)


def _checkpoint_outside(directory: Path) -> None:
    elsewhere = directory.parent.parent / "outside" / "a checkpoint"
    elsewhere.mkdir(parents=True)
    (elsewhere / "state.npz").touch()
    (directory / "checkpoint").symlink_to(elsewhere)


def _film_outside(directory: Path) -> None:
    elsewhere = directory.parent.parent / "outside" / "a film"
    elsewhere.mkdir(parents=True)
    (elsewhere / "3.npy").write_bytes(_saved(np.zeros((2, 3, 3), np.float16)))
    (directory / "film").symlink_to(elsewhere)


def _frame(written: bytes) -> Damage:
    def damage(directory: Path) -> None:
        (directory / "film").mkdir()
        (directory / "film" / "3.npy").write_bytes(written)

    return damage


def file_cases() -> list[Case]:
    """Return a case for each content, and for each kind of thing in place of each file."""
    cases = [
        Case(f"{file} {name}", content(file, written), True)
        for file, contents in (
            ("metrics.jsonl", _METRICS),
            ("control.json", _CONTROLS),
            ("drawing.npy", _ARRAYS),
            ("first_layer.npy", _ARRAYS),
            ("seen_images.npy", _ARRAYS),
            ("validation_predictions.npz", _ARRAYS),
            ("model.calibration.json", _CONTROLS),
        )
        for name, written in contents.items()
    ]
    cases += [
        Case(f"{file} is {kind}", _replaced(file, make), file != "run.json")
        for file in _FILES + _OTHERS
        for kind, make in _KINDS.items()
    ]
    cases += [
        Case(f"{file} of a terabyte", hole(file, 10**12), file != "run.json") for file in _FILES
    ]
    cases += [Case(f"film frame {name}", _frame(data), True) for name, data in _ARRAYS.items()]
    return [
        *cases,
        Case("a film that is a link", _film_outside, True),
        Case("a folder that is a link", _becomes_link, False),
        Case("a checkpoint that is a link", _checkpoint_outside, True),
    ]
