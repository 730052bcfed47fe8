"""How long training takes on a reference machine, for the estimate before a machine's first run.

    python -m benchmarks.reference_speed

Trains networks of every kind for a few seconds each, on the embedded images, and fits what each of
`core.runs.cost_terms` is multiplied by. Prints the constants and, for each network, what was
measured and what the constants say of it.
"""

import argparse
import json
import tempfile

import numpy as np
from scipy.optimize import least_squares

from core.data import load_embedded
from core.hyperparameters import PRESETS, Hyperparameters
from core.runs import RunStore, cost_terms, measure_progress
from core.training import train

_SETTINGS = {
    **{name: PRESETS[name] for name in ("article", "fast", "accurate")},
    "default": Hyperparameters(),
    "default, batches of 1": Hyperparameters(batch_size=1),
    "default, batches of 1,024": Hyperparameters(batch_size=1024),
    "mlp, batches of 1": PRESETS["article"].model_copy(update={"batch_size": 1}),
    "mlp, 4 layers": Hyperparameters(architecture="mlp", hidden_units=(512, 512, 512, 512)),
    "mlp, augmented": PRESETS["article"].model_copy(update={"rotation": 10.0, "shift": 2.0}),
    "lenet5": Hyperparameters(architecture="lenet5"),
    "convnet, 3 blocks": Hyperparameters(filters=(32, 64, 128), kernel_size=3),
    "resnet": Hyperparameters(architecture="resnet", batch_normalization=True),
    "lstm": Hyperparameters(architecture="lstm"),
    "lstm, 32 units": Hyperparameters(architecture="lstm", lstm_units=32, batch_size=32),
    "vit": Hyperparameters(architecture="vit"),
    "vit, small patches": Hyperparameters(architecture="vit", patch_size=4),
}


def _fit(terms: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """Return the constants, over 0, whose estimates are wrong by the smallest factors."""

    def errors(logarithms: np.ndarray) -> np.ndarray:
        return np.log(terms @ np.exp(logarithms)) - np.log(seconds)

    # Each constant begins where it would explain everything.
    start = np.log(np.median(seconds) / terms.max(axis=0))
    # One network with a fast path of its own must not bend the constants for the others.
    return np.exp(least_squares(errors, start, bounds=(-40, 0), loss="soft_l1").x)


def _seconds_per_image(hyperparameters: Hyperparameters, seconds: float) -> float:
    """Train for about so long and return the seconds that one image took in the end."""
    dataset = load_embedded()
    with tempfile.TemporaryDirectory() as folder:
        # How many epochs take so long is not known before one was trained.
        enough = 1
        for _ in range(2):
            changes = {"epochs": enough}
            run = RunStore(folder).create(hyperparameters.model_copy(update=changes))
            train(run, dataset)
            record = run.read()
            if record.results is None:
                raise SystemExit(f"The run ended as {record.status}: {record.error}")
            enough = max(2, min(200, round(seconds / record.results.seconds)))
            whole = record.results.images_per_second
        # Without the first step, in which TensorFlow prepares the others.
        progress = measure_progress(run.metrics(), num_epochs=record.num_epochs)
    return 1 / (progress.images_per_second or whole)


def main() -> None:
    """Measure, fit, and print one line of JSON for the constants and for each network."""
    parser = argparse.ArgumentParser(description="Measure the reference for estimates.")
    parser.add_argument("--seconds", type=float, default=8.0, help="training of each network")
    arguments = parser.parse_args()
    measured = {
        name: _seconds_per_image(hyperparameters, arguments.seconds)
        for name, hyperparameters in _SETTINGS.items()
    }
    terms = np.array([cost_terms(hyperparameters) for hyperparameters in _SETTINGS.values()])
    constants = _fit(terms, np.array([*measured.values()]))
    print(json.dumps({"result": "constants", "values": [float(f"{c:.2g}") for c in constants]}))
    for name, estimated in zip(_SETTINGS, terms @ constants, strict=True):
        line = {
            "result": name,
            "microseconds_per_image": round(1e6 * measured[name], 1),
            "estimated": round(1e6 * float(estimated), 1),
        }
        print(json.dumps(line))


if __name__ == "__main__":
    main()
