"""Measure how well a model reads digits that people draw; one JSON line for each result.

    python -m benchmarks.drawn_digits --strokes pen_strokes.json.gz --mnist mnist.npz
    python -m benchmarks.drawn_digits --images FOLDER --model runs/RUN/model.keras

`--strokes` is a file in a format of `core/data/pen_strokes.py`, `--images` a folder with subfolders
0 to 9 of pictures of any size. Beside each figure is that of the naive way, which shrinks the whole
drawing to 28 x 28. Of a file with the writers whom the shipped model trained on, only those kept
for test are used.
"""

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from core.classifier import Classifier, expected_calibration_error
from core.data import PenDigit, load_dataset, read_strokes
from core.evaluation import collect_load_digits, evaluate
from core.pretraining import (
    TEST_WRITERS,
    accuracy,
    by_writers,
    measure_drawings,
    read_picture_folder,
    share_refused,
)
from core.settings import PRETRAINED


def main(arguments: Sequence[str] | None = None) -> None:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(description="Measure a model on drawn digits.")
    parser.add_argument("--model", type=Path, default=PRETRAINED, help="a .keras file")
    parser.add_argument("--strokes", type=Path, help="pen strokes, .json or .json.gz")
    parser.add_argument("--writers", help="which writers of the file, separated by commas, or all")
    parser.add_argument("--images", type=Path, help="a folder of pictures, a subfolder per label")
    parser.add_argument("--mnist", type=Path, help="an mnist.npz; its test set is measured")
    parser.add_argument("--seed", type=int, default=2026, help="decides on sizes, places and pens")
    options = parser.parse_args(arguments)
    classifier = Classifier.load(options.model)
    _print(
        "model",
        file=options.model.name,
        file_bytes=options.model.stat().st_size,
        milliseconds_per_digit=_milliseconds(classifier),
        temperature=classifier.calibration.temperature,
        threshold=classifier.calibration.threshold,
    )
    enlarged = collect_load_digits()
    report = evaluate(classifier, enlarged.images, enlarged.labels)
    _print("drawn digits", of=enlarged.name, count=report.count, accuracy=report.accuracy)
    if options.strokes is not None:
        digits = choose_writers(read_strokes(options.strokes), options.writers)
        writers = sorted({digit.writer for digit in digits})
        measures = measure_drawings(classifier, digits, seed=options.seed)
        _print("strokes", file=options.strokes.name, writers=writers, **measures)
    if options.images is not None:
        pictures = read_picture_folder(options.images)
        _print(
            "images",
            count=len(pictures.labels),
            accuracy=accuracy(classifier, pictures),
            accuracy_naive=accuracy(classifier, pictures, naive=True),
            share_refused=share_refused(classifier, pictures.normalised),
        )
    if options.mnist is not None:
        dataset = load_dataset(options.mnist)
        answers = classifier.predict_batch(dataset.x_test)
        _print(
            "MNIST test set",
            count=len(dataset.y_test),
            accuracy=float((answers.argmax(axis=1) == dataset.y_test).mean()),
            calibration_error=expected_calibration_error(answers, dataset.y_test),
            share_refused=share_refused(classifier, dataset.x_test),
        )


def choose_writers(digits: list[PenDigit], wanted: str | None) -> list[PenDigit]:
    """Return the digits to measure on: by default nobody whom the shipped model trained on.

    Args:
        digits: all of a file.
        wanted: writers separated by commas, or "all", or None for the default.

    Raises:
        SystemExit: nobody of that name wrote any.
    """
    if wanted == "all":
        return digits
    writers = {digit.writer for digit in digits}
    if wanted is not None:
        chosen = frozenset(wanted.split(","))
    else:
        chosen = TEST_WRITERS if writers >= TEST_WRITERS else frozenset(writers)
    kept = by_writers(digits, chosen)
    if not kept:
        raise SystemExit(f"No digits by {wanted}; the file has {', '.join(sorted(writers))}.")
    return kept


def _milliseconds(classifier: Classifier) -> float:
    """Time single answers; the median of 100."""
    image = np.zeros((28, 28), np.float32)
    seconds = []
    for _ in range(100):
        start = time.perf_counter()
        classifier.predict(image)
        seconds.append(time.perf_counter() - start)
    return 1000 * float(np.median(seconds))


def _print(measured: str, **values: object) -> None:
    print(json.dumps({"measured": measured, **values}), flush=True)


if __name__ == "__main__":
    main()
