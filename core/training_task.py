"""What the worker process does with one run: find its images, and train it.

The server names these functions without importing what they need, TensorFlow first of all.
"""

import functools
import gc
from pathlib import Path

from core.data import Dataset, data_stamp, find_dataset, load_configured
from core.runs import Run


def import_training() -> None:
    """Import what training needs; returns nothing, which the server would import, too."""
    import core.training  # noqa: F401


def train_in_worker(directory: Path, mnist: Path | None) -> bool:
    """Train the run in `directory`, in the worker process; tell if it waited for that, and was."""
    import keras

    from core.training import train

    run = Run(directory)
    was_trained = train(run, _data_for(run, mnist))
    # Only this process is touched, and nobody else trains in it.
    keras.backend.clear_session()
    gc.collect()
    return was_trained


def _data_for(run: Run, mnist: Path | None) -> Dataset:
    """Return the images that a new run gets now, or those that a continued one began with."""
    data, record = _dataset(mnist, data_stamp(mnist)), run.recorded()
    if record.data is None or record.data.fingerprint == data.fingerprint:
        return data
    began_with = find_dataset(record.data.fingerprint, mnist) if run.has_checkpoint else None
    return began_with or data


@functools.lru_cache(maxsize=1)
def _dataset(mnist: Path | None, stamp: tuple[float, ...]) -> Dataset:
    return load_configured(mnist)
