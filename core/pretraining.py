"""Train the model that the app ships with, calibrate it, measure it, and write its card.

    python -m core.pretraining --mnist mnist.npz --strokes pen_strokes.json.gz

Trains on MNIST without the 5,000 images that the app embeds, so that those remain an honest test,
and on pen strokes drawn with many pens, without the writers kept for validation and test. Without
`--mnist` and `--strokes` the data is downloaded. MNIST's official test set and the writers kept
for test are looked at once, at the end, and choose nothing. Does not know how a digit is drawn
(`core.drawn_digits`) or measured (`core.evaluation`).
"""

import argparse
import json
import os
import platform
import time
from pathlib import Path
from typing import Any

import numpy as np

from core.devices import prepare_devices  # before TensorFlow, whose start-up notices it quietens

# isort: split
import keras
import tensorflow as tf
from loky import ProcessPoolExecutor

from core.augmentation import augment
from core.calibration import calibrate, expected_calibration_error, save_calibration
from core.classifier import PRETRAINED, Classifier
from core.dataset import MNIST_CACHE, Dataset, load_dataset, load_embedded, without_embedded
from core.download import download_mnist
from core.drawn_digits import (
    TEST_WRITERS,
    VALIDATION_WRITERS,
    DrawnImages,
    by_writers,
    draw_no_digits,
    draw_with_mouse,
    draw_with_pens,
    training_pool,
)
from core.evaluation import measure_drawings, refusals
from core.hyperparameters import Hyperparameters
from core.strokes import PenDigit, download_strokes, read_strokes
from models.digit_reader import digit_reader

# What one batch is made of. Drawings that are no digit have to be as likely as any of the ten, so
# that the network learns to be unsure about them ("outlier exposure", Hendrycks, Mazeika and
# Dietterich 2019).
_BATCH = {"mnist": 64, "pen": 38, "made up": 10, "no digit": 16}
_VARIANTS, _MADE_UP, _NO_DIGITS = 7, 10_000, 20_000
_LABEL_SMOOTHING = 0.03
_LEARNING_RATE = 0.004
_WEIGHT_DECAY = 0.01
_AVERAGED_STEPS = 500  # the weights shipped are a moving average over about so many steps
# Drawings are centred by their mass as MNIST's are, so there is little to move.
_AUGMENTATION = Hyperparameters(
    rotation=10, shift=1.0, zoom=0.1, shear=0.15, thickness=0.5, elastic=0.6
)
_STEPS_PER_EXECUTION = 10


def main() -> None:
    """Train, calibrate, measure, and put model and card where the app finds them."""
    parser = argparse.ArgumentParser(description="Train the shipped model.")
    parser.add_argument("--mnist", type=Path, help="an mnist.npz; downloaded where not given")
    parser.add_argument("--strokes", type=Path, help="pen strokes; UCI's are downloaded otherwise")
    parser.add_argument("--epochs", type=int, default=20, help="how often MNIST is seen")
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
        model, card = train_reader(dataset, digits, epochs=arguments.epochs, seed=arguments.seed)
        model.save(path)
        card_path.write_text(json.dumps(card, indent=2) + "\n")
    card |= calibrate_and_measure(path, dataset, digits)
    card_path.write_text(json.dumps(card, indent=2) + "\n")
    (arguments.output / "README.md").write_text(_CARD.format(**card))
    print(json.dumps(card))


