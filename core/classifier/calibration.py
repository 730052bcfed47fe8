"""Calibrate a network's probabilities, and decide below which of them it gives no answer.

Temperature scaling (Guo, Pleiss, Sun and Weinberger 2017, "On calibration of modern neural
networks"): all logits are divided by one number, found on validation data, which changes no answer
and brings the confidence near the accuracy. A drawing whose largest probability is below a
threshold, also found on validation data, gets no answer. Knows nothing of how a network is built.
"""

import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import scipy

from core.classifier.model_file import model_fingerprint
from core.reading import read_file
from core.runs.files import write_text

_log = logging.getLogger(__name__)
_SMALLEST = 1e-12  # keeps the logarithm of a probability finite
# `fit_temperature` finds none below 0.05 or above 20; beyond these, floats overflow.
_TEMPERATURES = (1e-3, 1e3)
_MOST_BYTES = 10_000
# Where every validation image is read with a probability of 1, so would a drawing have to be.
_HIGHEST_FOUND_THRESHOLD = 0.9


@dataclass(frozen=True)
class Calibration:
    """How a network's probabilities are corrected.

    Attributes:
        temperature: logits are divided by it; greater than 0, and 1 changes nothing.
        threshold: in [0, 1]; where the largest probability is below it, the network is not sure.
        model: `model_fingerprint` of the only file that it holds for; empty where it holds for
            whatever file it lies beside.
    """

    temperature: float = 1.0
    threshold: float = 0.0
    model: str = ""

    def apply(self, probabilities: np.ndarray) -> np.ndarray:
        """Return calibrated probabilities of the same shape, `(n, 10)` or `(10,)`."""
        if self.temperature == 1:
            return probabilities
        # The logarithms of a softmax are its logits up to a constant.
        logits = np.log(np.maximum(probabilities, _SMALLEST)) / self.temperature
        calibrated: np.ndarray = scipy.special.softmax(logits, axis=-1)
        return calibrated.astype(probabilities.dtype)

    def is_sure(self, probabilities: np.ndarray) -> np.ndarray:
        """Tell for each row of calibrated probabilities whether it reaches the threshold."""
        return np.asarray(probabilities.max(axis=-1) >= self.threshold)


def calibrate(
    probabilities: np.ndarray, labels: np.ndarray, *, refused: float = 0.003
) -> Calibration:
    """Find temperature and threshold on digits that the network never trained on.

    Takes what the network gives, `(n, 10)`, the labels, `(n,)`, and the share of these digits that
    the threshold may refuse, in [0, 1). The threshold is at most 0.9: an answer that is right nine
    times out of ten is given.
    """
    temperature = fit_temperature(probabilities, labels)
    calibrated = Calibration(temperature).apply(probabilities)
    threshold = find_threshold(calibrated, refused=refused)
    return Calibration(temperature, min(threshold, _HIGHEST_FOUND_THRESHOLD))


def find_threshold(probabilities: np.ndarray, *, refused: float) -> float:
    """Return the confidence below which lies at most a share, in [0, 1], of calibrated answers."""
    return float(np.quantile(probabilities.max(axis=1), refused, method="lower"))


def fit_temperature(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Return the most probable temperature, given answers and true labels; in [0.05, 20].

    Before it sees an answer it takes log T to be normally distributed with mean 0 and variance 1,
    and minimises n * mean cross-entropy + (log T)^2 / 2 (maximum a posteriori). Without that, a few
    images that are all read correctly would have a temperature of 0; to thousands of images, some
    of them misread, it makes no noticeable difference.
    """
    rows = np.arange(len(labels))

    def loss(logarithm: float) -> float:
        scaled = Calibration(float(np.exp(logarithm))).apply(probabilities.astype(np.float64))
        log_likelihood = float(np.log(np.maximum(scaled[rows, labels], _SMALLEST)).sum())
        return logarithm**2 / 2 - log_likelihood

    bounds = (np.log(0.05), np.log(20))
    return float(np.exp(scipy.optimize.minimize_scalar(loss, bounds=bounds, method="bounded").x))


def expected_calibration_error(
    probabilities: np.ndarray, labels: np.ndarray, *, num_bins: int = 15
) -> float:
    """Return by how much confidence and accuracy differ, averaged over bins of confidence.

    Naeini, Cooper and Hauskrecht 2015, "Obtaining well calibrated probabilities using Bayesian
    binning"; the bins have equal width. In [0, 1], 0 is best.
    """
    confidence = probabilities.max(axis=1)
    correct = probabilities.argmax(axis=1) == labels
    bins = np.minimum((confidence * num_bins).astype(int), num_bins - 1)
    gaps = np.bincount(bins, weights=correct - confidence, minlength=num_bins)
    return float(np.abs(gaps).sum() / max(1, len(labels)))


def calibration_path(model_path: Path) -> Path:
    """Return the path of a model's calibration, which lies beside it."""
    return model_path.with_suffix(".calibration.json")


def save_calibration(calibration: Calibration, model_path: Path) -> None:
    """Write the calibration beside its model, whole or not at all.

    Raises:
        OSError: the folder cannot be written to.
    """
    values = {name: value for name, value in asdict(calibration).items() if value != ""}
    write_text(calibration_path(model_path), json.dumps(values, indent=2) + "\n")


def load_calibration(model_path: Path) -> Calibration | None:
    """Read the calibration beside a model; None where there is none that can be used.

    One that was found for other weights than the model's file has now is none.
    """
    path = calibration_path(model_path)
    try:
        read = json.loads(read_file(path, most=_MOST_BYTES))
        calibration = Calibration(
            float(read["temperature"]), float(read["threshold"]), str(read.get("model", ""))
        )
        other = calibration.model and calibration.model != model_fingerprint(model_path)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        kind = type(error).__name__  # its message may hold anything that the file does
        _log.warning("%s is ignored: it does not hold a calibration (%s).", path.name, kind)
        return None
    lowest, highest = _TEMPERATURES
    if not (lowest <= calibration.temperature <= highest and 0 <= calibration.threshold <= 1):
        _log.warning("%s is ignored: its numbers are out of range.", path.name)
        return None
    return None if other else calibration
