"""Read a digit or a number with a trained network, and say how sure the answer is.

Imports TensorFlow only when the first model is loaded. Does not know how a network is trained.
"""

from core.classifier.calibration import (
    Calibration,
    calibrate,
    expected_calibration_error,
    save_calibration,
)
from core.classifier.classifier import Classifier, ModelError, Prediction
from core.classifier.numbers import number_text, read_number
from core.settings import PRETRAINED