def train_reader(
    dataset: Dataset, digits: list[PenDigit], *, epochs: int, seed: int
) -> tuple[keras.Model, dict[str, Any]]:
    """Train the network for a fixed number of steps; the last, averaged weights are kept.

    Args:
        dataset: MNIST without what it is judged on.
        digits: pen strokes of all writers; only those kept for neither validation nor test are
            used.
        epochs: how often each training image of MNIST is seen.
        seed: the same seed trains the same, on the same machine.

    Returns:
        The model, and what the card says of its making.
    """
    started = time.monotonic()
    held_back = VALIDATION_WRITERS | TEST_WRITERS
    writers = sorted({digit.writer for digit in digits} - held_back)
    with ProcessPoolExecutor(os.cpu_count() or 1) as executor:
        pool = training_pool(
            by_writers(digits, writers),
            variants=_VARIANTS,
            made_up=_MADE_UP,
            no_digits=_NO_DIGITS,
            seed=seed,
            executor=executor,
        )
    print(f"Drew {len(pool.labels):,} images in {time.monotonic() - started:.0f} s", flush=True)
    device = prepare_devices()
    keras.utils.set_random_seed(seed)
    model = digit_reader()
    steps_per_epoch = len(dataset.x_train) // _BATCH["mnist"]
    num_steps = steps_per_epoch * epochs
    warmup = round(0.2 * num_steps)
    # One cycle, after Smith and Topin 2018 (arXiv 1708.07120).
    schedule = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=_LEARNING_RATE / 25,
        warmup_target=_LEARNING_RATE,
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
    model.fit(
        _batches(dataset, pool, seed),
        shuffle=False,  # the batches are shuffled already
        epochs=epochs,
        steps_per_epoch=steps_per_epoch // _STEPS_PER_EXECUTION * _STEPS_PER_EXECUTION,
        callbacks=[
            keras.callbacks.LambdaCallback(
                on_epoch_end=lambda epoch, logs: print(
                    f"Epoch {epoch + 1} of {epochs}: loss {logs['loss']:.4f}, "
                    f"{time.monotonic() - started:.0f} s",
                    flush=True,
                )
            )
        ],
        verbose=0,
    )
    # Batch normalisation measured the weights of each step and not their average, so it measures
    # again (Izmailov and others 2018, "Averaging weights leads to wider optima").
    for images, _ in _batches(dataset, pool, seed + 1).take(200):
        model(images, training=True)
    return model, {
        "name": "Shipped model",
        "data": f"{dataset.name} and pen strokes of {len(writers)} people",
        "fingerprint": dataset.fingerprint,
        "num_train": len(dataset.x_train),
        "num_val": len(dataset.x_val),
        "num_pool": len(pool.labels),
        "training_writers": writers,
        "validation_writers": sorted(VALIDATION_WRITERS),
        "test_writers": sorted(TEST_WRITERS),
        "num_parameters": model.count_params(),
        "best_epoch": epochs,
        "epochs": epochs,
        "seed": seed,
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
    none = draw_no_digits(validation, 3000, seed=103)
    embedded = load_embedded()
    embedded_x = np.concatenate([embedded.x_train, embedded.x_val, embedded.x_test])
    embedded_y = np.concatenate([embedded.y_train, embedded.y_val, embedded.y_test])
    test = classifier.predict_batch(dataset.x_test)
    return {
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
        "file_bytes": path.stat().st_size,
        **measure_drawings(classifier, by_writers(digits, TEST_WRITERS)),
    }


def _batches(dataset: Dataset, pool: DrawnImages, seed: int) -> tf.data.Dataset:
    """Return endless batches, each mixed as `_BATCH` says and augmented anew."""
    num_made_up, num_none = _MADE_UP, int((pool.labels < 0).sum())
    first_made_up = len(pool.labels) - num_none - num_made_up
    parts = {
        "mnist": (dataset.x_train, dataset.y_train.astype(int)),
        "pen": (pool.normalised[:first_made_up], pool.labels[:first_made_up]),
        "made up": (pool.normalised[first_made_up:-num_none], pool.labels[first_made_up:-num_none]),
        "no digit": (pool.normalised[-num_none:], pool.labels[-num_none:]),
    }
    images = tf.constant(np.concatenate([part[0] for part in parts.values()]))
    targets = tf.constant(np.concatenate([_targets(part[1]) for part in parts.values()]))
    start = 0
    indices = []
    for name, (part, _) in parts.items():
        order = tf.data.Dataset.range(start, start + len(part)).shuffle(len(part), seed=seed)
        indices.append(order.repeat().batch(_BATCH[name], drop_remainder=True))
        start += len(part)
    seeds = tf.data.Dataset.random(seed=seed).batch(2)

    def assemble(chosen: tuple[tf.Tensor, ...], pair: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        index = tf.concat(chosen, axis=0)
        pair = tf.cast(pair, tf.int32)
        return augment(tf.gather(images, index), _AUGMENTATION, pair), tf.gather(targets, index)

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


_CARD = """"""


if __name__ == "__main__":
    main()
