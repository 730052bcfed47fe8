"""Train one run to its end: blocking, without threads, all of it written to the run's directory.

Does not know who called it or who watches; `core.engine` decides when and where it happens.
"""

import inspect
import logging
import platform
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.metrics import accuracy_score, log_loss

from core.devices import prepare_devices  # before TensorFlow, whose start-up notices it quietens

# isort: split
import keras
import tensorflow as tf

from core.augmentation import augment
from core.callbacks import MetricsLog, SaveBest, StopOnRequest, TrainingDiverged, TrainingStopped
from core.classifier import Classifier
from core.dataset import Dataset
from core.evaluation import drawn_digit_accuracy
from core.hyperparameters import Hyperparameters
from core.runs import DataRecord, Results, Run
from models import ARCHITECTURES

_log = logging.getLogger(__name__)

# Steps that Keras runs before it looks at callbacks. More is faster for small networks (2.3 times
# for the article's), but Stop waits for them: this many multiply-adds take about 0.1 s on two
# cores. `benchmarks/training_speed.py` measures both.
_MULTIPLY_ADDS_PER_EXECUTION = 1.0e9
_MAX_STEPS_PER_EXECUTION = 50
_EVALUATION_BATCH_SIZE = 500


def train(run: Run, dataset: Dataset) -> None:
    """Train `run` on `dataset` until it is completed, stopped or failed.

    Returns without doing anything where the run does not wait to be trained, or where another
    process trains it already. An exception in training does not come out: the run's status
    becomes "failed" and its `error` says why.

    Args:
        run: a run whose status is "queued".
        dataset: its training and validation parts are divided anew as the settings say.
    """
    with run.working() as alone:
        record = run.read()
        if not alone or record.status != "queued" or record.hyperparameters is None:
            return
        try:
            _train(run, record.hyperparameters, dataset)
        except TrainingDiverged as error:
            run.update(status="failed", error=str(error))
        except Exception as error:
            _log.exception("Training of %s failed", run.id)
            reason = f"{type(error).__name__}: {error}".splitlines()[0].rstrip(": ")
            run.update(status="failed", error=f"Training ended with an error. {reason}")


def build_model(hyperparameters: Hyperparameters) -> keras.Model:
    """Build the untrained network that these settings describe."""
    builder = ARCHITECTURES[hyperparameters.architecture]
    names = inspect.signature(builder).parameters
    return builder(**hyperparameters.model_dump(include=set(names)))


def build_optimizer(hyperparameters: Hyperparameters, *, num_steps: int) -> keras.Optimizer:
    """Build the optimizer with its learning rate schedule.

    The one-cycle schedule follows Smith and Topin 2018 (arXiv 1708.07120): up from a 25th of the
    peak during the first 30 % of the steps, then down along a cosine.

    Args:
        hyperparameters: the run's settings.
        num_steps: weight updates in the whole run.
    """
    learning_rate: Any = hyperparameters.learning_rate
    if hyperparameters.learning_rate_schedule == "one_cycle":
        warmup_steps = max(1, round(0.3 * num_steps))
        learning_rate = keras.optimizers.schedules.CosineDecay(
            initial_learning_rate=hyperparameters.learning_rate / 25,
            warmup_target=hyperparameters.learning_rate,
            warmup_steps=warmup_steps,
            decay_steps=max(1, num_steps - warmup_steps),
            alpha=1e-3,
        )
    optimizers: dict[str, Callable[[], keras.Optimizer]] = {
        "sgd": lambda: keras.optimizers.SGD(learning_rate, momentum=hyperparameters.momentum),
        "rmsprop": lambda: keras.optimizers.RMSprop(learning_rate),
        "adam": lambda: keras.optimizers.Adam(learning_rate),
        "adamw": lambda: keras.optimizers.AdamW(
            learning_rate, weight_decay=hyperparameters.weight_decay
        ),
    }
    return optimizers[hyperparameters.optimizer]()


def choose_steps_per_execution(model: keras.Model, *, batch_size: int, steps_per_epoch: int) -> int:
    """Return how many steps Keras is to run between two looks at its callbacks.

    Args:
        model: the network; small ones gain most from many steps.
        batch_size: images per step.
        steps_per_epoch: an execution never crosses the end of an epoch.
    """
    steps = _MULTIPLY_ADDS_PER_EXECUTION / (3 * batch_size * _multiply_adds(model))
    return int(np.clip(steps, 1, min(_MAX_STEPS_PER_EXECUTION, steps_per_epoch)))


def training_batches(
    images: np.ndarray, labels: np.ndarray, hyperparameters: Hyperparameters
) -> tf.data.Dataset:
    """Return one epoch's shuffled batches; shuffled and augmented anew each time it is read.

    The images stay in one tensor and are picked by index inside the graph, which costs far less
    than moving them through the pipeline one by one.

    Args:
        images: float32 array of shape `(n, 28, 28)` in [0, 1].
        labels: integer array of shape `(n,)`.
        hyperparameters: give batch size, seed and augmentation.
    """
    num_images = len(images)
    all_images, all_labels = tf.constant(images), tf.constant(labels)
    seed = hyperparameters.seed
    batches = (
        tf.data.Dataset.range(num_images)
        .shuffle(num_images, seed=seed, reshuffle_each_iteration=True)
        .batch(hyperparameters.batch_size)
    )
    if not hyperparameters.augments:
        return batches.map(
            lambda index: (tf.gather(all_images, index), tf.gather(all_labels, index))
        ).prefetch(tf.data.AUTOTUNE)
    seeds = tf.data.Dataset.random(seed=seed, rerandomize_each_iteration=True).batch(2)
    return (
        tf.data.Dataset.zip(batches, seeds)
        .map(
            lambda index, pair: (
                augment(tf.gather(all_images, index), hyperparameters, pair),
                tf.gather(all_labels, index),
            ),
            num_parallel_calls=tf.data.AUTOTUNE,
        )
        .prefetch(tf.data.AUTOTUNE)
    )


