"""What each preset reaches and how long it takes.

    python -m benchmarks.presets --mnist mnist.npz

Trains each preset as the app does, several times with another seed. Does not choose anything:
validation chose the epoch, and the test images are looked at once per run.
"""

import argparse
import json
import statistics
import tempfile
from pathlib import Path

from core.data import load_dataset
from core.hyperparameters import LESSONS, PRESETS
from core.runs import RunStore
from core.training import train


def main() -> None:
    """Train and print one line of JSON per preset."""
    parser = argparse.ArgumentParser(description="Measure what the presets reach.")
    parser.add_argument("--mnist", type=Path, help="an mnist.npz; the embedded images without it")
    sound = [name for name in PRESETS if name not in LESSONS]
    parser.add_argument("--presets", nargs="+", choices=PRESETS, default=sound)
    parser.add_argument("--seeds", type=int, default=3, help="runs of each preset")
    arguments = parser.parse_args()
    dataset = load_dataset(arguments.mnist)
    for name in arguments.presets:
        results = []
        with tempfile.TemporaryDirectory() as folder:
            for seed in range(arguments.seeds):
                run = RunStore(folder).create(PRESETS[name].model_copy(update={"seed": seed}))
                train(run, dataset)
                record = run.read()
                if record.results is None or record.data is None:
                    raise SystemExit(f"{name} ended as {record.status}: {record.error}")
                results.append(record.results)
                data = record.data
        accuracies = [result.test_accuracy for result in results if result.test_accuracy]
        line = {
            "result": f"preset {name}",
            "data": data.name,
            "num_train": data.num_train,
            "num_test": data.num_test,
            "num_parameters": record.num_parameters,
            "epochs": PRESETS[name].epochs,
            "test_accuracy_median": statistics.median(accuracies),
            "test_accuracy_min": min(accuracies),
            "test_accuracy_max": max(accuracies),
            "seconds_median": round(statistics.median(result.seconds for result in results), 1),
            "device": record.device,
            "count": len(results),
        }
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
