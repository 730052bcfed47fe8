"""How long the shipped model takes to be evaluated; one JSON line for each result.

    python -m benchmarks.evaluation --mnist mnist.npz

A report on 10,000 images, answers included, and its robustness on a sample of 1,000. Loading the
model and the images does not count. Does not judge the answers.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from core.classifier import Classifier
from core.data import load_dataset, load_embedded
from core.evaluation import evaluate, measure_robustness, sample_images
from core.settings import PRETRAINED

_REPORT_IMAGES = 10_000
_ROBUSTNESS_IMAGES = 1000


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print one line of JSON per result."""
    parser = argparse.ArgumentParser(description="Measure how long an evaluation takes.")
    parser.add_argument("--mnist", type=Path, help="an mnist.npz; the embedded images without it")
    parser.add_argument("--repeats", type=int, default=3, help="turns of each")
    options = parser.parse_args(arguments)
    images, labels, name = read_images(options.mnist)
    sample = sample_images(images, labels, _ROBUSTNESS_IMAGES)
    classifier = Classifier.load(PRETRAINED)
    evaluate(classifier, *sample)  # what is imported and traced at first does not count
    _print(
        f"report on {len(labels):,} images",
        name,
        [_seconds(lambda: evaluate(classifier, images, labels)) for _ in range(options.repeats)],
    )
    _print(
        f"robustness on {len(sample[1]):,} images",
        name,
        [
            _seconds(lambda: measure_robustness(classifier.predict_batch, *sample))
            for _ in range(options.repeats)
        ],
    )


def read_images(mnist: Path | None) -> tuple[np.ndarray, np.ndarray, str]:
    """Return at most 10,000 images, their labels, and what they are.

    These are the test images of a file; without one, the embedded images, repeated.
    """
    if mnist is not None:
        dataset = load_dataset(mnist)
        images, labels = dataset.x_test[:_REPORT_IMAGES], dataset.y_test[:_REPORT_IMAGES]
        return images, labels, f"test images of {dataset.name}"
    dataset = load_embedded()
    images = np.concatenate([dataset.x_train, dataset.x_val, dataset.x_test])
    labels = np.concatenate([dataset.y_train, dataset.y_val, dataset.y_test])
    repeated = np.arange(_REPORT_IMAGES) % len(labels)
    return images[repeated], labels[repeated], f"{dataset.name}, repeated"


def _seconds(measured: Callable[[], object]) -> float:
    start = time.perf_counter()
    measured()
    return time.perf_counter() - start


def _print(what: str, data: str, seconds: Sequence[float]) -> None:
    result = {
        "result": what,
        "unit": "s",
        "data": data,
        "median": round(statistics.median(seconds), 2),
        "min": round(min(seconds), 2),
        "max": round(max(seconds), 2),
        "count": len(seconds),
    }
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