def evaluation_batches(images: np.ndarray, labels: np.ndarray) -> tf.data.Dataset:
    """Return the images in their order, in large batches."""
    return (
        tf.data.Dataset.from_tensor_slices((images, labels))
        .batch(_EVALUATION_BATCH_SIZE)
        .prefetch(tf.data.AUTOTUNE)
    )


def _train(run: Run, hyperparameters: Hyperparameters, dataset: Dataset) -> None:
    """Train, then measure; raises what goes wrong."""
    data = dataset.split(
        validation_split=hyperparameters.validation_split,
        training_share=hyperparameters.training_share,
    )
    num_images = len(data.x_train)
    steps_per_epoch = -(-num_images // hyperparameters.batch_size)
    keras.utils.set_random_seed(hyperparameters.seed)
    model = build_model(hyperparameters)
    run.update(
        status="running",
        data=DataRecord(
            name=data.name,
            fingerprint=data.fingerprint,
            num_train=num_images,
            num_val=len(data.x_val),
            num_test=len(data.x_test),
        ),
        num_parameters=model.count_params(),
        steps_per_epoch=steps_per_epoch,
        software={
            "python": platform.python_version(),
            "tensorflow": tf.__version__,
            "keras": keras.__version__,
        },
        device=prepare_devices(),
    )
    model.compile(
        optimizer=build_optimizer(
            hyperparameters, num_steps=steps_per_epoch * hyperparameters.epochs
        ),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        steps_per_execution=choose_steps_per_execution(
            model, batch_size=hyperparameters.batch_size, steps_per_epoch=steps_per_epoch
        ),
        # XLA made convolutions two to four times slower on the CPU, and small networks too.
        jit_compile=False,
    )
    validation = evaluation_batches(data.x_val, data.y_val)
    log = MetricsLog(run, num_images=num_images, batch_size=hyperparameters.batch_size)
    best = SaveBest(run)
    start = time.monotonic()
    try:
        model.fit(
            training_batches(data.x_train, data.y_train, hyperparameters),
            epochs=hyperparameters.epochs,
            validation_data=validation,
            callbacks=[StopOnRequest(run), log, best],
            verbose=0,
            shuffle=False,  # the batches are shuffled already
        )
    except TrainingStopped:
        # Said at once: to measure what was reached takes longer than a click may wait.
        run.update(status="stopped")
    seconds = time.monotonic() - start
    if log.images == 0:
        return
    if run.read().status == "stopped":
        # The weights in the middle of an epoch may be better than those at its beginning.
        val_loss, val_accuracy = model.evaluate(validation, verbose=0)
        best.offer(log.epoch, val_loss, val_accuracy)
    results = _measure_best(run, best, data, seconds=seconds, num_images=log.images)
    status = "stopped" if run.read().status == "stopped" else "completed"
    run.update(status=status, results=results)
    _add_drawn_digits(run, results)


def _measure_best(
    run: Run, best: SaveBest, data: Dataset, *, seconds: float, num_images: int
) -> Results:
    """Look at the test images, once, with the weights that validation chose."""
    if best.best is None:
        raise TrainingDiverged(
            "The loss stopped being a number before any weights could be kept. "
            "The learning rate is most likely too high: try a tenth."
        )
    model = keras.saving.load_model(run.model_path, compile=False)
    probabilities = model.predict(evaluation_batches(data.x_test, data.y_test), verbose=0)
    run.write_file(
        "test_predictions.npz",
        lambda file: np.savez_compressed(
            file, probabilities=probabilities.astype(np.float32), labels=data.y_test
        ),
    )
    return Results(
        best_epoch=int(best.best["epoch"]),
        val_loss=best.best["val_loss"],
        val_accuracy=best.best["val_accuracy"],
        test_loss=float(log_loss(data.y_test, probabilities, labels=list(range(10)))),
        test_accuracy=float(accuracy_score(data.y_test, probabilities.argmax(axis=1))),
        seconds=seconds,
        images_per_second=num_images / seconds,
    )


def _add_drawn_digits(run: Run, results: Results) -> None:
    """Measure the kept model on drawn digits, too, once everybody can see that the run has ended.

    What goes wrong here is no failure of the run, which has all that it needs.
    """
    try:
        drawn = drawn_digit_accuracy(Classifier.load(run.model_path))
        measured = {
            "drawn_accuracy": drawn.accuracy,
            "drawn_count": drawn.count,
            "drawn_name": drawn.name,
        }
        run.update(results=results.model_copy(update=measured))
    except FileNotFoundError:
        _log.info("%s was deleted before its drawn digits were measured", run.id)
    except Exception:
        _log.exception("The drawn-digit accuracy of %s could not be measured", run.id)


def _multiply_adds(model: keras.Model) -> int:
    """Count the multiplications that one image costs in one forward pass."""
    total = 0
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dense):
            total += int(np.prod(layer.kernel.shape))
        elif isinstance(layer, keras.layers.Conv2D):
            _, height, width, _ = layer.output.shape
            total += int(np.prod(layer.kernel.shape)) * height * width
    return total
