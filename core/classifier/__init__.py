"""Read a digit or a number with a trained network, and say how sure the answer is.

Imports TensorFlow only when the first model is loaded. Does not know how a network is trained.
"""

from core.classifier.calibration import (
    Calibration,
    calibrate,
    calibration_path,
    expected_calibration_error,
    find_threshold,
    load_calibration,
    save_calibration,
)
from core.classifier.classifier import Classifier, ModelError, Prediction
from core.classifier.model_file import model_fingerprint
from core.classifier.numbers import number_text, read_number
from core.classifier.shipped_card import shipped_card
from core.classifier.threshold import choose_threshold
from core.settings import PRETRAINED
