"""A model's answers to a set of images: kept ones where there are any, so none is given twice."""

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np

from core.classifier import Classifier
from core.evaluation.image_sets import ImageSet
from core.reading import explain_os_error
from core.runs import Predictions, Run, read_predictions, write_predictions

_log = logging.getLogger(__name__)
_AT_A_TIME = 500  # images, after which progress is reported


def find_answers(
    run: Run | None,
    images: ImageSet,
    *,
    model: str,
    folder: Path | None,
    classifier: Callable[[], Classifier],
    on_progress: Callable[[float], object] = lambda share: None,
) -> np.ndarray:
    """Return a model's probabilities for images, before its calibration, shape `(n, 10)`.

    Args:
        run: whose model; None is the shipped one.
        images: the set.
        model: fingerprint of the model's file.
        folder: where answers are kept, created with the first ones; None for images that are
            somebody's own, of which nothing is written.
        classifier: gives the model where it has to answer.
        on_progress: called with the share of the images that are done, in [0, 1].
    """
    kept = read_predictions(_path(folder, images.fingerprint)) if folder else None
    if kept and _fits(kept, images, model):
        return kept.probabilities
    if run and (kept := run.test_predictions()) and _fits_test(kept, run, images, model):
        return kept.probabilities
    probabilities = predict(classifier().uncalibrated, images.images, on_progress)
    if folder:
        answers = Predictions(probabilities, images.labels, model, images.fingerprint)
        keep_answers(folder, answers)
    return probabilities


def predict(
    answer: Callable[[np.ndarray], np.ndarray],
    images: np.ndarray,
    on_progress: Callable[[float], object],
) -> np.ndarray:
    """Return what `answer` gives for all images, and say in between how many are done."""
    parts = []
    for start in range(0, len(images), _AT_A_TIME):
        parts.append(answer(images[start : start + _AT_A_TIME]))
        on_progress(min(1.0, (start + _AT_A_TIME) / len(images)))
    return np.concatenate(parts) if parts else np.zeros((0, 10), np.float32)


def keep_answers(folder: Path, answers: Predictions) -> None:
    """Write answers where they are found again; a folder that takes none costs only time."""
    try:
        folder.mkdir(exist_ok=True)
        write_predictions(_path(folder, answers.data), answers)
    except OSError as error:
        _log.warning("Predictions cannot be kept: %s.", explain_os_error(error))


def _path(folder: Path, data: str) -> Path:
    return folder / f"{data}.npz"


def _fits(kept: Predictions, images: ImageSet, model: str) -> bool:
    same = (kept.model, kept.data) == (model, images.fingerprint)
    return same and np.array_equal(kept.labels, images.labels)


def _fits_test(kept: Predictions, run: Run, images: ImageSet, model: str) -> bool:
    """Tell whether a run's answers to its test images are those of this model to these images.

    Earlier versions wrote no fingerprints: the dataset must be the same then, and the answers
    newer than the model.
    """
    if kept.model or kept.data:
        return _fits(kept, images, model)
    data, written = run.recorded().data, run.test_predictions_stamp()
    is_same_data = data is not None and data.fingerprint == images.dataset
    is_newer = written is not None and written >= (run.model_stamp() or 0)
    return is_same_data and is_newer and np.array_equal(kept.labels, images.labels)
