"""How much sooner this app has a good network than Keras used plainly, both trained side by side.

    python -m benchmarks.time_to_accuracy --mnist mnist.npz

Two comparisons, each side in a fresh process, taking turns with another seed each time. The first:
the preset "99 % in seconds", from pressing Train to its test predictions on disk, against Keras's
own simple MNIST convnet (keras.io/examples/vision/mnist_convnet), up to the end of the first epoch
with 99.0 % on the test images; looking at them does not count for Keras. The second: images per
second of one hidden layer at batch 32 against `model.fit`. Compilation counts, imports and
loading the images do not. Validation chooses; the test images only report.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from core.data import Dataset, load_dataset
from core.hyperparameters import PRESETS, Hyperparameters
from core.runs import RunStore

_TARGET = 0.99
_MAX_EPOCHS = 20
_ARTICLE_EPOCHS = 2


def train_here(settings: Hyperparameters, dataset: Dataset) -> dict[str, Any]:
    """Train a run as the app's worker does, and tell how long it took and what it reached."""
    from core.training import train

    with tempfile.TemporaryDirectory() as folder:
        start = time.time()
        run = RunStore(folder).create(settings)
        train(run, dataset)
        seconds = (run.directory / "test_predictions.npz").stat().st_mtime - start
        record = run.read()
    if record.results is None:
        raise SystemExit(f"The run ended as {record.status}: {record.error}")
    return {
        "seconds": seconds,
        "test_accuracy": record.results.test_accuracy,
        "val_accuracy": record.results.val_accuracy,
        "images_per_second": record.results.images_per_second,
        "num_parameters": record.num_parameters,
    }


def preset(seed: int, dataset: Dataset) -> dict[str, Any]:
    """Train the preset "99 % in seconds"."""
    return train_here(PRESETS["fast"].model_copy(update={"seed": seed}), dataset)


def keras_convnet(seed: int, dataset: Dataset) -> dict[str, Any]:
    """Train Keras's example until it reads 99.0 % of the test images."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(seed)
    x_test, y_test = dataset.x_test[..., None], dataset.y_test
    start = time.perf_counter()
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    x, y = dataset.x_train[..., None], keras.utils.to_categorical(dataset.y_train, 10)
    validation = dataset.x_val[..., None], keras.utils.to_categorical(dataset.y_val, 10)
    reports = 0.0
    accuracies: list[float] = []

    class Report(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
            nonlocal reports
            began = time.perf_counter()
            answers = model.predict(x_test, batch_size=500, verbose=0).argmax(axis=1)
            accuracies.append(float(np.mean(answers == y_test)))
            reports += time.perf_counter() - began
            self.model.stop_training = accuracies[-1] >= _TARGET

    model.fit(
        x,
        y,
        batch_size=128,
        epochs=_MAX_EPOCHS,
        validation_data=validation,
        callbacks=[Report()],
        verbose=0,
    )
    return {
        "seconds": time.perf_counter() - start - reports,
        "test_accuracy": accuracies[-1],
        "epochs": len(accuracies),
        "num_parameters": model.count_params(),
    }


def _article(seed: int) -> Hyperparameters:
    return PRESETS["article"].model_copy(update={"seed": seed, "epochs": _ARTICLE_EPOCHS})


def article_here(seed: int, dataset: Dataset) -> dict[str, Any]:
    """Train the article's network in the app's way."""
    return train_here(_article(seed), dataset)


def article_fit(seed: int, dataset: Dataset) -> dict[str, Any]:
    """Train the article's network as the article does."""
    import keras

    from core.training import build_model

    settings = _article(seed)
    data = dataset.split(validation_split=settings.validation_split)
    keras.utils.set_random_seed(seed)
    model = build_model(settings)
    model.compile(
        keras.optimizers.Adam(settings.learning_rate),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    start = time.perf_counter()
    model.fit(
        data.x_train,
        data.y_train,
        batch_size=settings.batch_size,
        epochs=settings.epochs,
        validation_data=(data.x_val, data.y_val),
        verbose=0,
    )
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "images_per_second": settings.epochs * len(data.x_train) / seconds}


SIDES: dict[str, Callable[[int, Dataset], dict[str, Any]]] = {
    "preset": preset,
    "keras_convnet": keras_convnet,
    "article_here": article_here,
    "article_fit": article_fit,
}


def in_new_process(side: str, seed: int, mnist: Path | None) -> dict[str, Any]:
    """Train one side in a fresh process, as a user's first run would be."""
    command = [sys.executable, "-m", "benchmarks.time_to_accuracy", "--side", side]
    command += ["--seed", str(seed), *(["--mnist", str(mnist)] if mnist else [])]
    result = subprocess.run(command, capture_output=True, check=True, text=True)
    return dict(json.loads(result.stdout.splitlines()[-1]))


def main() -> None:
    """Measure and print one line of JSON per result."""
    parser = argparse.ArgumentParser(description="Compare with Keras used plainly.")
    parser.add_argument("--mnist", type=Path, help="an mnist.npz; the embedded images without it")
    parser.add_argument("--repeats", type=int, default=5, help="turns of each side")
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=0, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    mnist = arguments.mnist and arguments.mnist.resolve()
    if arguments.side:
        import core.training  # noqa: F401  (what it imports is not to be measured)

        print(json.dumps(SIDES[arguments.side](arguments.seed, load_dataset(mnist))))
        return
    for ours, theirs, measure in (
        ("preset", "keras_convnet", "seconds"),
        ("article_here", "article_fit", "images_per_second"),
    ):
        results: dict[str, list[dict[str, Any]]] = {ours: [], theirs: []}
        for seed in range(arguments.repeats):
            for side in (ours, theirs):
                results[side].append(in_new_process(side, seed, mnist))
        for side, values in results.items():
            print(json.dumps({"result": side, **_summary(values)}), flush=True)
        medians = [statistics.median(v[measure] for v in results[s]) for s in (ours, theirs)]
        means = [statistics.mean(v[measure] for v in results[s]) for s in (ours, theirs)]
        if measure == "seconds":  # less is better
            medians.reverse()
            means.reverse()
        line = {
            "result": f"{ours}: how many times faster than {theirs}",
            "ratio_of_medians": round(medians[0] / medians[1], 2),
            "ratio_of_means": round(means[0] / means[1], 2),
            "count": arguments.repeats,
        }
        print(json.dumps(line), flush=True)


def _summary(values: list[dict[str, Any]]) -> dict[str, Any]:
    """Return median, mean, least and most of everything that was measured."""
    summary: dict[str, Any] = {"count": len(values)}
    for name in values[0]:
        numbers = [value[name] for value in values]
        summary[name] = {
            "median": round(statistics.median(numbers), 4),
            "mean": round(statistics.mean(numbers), 4),
            "min": round(min(numbers), 4),
            "max": round(max(numbers), 4),
        }
    return summary


if __name__ == "__main__":
    main()
