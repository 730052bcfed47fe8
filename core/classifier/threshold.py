"""Let a person choose below which confidence their run's model gives no answer."""

from dataclasses import replace

from core.access import PROGRAM, Person
from core.classifier.calibration import load_calibration, save_calibration
from core.runs import Run


def choose_threshold(run: Run, threshold: float, *, by: Person = PROGRAM) -> None:
    """Write another threshold into the calibration of a run's model; its temperature stays.

    It holds as long as the model does: training that keeps better weights finds another one.

    Args:
        run: not under way.
        threshold: in [0, 1]; where the confidence is below it, the model is not sure.
        by: who chooses it; goes to the audit log.

    Raises:
        NotAllowed: the run is somebody else's.
        ValueError: the threshold is out of range, the run is under way, or its model has no
            calibration.
        OSError: the folder cannot be written to.
    """
    if not 0 <= threshold <= 1:  # which NaN is not, either
        raise ValueError(f"expected a threshold from 0 to 1, not {threshold:g}")
    with run.changing("set threshold", by=by) as record:
        calibration = load_calibration(run.model_path)
        if calibration is None:
            raise ValueError(f"The model of {record.name} has no calibration.")
        save_calibration(replace(calibration, threshold=float(threshold)), run.model_path)
