"""Damaged run folders: what a case is, and how all of them are written into one folder of runs."""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.hyperparameters import Hyperparameters
from core.runs import DataRecord, RunStore
from tests.records import drawing_record, epoch_record, layers_record, results_record, step_record

Damage = Callable[[Path], object]


@dataclass(frozen=True)
class Case:
    """A damaged run folder.

    Attributes:
        name: of the case and of the folder.
        damage: changes the folder of a sound run, given its path.
        is_readable: whether its record must still be readable.
    """

    name: str
    damage: Damage
    is_readable: bool


def write_cases(root: Path, cases: Sequence[Case]) -> None:
    """Write the folder of every case into `root`, and a sound run beside them."""
    sound = _write_sound_run(root)
    for case in cases:
        directory = root / case.name
        shutil.copytree(sound, directory)
        edit_record(directory, lambda record, name=case.name: record | {"id": name})
        case.damage(directory)


def edit_record(directory: Path, change: Callable[[dict], dict]) -> None:
    """Change what a run.json says."""
    path = directory / "run.json"
    path.write_text(json.dumps(change(json.loads(path.read_text()))))


def content(file: str, written: bytes | str) -> Damage:
    """Return what puts this content into a file."""
    data = written.encode() if isinstance(written, str) else written
    return lambda directory: (directory / file).write_bytes(data)


def hole(file: str, size: int) -> Damage:
    """Return what makes a file of so many bytes that takes no room on the disk."""

    def damage(directory: Path) -> None:
        with (directory / file).open("wb") as opened:
            opened.truncate(size)

    return damage


def nested(depth: int) -> list:
    """Return a list in a list in a list."""
    value: list = []
    for _ in range(depth):
        value = [value]
    return value


def _write_sound_run(root: Path) -> Path:
    """Write a completed run with all its files but a model."""
    settings = Hyperparameters(architecture="mlp", epochs=2)
    run = RunStore(root).create(settings, "A run", drawing=np.full((28, 28), 0.5))
    for epoch in (1, 2):
        run.append_metrics(step_record(epoch, epoch=epoch - 0.5))
        run.append_metrics(layers_record(epoch, layers=[{"name": "Dense 1", "gradient_norm": 1.0}]))
        run.append_metrics(drawing_record(epoch, epoch=epoch - 0.5))
        run.append_metrics(epoch_record(epoch))
    run.write_first_layer(np.zeros((4, 28, 28), np.float32))
    data = DataRecord(name="ten images", fingerprint="abc", num_train=8, num_val=1, num_test=1)
    results = results_record(best_epoch=2, test_accuracy=0.9, drawn_accuracy=0.8, drawn_count=5)
    run.update(status="completed", data=data, results=results, num_parameters=7, device="CPU")
    return run.directory
