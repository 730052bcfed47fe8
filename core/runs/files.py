"""The names of a run's files, and writing one whole or not at all. Knows no file's meaning."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

RECORD = "run.json"
RECORD_LOCK = "run.json.lock"
CONTROL = "control.json"
METRICS = "metrics.jsonl"
MODEL = "model.keras"
CHECKPOINT = "checkpoint/state.npz"
STASHED_MODEL = "checkpoint/best.keras"
TEST_PREDICTIONS = "test_predictions.npz"
DRAWING = "drawing.npy"
FIRST_LAYER = "first_layer.npy"
WORKER_LOCK = "worker.lock"
RESERVE = ".reserve"


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path whose file takes the place of `path` at the end.

    The temporary name is hidden and has the same suffix. After an exception `path` is as it was.
    """
    temporary = path.with_name(f".{secrets.token_hex(4)}.{path.name}")
    try:
        yield temporary
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_array(path: Path, array: np.ndarray) -> None:
    """Write an array as a `.npy` file, whole or not at all."""
    with replacing(path) as temporary:
        np.save(temporary, array, allow_pickle=False)


def read_array(path: Path) -> np.ndarray | None:
    """Return the array of a `.npy` file; None where there is none that can be read."""
    try:
        # Not np.load, which takes other formats too and leaves a damaged file open.
        with path.open("rb") as file:
            return np.lib.format.read_array(file, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
