"""The names of a run's files, how large each may be, and writing one whole or not at all.

Knows no file's meaning.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from core.reading import UnusableFile, open_file

RECORD = "run.json"
RECORD_LOCK = "run.json.lock"
CONTROL = "control.json"
METRICS = "metrics.jsonl"
MODEL = "model.keras"
CHECKPOINT = "checkpoint/state.npz"
STASHED_MODEL = "checkpoint/best.keras"
VALIDATION_PREDICTIONS = "validation_predictions.npz"
TEST_PREDICTIONS = "test_predictions.npz"
SEEN_IMAGES = "seen_images.npy"
REPORTS = "reports"
DRAWING = "drawing.npy"
FIRST_LAYER = "first_layer.npy"
FILM = "film"
WORKER_LOCK = "worker.lock"
RESERVE = ".reserve"

# In bytes. A run.json has some 3,000, more where training failed or was continued often.
MOST_RECORD, MOST_CONTROL = 256_000, 4_000
# A day of training writes some 100 MB.
MOST_METRICS, MOST_METRICS_LINE = 256_000_000, 32_000
MOST_METRICS_LINES = 2_000_000
# Values of an array that is shown: 64 filters of 28 x 28, or the rows of an LSTM's 2,048 gates.
_MOST_VALUES = 100_000
_MOST_SEEN_IMAGES = 1_000_000


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path whose file takes the place of `path` at the end.

    The temporary name is hidden and has the same suffix. After an exception `path` is as it was.

    Raises:
        UnusableFile: the folder is a link, which would lead out of the folder of runs.
    """
    if path.parent.is_symlink():
        raise UnusableFile("its folder is a link, which is not followed")
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
    """Return the array of floats of a `.npy` file; None where there is none that can be shown."""
    array = _read_array(path, kind="f", most_values=_MOST_VALUES)
    return array if array is not None and np.isfinite(array).all() else None


def read_seen_images(path: Path) -> np.ndarray | None:
    """Return fingerprints of images, sorted uint64 of shape `(n,)`, or None."""
    array = _read_array(path, kind="u", most_values=_MOST_SEEN_IMAGES)
    if array is None or array.ndim != 1 or array.dtype != np.uint64:
        return None
    return array if (array[:-1] <= array[1:]).all() else None


def _read_array(path: Path, *, kind: str, most_values: int) -> np.ndarray | None:
    """Return the array of a `.npy` file whose values are of a kind; None where it has none.

    What the file says of its shape is looked at first: an array gets its memory before its values.
    """
    try:
        with open_file(path, most=16 * most_values) as file:
            if np.lib.format.read_magic(file) != (1, 0):  # the others are for longer headers
                return None
            shape, _, dtype = np.lib.format.read_array_header_1_0(file)
            if dtype.kind != kind or not all(shape) or not _is_small(shape, most_values):
                return None
            file.seek(0)
            array: np.ndarray = np.lib.format.read_array(file, allow_pickle=False)
    except Exception:  # NumPy raises whatever the damaged part of the header leads it to
        return None
    return array


def _is_small(shape: tuple[int, ...], most_values: int) -> bool:
    values = 1
    for side in shape[:4]:
        values *= side if 0 < side <= most_values else most_values + 1
    return len(shape) <= 4 and values <= most_values
