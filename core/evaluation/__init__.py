"""Measure how well a model reads drawings that are not MNIST's. Knows nothing of training."""

from core.evaluation.distortions import DISTORTIONS, Distortion
from core.evaluation.drawn_digits import (
    DrawnDigitAccuracy,
    accuracy,
    drawn_digit_accuracy,
    labelled_drawing_accuracy,
    read_labelled_drawings,
)
from core.evaluation.reliability import (
    Answered,
    AnsweredCurve,
    ReliabilityBin,
    answered_curve,
    at_threshold,
    reliability,
)
from core.evaluation.report import PerDigit, Report, evaluate, make_report, wilson_interval
from core.evaluation.robustness import (
    LevelAccuracy,
    Robustness,
    RobustnessPoint,
    measure_robustness,
    sample_images,
)
from core.evaluation.writers import WriterAccuracy, accuracy_by_writer
