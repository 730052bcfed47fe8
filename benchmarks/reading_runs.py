"""How long a look at an unchanged runs folder takes, beside reading all of it anew.

    python -m benchmarks.reading_runs --runs 100 --records 500

Half of the runs wait, the others are completed. Prints a line of JSON for each question. With
100,000 records, as many as a run writes in hours, the last tells whether it stays fast to watch:
what the Train page reads of a run that has written one record more.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from core.charts import curve_figure
from core.coach import advise
from core.hyperparameters import Hyperparameters
from core.runs import (
    DataRecord,
    Results,
    Run,
    RunStore,
    StepRecord,
    artifacts,
    estimate_starts,
    measure_progress,
)

_DATA = DataRecord(name="images", fingerprint="f", num_train=9000, num_val=1000, num_test=1000)
_RESULTS = Results(
    best_epoch=1, val_loss=0.1, val_accuracy=0.9, seconds=10.0, images_per_second=900.0
)
_LOOKS = 50


def _fill(store: RunStore, num_runs: int, num_records: int) -> None:
    for number in range(num_runs):
        run = store.create(Hyperparameters(seed=number))
        if number % 2:
            run.update(status="completed", data=_DATA, results=_RESULTS)
        for step in range(num_records if number == num_runs - 1 else 0):
            run.append_metrics(_record(step))


def fill_completed(store: RunStore, num_runs: int) -> None:
    """Create so many completed runs, each with a file in place of its model."""
    for number in range(num_runs):
        run = store.create(Hyperparameters(seed=number))
        run.update(status="completed", data=_DATA, results=_RESULTS)
        run.model_path.touch()


def _record(step: int) -> StepRecord:
    return StepRecord(
        step=step,
        epoch=step / 100,
        images=32 * step,
        seconds=float(step),
        loss=1.0,
        accuracy=0.5,
        learning_rate=0.01,
    )


def _watch(run: Run) -> None:
    """Do what the Train page does with a run's records each time it looks."""
    metrics = run.metrics()
    advise(run.read(), metrics)
    measure_progress(metrics, num_epochs=1_000)
    curve_figure(metrics, "loss", num_epochs=1_000)
    curve_figure(metrics, "accuracy", num_epochs=1_000)


def _milliseconds_to_watch(run: Run, num_records: int) -> float:
    times = []
    for look in range(_LOOKS):
        run.append_metrics(_record(num_records + look))
        start = time.perf_counter()
        _watch(run)
        times.append(1000 * (time.perf_counter() - start))
    return round(median(times), 3)


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
    parser.add_argument("--records", type=int, default=500)
    arguments = parser.parse_args()
    num_runs, num_records = arguments.runs, arguments.records
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        store = RunStore(root)
        _fill(store, num_runs, num_records)
        time.sleep(0.1)
        newest = store.list()[0]
        questions: dict[str, Callable[[RunStore], object]] = {
            "queued": lambda store: store.queued(),
            "estimate_starts": lambda store: estimate_starts(store, None),
            f"metrics of {num_records} records": lambda store: store.get(newest.id).metrics(),
        }
        for name, ask in questions.items():
            ask(store)
            unchanged = _milliseconds(ask, lambda: store)
            anew = _milliseconds(ask, lambda: _forget(root))
            print(json.dumps({"look": name, "unchanged_ms": unchanged, "anew_ms": anew}))
        watching = _milliseconds_to_watch(store.get(newest.id), num_records)
        print(json.dumps({"look": "one record more", "ms": watching}))


if __name__ == "__main__":
    main()
