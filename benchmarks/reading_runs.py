"""How long a look at an unchanged runs folder takes, beside reading all of it anew.

    python -m benchmarks.reading_runs --runs 100

Half of the runs wait, the others are completed. Prints a line of JSON for each question.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from core.hyperparameters import Hyperparameters
from core.runs import DataRecord, Results, RunStore, StepRecord, artifacts, estimate_starts

_DATA = DataRecord(name="images", fingerprint="f", num_train=9000, num_val=1000, num_test=1000)
_RESULTS = Results(
    best_epoch=1, val_loss=0.1, val_accuracy=0.9, seconds=10.0, images_per_second=900.0
)
_RECORDS = 500
_LOOKS = 50


def _fill(store: RunStore, num_runs: int) -> None:
    for number in range(num_runs):
        run = store.create(Hyperparameters(seed=number))
        if number % 2:
            run.update(status="completed", data=_DATA, results=_RESULTS)
        for step in range(_RECORDS if number == num_runs - 1 else 0):
            run.append_metrics(
                StepRecord(
                    step=step,
                    epoch=step / 100,
                    images=32 * step,
                    seconds=float(step),
                    loss=1.0,
                    accuracy=0.5,
                    learning_rate=0.01,
                )
            )


def _forget(root: Path) -> RunStore:
    """Return a store that knows nothing yet."""
    artifacts.metrics_reader.cache_clear()
    return RunStore(root)


def _milliseconds(look: Callable[[RunStore], object], get_store: Callable[[], RunStore]) -> float:
    times = []
    for _ in range(_LOOKS):
        store = get_store()
        start = time.perf_counter()
        look(store)
        times.append(1000 * (time.perf_counter() - start))
    return round(median(times), 3)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=100)
    num_runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        store = RunStore(root)
        _fill(store, num_runs)
        time.sleep(0.1)
        newest = store.list()[0]
        questions: dict[str, Callable[[RunStore], object]] = {
            "queued": lambda store: store.queued(),
            "estimate_starts": lambda store: estimate_starts(store, None),
            f"metrics of {_RECORDS} records": lambda store: store.get(newest.id).metrics(),
        }
        for name, ask in questions.items():
            ask(store)
            unchanged = _milliseconds(ask, lambda: store)
            anew = _milliseconds(ask, lambda: _forget(root))
            print(json.dumps({"look": name, "unchanged_ms": unchanged, "anew_ms": anew}))


if __name__ == "__main__":
    main()
