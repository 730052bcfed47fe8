"""How the shipped model is trained: from which images, in which phases, with which settings.

Does not know how a digit is drawn, nor how a model is measured.
"""

import platform
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from core.devices import prepare_devices  # before TensorFlow, whose start-up notices it quietens

# isort: split
import keras
import tensorflow as tf

from core.data import Dataset, PenDigit
from core.hyperparameters import Hyperparameters
from core.pretraining.drawings import by_writers, draw_training_images, training_writers
from core.training import Callback, TrainingLoop, TrainingSteps, build_optimizer
from models.digit_reader import digit_reader

RECIPE_VERSION = 2  # the card says in what a model made by an earlier one differs
_VARIANTS, _NUM_SYNTHETIC, _NUM_NON_DIGITS = 7, 10_000, 20_000
_NORMALISATION_STEPS = 200

# Images by kind, each with its labels: float32 (n, 28, 28) and int (n,), -1 for not a digit.
Sources = Mapping[str, tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Phase:
    """A part of the training, with a learning rate that rises and falls once.

    Attributes:
        hyperparameters: the settings; an epoch is one pass over MNIST.
        in_batch: how many images of each kind of `Sources` are in a batch. Drawings that are not a
            digit have to be as likely as any of the ten digits, so that the network learns to be
            unsure about them ("outlier exposure", Hendrycks, Mazeika and Dietterich 2019).
    """

    hyperparameters: Hyperparameters
    in_batch: Mapping[str, int]


_COMMON: dict[str, Any] = {
    "optimizer": "adamw",
    "learning_rate_schedule": "one_cycle",
    "weight_decay": 0.01,
    "weight_averaging": 0.998,
    "label_smoothing": 0.03,
    "shift": 1.0,
}
# Drawings are centred by their mass as MNIST's are, so there is little to shift. Strong distortion
# first, for handwriting unlike any in the data; then weak, for what real digits look like.
_STRONG = _COMMON | {"rotation": 10, "zoom": 0.1, "shear": 0.15, "thickness": 0.5, "elastic": 0.6}
_WEAK = _COMMON | {"rotation": 8, "zoom": 0.08, "shear": 0.1, "thickness": 0.2, "elastic": 0.3}
PHASES = (
    Phase(
        Hyperparameters(epochs=20, learning_rate=0.004, **_STRONG),
        {"mnist": 64, "pen": 38, "synthetic": 10, "non_digit": 16},
    ),
    Phase(
        Hyperparameters(epochs=8, learning_rate=0.0015, **_WEAK),
        {"mnist": 80, "pen": 28, "synthetic": 6, "non_digit": 14},
    ),
    Phase(
        Hyperparameters(epochs=12, learning_rate=0.0012, **_WEAK),
        {"mnist": 84, "pen": 28, "synthetic": 4, "non_digit": 12},
    ),
)


def draw_sources(dataset: Dataset, digits: Sequence[PenDigit], *, seed: int) -> Sources:
    """Return all training images by kind; no writer held back for validation or test drew any."""
    started = time.monotonic()
    trained = by_writers(digits, training_writers(digits))
    counts = {
        "pen": _VARIANTS * len(trained),
        "synthetic": _NUM_SYNTHETIC,
        "non_digit": _NUM_NON_DIGITS,
    }
    # Not forked, which is unsafe once TensorFlow's threads run.
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as executor:
        drawn = draw_training_images(trained, counts, seed=seed, executor=executor)
    seconds = time.monotonic() - started
    print(f"Drew {sum(counts.values()):,} images in {seconds:.0f} s", flush=True)
    return {"mnist": (dataset.x_train, dataset.y_train.astype(int)), **drawn}


def train(
    path: Path, number: int, dataset: Dataset, sources: Sources, *, seed: int
) -> dict[str, Any]:
    """Train one phase and save the model.

    Args:
        path: the model's file; every phase but the first continues from what it holds.
        number: which of `PHASES`, from 0.
        dataset: MNIST without what the model is judged on.
        sources: from `draw_sources`.
        seed: the same seed trains the same, on the same machine.

    Returns:
        What the card says of the making; `minutes` are those of this phase alone.
    """
    started = time.monotonic()
    device = prepare_devices()
    model = keras.saving.load_model(path, compile=False) if number else digit_reader()
    train_phase(model, PHASES[number], sources, seed=seed + number)
    uncompiled = digit_reader()  # without the optimizer's state, which is twice as large
    uncompiled.set_weights(model.get_weights())
    uncompiled.save(path)
    return {
        "name": "Shipped model",
        "recipe_version": RECIPE_VERSION,
        "data": f"{dataset.name} and drawn pen strokes",
        "fingerprint": dataset.fingerprint,
        "num_train": len(dataset.x_train),
        "num_val": len(dataset.x_val),
        "num_drawn_train": sum(len(sources[kind][1]) for kind in sources if kind != "mnist"),
        "num_parameters": model.count_params(),
        "epochs": sum(phase.hyperparameters.epochs for phase in PHASES[: number + 1]),
        "seed": seed,
        "minutes": (time.monotonic() - started) / 60,
        "device": device,
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
    }


def train_phase(model: keras.Model, phase: Phase, sources: Sources, *, seed: int) -> None:
    """Train the model in place for all steps of a phase; the last, averaged weights are kept."""
    keras.utils.set_random_seed(seed)
    hyperparameters = phase.hyperparameters.model_copy(update={"seed": seed})
    parts = [sources[kind] for kind in phase.in_batch]
    images, labels = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    num_steps = len(sources["mnist"][1]) // phase.in_batch["mnist"]
    batch_size = sum(phase.in_batch.values())

    def order(epoch: int) -> np.ndarray:
        sizes = [len(own) for _, own in parts]
        in_batch = list(phase.in_batch.values())
        return mixed_order(sizes, in_batch, num_steps=num_steps, epoch=epoch, seed=seed).ravel()

    steps = TrainingSteps(
        model,
        build_optimizer(hyperparameters),
        images,
        soft_targets(labels, hyperparameters.label_smoothing),
        hyperparameters,
        batch_size=batch_size,
    )
    num_images = num_steps * batch_size
    loop = TrainingLoop(
        steps, hyperparameters, order=order, num_images=num_images, callbacks=[_Report()]
    )
    loop.run()
    with steps.averaged():
        averaged = model.get_weights()
    model.set_weights(averaged)
    # Batch normalisation measured the weights of each step and not their average, so it measures
    # again (Izmailov and others 2018, "Averaging weights leads to wider optima").
    again = order(hyperparameters.epochs).reshape(num_steps, -1)[:_NORMALISATION_STEPS]
    for number, indices in enumerate(again, start=loop.state.step):
        model(steps.batch(indices, number)[0], training=True)


class _Report(Callback):
    def on_epoch_end(self, loop: TrainingLoop, logs: dict[str, float]) -> None:
        """Print where training stands."""
        state = loop.state
        print(f"Epoch {state.epoch}: loss {logs['loss']:.4f}, {state.seconds:.0f} s", flush=True)


def mixed_order(
    sizes: Sequence[int], in_batch: Sequence[int], *, num_steps: int, epoch: int, seed: int
) -> np.ndarray:
    """Return which images make each batch of an epoch, from several parts that lie end to end.

    Each part is shuffled and repeated, in another order each time, from one epoch into the next:
    after any number of epochs no image of a part has come twice as often more than another.

    Args:
        sizes: images in each part, at least one.
        in_batch: images of each part in a batch, at least one.
        num_steps: batches in an epoch.
        epoch: from 0.
        seed: the same seed gives the same order.

    Returns:
        int array of shape `(num_steps, sum(in_batch))`: indices into all parts together, those of
        the first part first.
    """
    batches, first = [], 0
    for part, (size, count) in enumerate(zip(sizes, in_batch, strict=True)):
        start, stop = epoch * num_steps * count, (epoch + 1) * num_steps * count
        passes = range(start // size, -(-stop // size))
        shuffled = [np.random.default_rng((seed, part, n)).permutation(size) for n in passes]
        skipped = passes.start * size
        chosen = np.concatenate(shuffled)[start - skipped : stop - skipped]
        batches.append(first + chosen.reshape(num_steps, count))
        first += size
    return np.concatenate(batches, axis=1)


def soft_targets(labels: np.ndarray, smoothing: float) -> np.ndarray:
    """Return the probabilities to learn, float32 `(n, 10)`: all equal for what is not a digit.

    Args:
        labels: int array of shape `(n,)`, 0 to 9, or -1 for not a digit.
        smoothing: share of each label that is spread over all ten digits, in [0, 1].
    """
    targets = np.full((len(labels), 10), 0.1, np.float32)
    known = labels >= 0
    targets[known] = np.eye(10)[labels[known]] * (1 - smoothing) + smoothing / 10
    return targets
