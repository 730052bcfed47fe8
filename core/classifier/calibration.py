"""Turn a network's probabilities into honest ones, and decide when it had better not answer.

Temperature scaling (Guo, Pleiss, Sun and Weinberger 2017, "On calibration of modern neural
networks"): all logits are divided by one number, found on validation data, which changes no answer
and makes the confidence what it says. A drawing whose best probability is below a threshold, also
measured on validation data, is none of the ten digits for sure. Knows nothing of how a network is
built: probabilities are all it sees.
"""

import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import scipy

_log = logging.getLogger(__name__)
_SMALLEST = 1e-12  # keeps the logarithm of a probability finite


@dataclass(frozen=True)
class Calibration:
    """What is done to a network's probabilities.

    Attributes:
        temperature: logits are divided by it, greater than 0; 1 changes nothing.
        threshold: where the best probability is below it, the network is not sure; 0 is always
            sure.
    """

    temperature: float = 1.0
    threshold: float = 0.0

    def apply(self, probabilities: np.ndarray) -> np.ndarray:
        """Return the calibrated probabilities; shape `(n, 10)` or `(10,)`, rows sum to 1."""
        if self.temperature == 1:
            return probabilities
        # Logits are known up to a constant from the softmax: they are the logarithms.
        logits = np.log(np.maximum(probabilities, _SMALLEST)) / self.temperature
        powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
        return (powers / powers.sum(axis=-1, keepdims=True)).astype(probabilities.dtype)

    def is_sure(self, probabilities: np.ndarray) -> np.ndarray:
        """Tell for each row of calibrated probabilities whether it is an answer."""
        return np.asarray(probabilities.max(axis=-1) >= self.threshold)


def calibrate(
    probabilities: np.ndarray, labels: np.ndarray, *, refused: float = 0.003
) -> Calibration:
    """Find temperature and threshold on digits that the network never trained on.

    Args:
        probabilities: array of shape `(n, 10)`, as the network gives them.
        labels: int array of shape `(n,)`.
        refused: share of these digits that the threshold may refuse, in [0, 1).
    """
    temperature = fit_temperature(probabilities, labels)
    calibrated = Calibration(temperature).apply(probabilities)
    threshold = float(np.quantile(calibrated.max(axis=1), refused, method="lower"))
    return Calibration(temperature, threshold)


def fit_temperature(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Return the temperature under which the true labels are most probable, in [0.05, 20]."""
    rows = np.arange(len(labels))

    def loss(logarithm: float) -> float:
        scaled = Calibration(float(np.exp(logarithm))).apply(probabilities.astype(np.float64))
        return float(-np.log(np.maximum(scaled[rows, labels], _SMALLEST)).mean())

    bounds = (np.log(0.05), np.log(20))
    return float(np.exp(scipy.optimize.minimize_scalar(loss, bounds=bounds, method="bounded").x))


def expected_calibration_error(
    probabilities: np.ndarray, labels: np.ndarray, *, num_bins: int = 15
) -> float:
    """Return by how much confidence and accuracy differ, averaged over bins of confidence.

    Naeini, Cooper and Hauskrecht 2015; the bins have equal width. In [0, 1], 0 is best.
    """
    confidence = probabilities.max(axis=1)
    correct = probabilities.argmax(axis=1) == labels
    bins = np.minimum((confidence * num_bins).astype(int), num_bins - 1)
    gaps = np.bincount(bins, weights=correct - confidence, minlength=num_bins)
    return float(np.abs(gaps).sum() / max(1, len(labels)))


def calibration_path(model_path: Path) -> Path:
    """Return where the calibration of the model at `model_path` lies: beside it."""
    return model_path.with_suffix(".calibration.json")


def save_calibration(calibration: Calibration, model_path: Path) -> None:
    """Write the calibration beside its model."""
    path = calibration_path(model_path)
    path.write_text(json.dumps(asdict(calibration), indent=2) + "\n", encoding="utf-8")


def load_calibration(model_path: Path) -> Calibration | None:
    """Read the calibration beside a model; None where there is none that can be used."""
    path = calibration_path(model_path)
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
        calibration = Calibration(float(read["temperature"]), float(read["threshold"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        _log.warning("%s is ignored: it is no calibration (%s).", path.name, error)
        return None
    if not (0 < calibration.temperature < float("inf") and 0 <= calibration.threshold <= 1):
        _log.warning("%s is ignored: its numbers are out of range.", path.name)
        return None
    return calibration
