"""A run that has ended, with answers that a test knows: what training leaves, without training."""

import shutil

import numpy as np

from core.classifier import Calibration, model_fingerprint, save_calibration
from core.data import load_embedded, set_fingerprint
from core.evaluation import (
    DISTORTIONS,
    ImageSet,
    Robustness,
    RobustnessPoint,
    collect_test_images,
    keep_curves,
    sample_images,
)
from core.hyperparameters import Hyperparameters
from core.runs import DataRecord, Predictions, Run, RunStore
from core.settings import PRETRAINED
from tests.records import results_record

_CONFUSED = (0.97, 0.93, 0.9, 0.8, 0.7, 0.6)  # confidences of fours that were read as nines


def _answers(labels: np.ndarray) -> np.ndarray:
    """Return answers that are right with a confidence of 0.99, but for those of `_CONFUSED`."""
    answers, confidence = labels.astype(int), np.full(len(labels), 0.99)
    fours = np.flatnonzero(labels == 4)[: len(_CONFUSED)]
    answers[fours], confidence[fours] = 9, _CONFUSED
    probabilities = np.repeat((1 - confidence)[:, None] / 9, 10, axis=1)
    probabilities[np.arange(len(labels)), answers] = confidence
    return probabilities.astype(np.float32)


def judged_run(store: RunStore, name: str = "Confused", **changes) -> Run:
    """Return a run on the embedded images that has answered six of the fours with nine."""
    run, data = store.create(Hyperparameters(), name), load_embedded()
    shutil.copy(PRETRAINED, run.model_path)
    model = model_fingerprint(run.model_path)
    save_calibration(Calibration(threshold=0.3, model=model), run.model_path)
    run.write_seen_images(data.seen_images)
    for write, images, labels in (
        (run.write_test_predictions, data.x_test, data.y_test),
        (run.write_validation_predictions, data.x_val, data.y_val),
    ):
        write(Predictions(_answers(labels), labels, model, set_fingerprint(images, labels)))
    images = collect_test_images(data)
    sample = ImageSet(images.name, *sample_images(images.images, images.labels))
    # To measure them would take ten seconds of each test.
    half = len(sample.labels) // 2
    curves = Robustness(
        count=len(sample.labels),
        curves={
            distortion.name: tuple(
                RobustnessPoint(level=level, correct=half) for level in distortion.levels
            )
            for distortion in DISTORTIONS
        },
    )
    keep_curves(run.reports_path, sample, curves, model=model)
    record = DataRecord(
        name=data.name,
        fingerprint=data.fingerprint,
        num_train=len(data.y_train),
        num_val=len(data.y_val),
        num_test=len(data.y_test),
    )
    results = results_record(test_loss=0.1, test_accuracy=0.99, drawn_accuracy=0.9)
    run.update(**{"status": "completed", "data": record, "results": results, **changes})
    return run
