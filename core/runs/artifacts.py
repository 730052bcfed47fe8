"""What a run's directory holds beside its record: metrics, model, checkpoint, arrays.

Knows nothing of a run's status, nor of what training puts into these files.
"""

import json
import os
import shutil
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np

from core.reading import is_file, open_descriptor
from core.runs import files
from core.runs.cache import MetricsReader, read_records
from core.runs.film import LayerFilm
from core.runs.metrics import Metrics, Record
from core.runs.predictions import Predictions, read_predictions, write_predictions

# Records take memory, an hour's some 20 MB, so only those of the runs looked at last are kept.
metrics_reader = lru_cache(maxsize=24)(MetricsReader)


class RunArtifacts:
    """The files of one run that training writes and pages read.

    Attributes:
        directory: where they are.
        model_path: where the best weights are, once there are any.
        checkpoint_path: where everything is that resuming needs.
        reports_path: the folder of what was found out about its model later.
        film: the first layer's weights over the training.
    """

    def __init__(self, directory: Path) -> None:
        """Refer to the files in `directory`, which need not exist."""
        self.directory = directory
        self.model_path = directory / files.MODEL
        self.checkpoint_path = directory / files.CHECKPOINT
        self.reports_path = directory / files.REPORTS
        self.film = LayerFilm(directory)
        self._stashed_model = directory / files.STASHED_MODEL
        self._metrics = directory / files.METRICS

    def metrics(self) -> Metrics:
        """Return the metrics so far; damaged lines, and one that is not complete, are left out.

        Only what was added since the last call is read; the same object where nothing was.
        """
        return metrics_reader(self._metrics).read()

    def append_metrics(self, record: Record) -> None:
        """Add one record to the metrics."""
        descriptor = open_descriptor(self._metrics, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(_line(record))

    def keep_metrics(self, keep: Callable[[Record], bool]) -> None:
        """Drop the records for which `keep` says no, and damaged lines; needs no other writer."""
        # From the file, since a long run's records are not all in memory.
        with files.replacing(self._metrics) as temporary, temporary.open("w") as file:
            file.writelines(_line(r) for r in read_records(self._metrics) if keep(r))

    @property
    def has_checkpoint(self) -> bool:
        """Tell whether training can continue from where it was."""
        return is_file(self.checkpoint_path)

    def model_stamp(self) -> int | None:
        """Return a number that changes whenever another model is kept; None without a model."""
        return _modified(self.model_path)

    def stash_model(self) -> None:
        """Keep a copy of the model beside the checkpoint; where there is no model, no copy."""
        if is_file(self.model_path):
            self._stashed_model.parent.mkdir(exist_ok=True)
            with files.replacing(self._stashed_model) as temporary:
                shutil.copyfile(self.model_path, temporary)
        else:
            self._stashed_model.unlink(missing_ok=True)

    def restore_model(self) -> bool:
        """Put the stashed model back and tell whether there was one."""
        was_stashed = is_file(self._stashed_model)
        if was_stashed:
            self._stashed_model.replace(self.model_path)
        return was_stashed

    def drawing(self) -> np.ndarray | None:
        """Return the image that is classified during training, `(28, 28)` in [0, 1], or None."""
        image = files.read_array(self.directory / files.DRAWING)
        if image is None or image.shape != (28, 28) or image.min() < 0 or image.max() > 1:
            return None
        return image

    def write_drawing(self, image: np.ndarray) -> None:
        """Keep an image of shape `(28, 28)` in [0, 1] to be classified during training."""
        files.write_array(self.directory / files.DRAWING, image.astype(np.float32))

    def first_layer(self) -> np.ndarray | None:
        """Return the first layer's weights as pictures, `(n, height, width)`, or None."""
        pictures = files.read_array(self.directory / files.FIRST_LAYER)
        return pictures if pictures is not None and pictures.ndim == 3 else None

    def write_first_layer(self, pictures: np.ndarray) -> None:
        """Keep the first layer's weights as pictures of shape `(n, height, width)`."""
        files.write_array(self.directory / files.FIRST_LAYER, pictures)

    def validation_predictions(self) -> Predictions | None:
        """Return a kept model's answers to the validation images, or None.

        They are of the present model only where their `model` is its fingerprint.
        """
        return read_predictions(self.directory / files.VALIDATION_PREDICTIONS)

    def write_validation_predictions(self, predictions: Predictions) -> None:
        """Keep the model's answers to the validation images."""
        write_predictions(self.directory / files.VALIDATION_PREDICTIONS, predictions)

    def test_predictions(self) -> Predictions | None:
        """Return a kept model's answers to the test images, or None; as for validation."""
        return read_predictions(self.directory / files.TEST_PREDICTIONS)

    def write_test_predictions(self, predictions: Predictions) -> None:
        """Keep the model's answers to the test images."""
        write_predictions(self.directory / files.TEST_PREDICTIONS, predictions)

    def test_predictions_stamp(self) -> int | None:
        """Return when the answers to the test images were written, as `model_stamp` does."""
        return _modified(self.directory / files.TEST_PREDICTIONS)

    def seen_images(self) -> np.ndarray | None:
        """Return fingerprints of the images that training has seen, sorted, uint64 `(n,)`, or None.

        As `core.data.image_fingerprints` gives them: of the images that trained the model, of those
        that validated it, as they chose its weights, and of those that its share of the training
        images left out, which were at its disposal.
        """
        return files.read_seen_images(self.directory / files.SEEN_IMAGES)

    def write_seen_images(self, fingerprints: np.ndarray) -> None:
        """Keep the fingerprints of the images that training has seen, sorted, uint64 `(n,)`."""
        files.write_array(self.directory / files.SEEN_IMAGES, fingerprints.astype(np.uint64))


def _modified(path: Path) -> int | None:
    try:
        return path.lstat().st_mtime_ns
    except OSError:
        return None


def _line(record: Record) -> str:
    return json.dumps(record.model_dump()) + "\n"
