"""What a model's answers to one set of images say of it. Knows no file or page."""

from dataclasses import dataclass

import numpy as np

from core.classifier import Calibration, expected_calibration_error
from core.evaluation.image_sets import ImageSet
from core.evaluation.reliability import (
    AnsweredCurve,
    ReliabilityBin,
    answered_curve,
    reliability,
)
from core.evaluation.report import Report, make_report
from core.evaluation.writers import WriterAccuracy, accuracy_by_writer


@dataclass(frozen=True, eq=False)
class Calibrated:
    """How far a model's confidence can be trusted.

    Attributes:
        error: expected calibration error, in [0, 1].
        loss: mean cross-entropy.
        bins: accuracy against confidence.
    """

    error: float
    loss: float
    bins: tuple[ReliabilityBin, ...]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """One model judged on one set of images.

    Attributes:
        images: those that it is judged on; what it saw in training is left out.
        indices: which of the set these are, counted from 0, of shape `(n,)`.
        num_seen: how many images of the set are left out.
        probabilities: its answers after calibration, float32 of shape `(n, 10)`.
        report: accuracy, loss, confusions, each digit.
        calibration: temperature and threshold of the model; they change nothing where it has none.
        before: its confidence without temperature scaling.
        after: its confidence as the app shows it; None where the model has no temperature.
        answered: accuracy of what is answered, for each threshold.
        by_writer: accuracy for each writer; empty where nobody knows who wrote them.
    """

    images: ImageSet
    indices: np.ndarray
    num_seen: int
    probabilities: np.ndarray
    report: Report
    calibration: Calibration
    before: Calibrated
    after: Calibrated | None
    answered: AnsweredCurve
    by_writer: tuple[WriterAccuracy, ...]


def judge(
    images: ImageSet, uncalibrated: np.ndarray, calibration: Calibration, unseen: np.ndarray
) -> Evaluation:
    """Judge a model by its answers to a set of images.

    Args:
        images: the set, at least one image.
        uncalibrated: its probabilities, before calibration, shape `(n, 10)`.
        calibration: of the model.
        unseen: bool array of shape `(n,)`, which images the model did not see in training.
    """
    judged, raw = images.only(unseen), uncalibrated[unseen]
    labels, probabilities = judged.labels, calibration.apply(raw)
    report = make_report(probabilities, labels)
    correct = probabilities.argmax(axis=1) == labels
    return Evaluation(
        images=judged,
        indices=np.flatnonzero(unseen),
        num_seen=len(unseen) - len(labels),
        probabilities=probabilities,
        report=report,
        calibration=calibration,
        before=_calibrated(raw, labels, make_report(raw, labels).loss),
        after=None
        if calibration.temperature == 1
        else _calibrated(probabilities, labels, report.loss),
        answered=answered_curve(probabilities, labels),
        by_writer=tuple(accuracy_by_writer(correct, judged.writers)) if judged.writers else (),
    )


def _calibrated(probabilities: np.ndarray, labels: np.ndarray, loss: float) -> Calibrated:
    return Calibrated(
        expected_calibration_error(probabilities, labels),
        loss,
        reliability(probabilities, labels),
    )
