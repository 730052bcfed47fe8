"""What a network answered to a set of images, in a file. Does not know the images."""

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.reading import open_file, open_zip
from core.runs.files import replacing

_log = logging.getLogger(__name__)
# In bytes: some 250,000 images.
_MOST = 12_000_000
_PARTS = ("probabilities", "labels", "model", "data")
_FINGERPRINT_LENGTH = 12


@dataclass(frozen=True, eq=False)
class Predictions:
    """A network's answers to images, in their order.

    Attributes:
        probabilities: float32 array of shape `(n, 10)`, as the network gives them, before any
            calibration.
        labels: uint8 array of shape `(n,)`, the true digits.
        model: fingerprint of the model's file; empty in files of earlier versions, as `data` is.
        data: fingerprint of images and labels, `core.data.set_fingerprint`.
    """

    probabilities: np.ndarray
    labels: np.ndarray
    model: str = ""
    data: str = ""


def write_predictions(path: Path, predictions: Predictions) -> None:
    """Write predictions, whole or not at all.

    Raises:
        OSError: the folder cannot be written to.
    """
    with replacing(path) as temporary:
        np.savez_compressed(
            temporary,
            probabilities=predictions.probabilities.astype(np.float32),
            labels=predictions.labels.astype(np.uint8),
            model=np.array(predictions.model),
            data=np.array(predictions.data),
        )


def read_predictions(path: Path) -> Predictions | None:
    """Read predictions; None where there are none that can be used."""
    try:
        with (
            open_file(path, most=_MOST) as file,
            open_zip(file, most=_MOST, most_entries=len(_PARTS)),
        ):
            file.seek(0)
            arrays = np.load(file, allow_pickle=False)
            found = {name: arrays[name] for name in _PARTS if name in arrays}
        return _checked(**found)
    except FileNotFoundError:
        return None
    except Exception as error:  # NumPy and zipfile raise whatever the damaged part leads to.
        kind = type(error).__name__  # its message may hold anything that the file does
        _log.warning("%s is ignored: it does not hold predictions (%s).", path.name, kind)
        return None


def _checked(
    probabilities: np.ndarray,
    labels: np.ndarray,
    model: np.ndarray | None = None,
    data: np.ndarray | None = None,
) -> Predictions:
    """Return what a file held; raises ValueError where that is not what was written."""
    is_valid = (
        probabilities.dtype == np.float32
        and probabilities.shape == (len(labels), 10)
        and labels.ndim == 1
        and len(labels) > 0
        and np.issubdtype(labels.dtype, np.integer)
        and bool(np.isfinite(probabilities).all())
        and 0 <= int(labels.min()) <= int(labels.max()) <= 9
    )
    if not is_valid:
        raise ValueError("not predictions")
    return Predictions(
        probabilities, labels.astype(np.uint8), _fingerprint(model), _fingerprint(data)
    )


def _fingerprint(array: np.ndarray | None) -> str:
    return "" if array is None else str(array)[:_FINGERPRINT_LENGTH]
