"""How long a run will train on this machine: from the runs before it, else from a reference.

An estimate is of training and validation alone. A run that stops early ends before its time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import median
from typing import Any, Literal

from core.data import count_split
from core.hyperparameters import Hyperparameters, extra
from core.network_size import network_size
from core.runs.progress import measure_progress
from core.runs.record import DataRecord, RunRecord
from core.runs.store import Look, RunStore

Basis = Literal["same settings", "other runs", "reference"]
SpeedKey = tuple[tuple[str, Any], ...]

# A machine's speed changes with what else it does, so only the latest runs count.
_LATEST = 5
# Seconds that training took on two CPU cores, as benchmarks.reference_speed fits them: what each of
# the terms of `cost_terms` is multiplied by.
_REFERENCE = (8.5e-5, 3.2e-9, 2.7e-11, 2.7e-9, 1.5e-5)
# An LSTM reads the rows of an image one after the other.
_LSTM_STEPS = 28


@dataclass(frozen=True)
class Estimate:
    """How long a run will train.

    Attributes:
        seconds: from its first step to its last.
        basis: what tells: runs with settings that take as long, other runs on this machine, whose
            speed is scaled by the size of the networks, or, where there is no run at all, what a
            reference machine took, which is rough.
    """

    seconds: float
    basis: Basis


@dataclass(frozen=True)
class KnownRun:
    """A run that has begun.

    Attributes:
        settings: its hyperparameters.
        data: its images.
        images_per_second: how fast it trains or trained; None where that is not known yet.
        speed_key: equal for all settings that a step takes as long with.
    """

    settings: Hyperparameters
    data: DataRecord
    images_per_second: float | None
    speed_key: SpeedKey


def estimate_duration(
    store: RunStore, hyperparameters: Hyperparameters, num_images: int
) -> Estimate | None:
    """Return how long a run with these settings would train if it had the worker now.

    Args:
        store: where the runs of this machine are.
        hyperparameters: of the run, which need not exist.
        num_images: training images in each epoch; with 0 of them there is no estimate.
    """
    if num_images < 1:
        return None
    images_per_second, basis = estimate_speed(hyperparameters, known_runs(store.look()))
    return Estimate(hyperparameters.epochs * num_images / images_per_second, basis)


def planned_split(hyperparameters: Hyperparameters, num_images: int) -> tuple[int, int]:
    """Return how many of `num_images` a run would train on, and how many would validate it."""
    return count_split(
        num_images,
        validation_split=hyperparameters.validation_split,
        training_share=hyperparameters.training_share,
    )


def known_runs(look: Look) -> Sequence[KnownRun]:
    """Return the runs that have begun, newest first, those under way with their speed so far."""
    under_way = (
        (run, measure_progress(run.metrics(), num_epochs=max(1, record.num_epochs)))
        for run, record in look.records.items()
        if record.status == "running"
    )
    return _known(look, tuple((run.id, progress.images_per_second) for run, progress in under_way))


# Asked for again and again, by every browser, and seldom another one.
@lru_cache(maxsize=4)
def _known(look: Look, under_way: tuple[tuple[str, float | None], ...]) -> tuple[KnownRun, ...]:
    speeds = dict(under_way)
    return tuple(
        KnownRun(
            settings=record.hyperparameters,
            data=record.data,
            images_per_second=speeds.get(run.id) or _speed(record),
            speed_key=_speed_key(record.hyperparameters),
        )
        for run, record in look.records.items()
        if record.hyperparameters and record.data
    )


def _speed(record: RunRecord) -> float | None:
    return record.results.images_per_second if record.results else None


def estimate_speed(settings: Hyperparameters, known: Sequence[KnownRun]) -> tuple[float, Basis]:
    """Return how many images a second a run with these settings trains on, and what tells."""
    key = _speed_key(settings)
    same = [k.images_per_second for k in known if k.images_per_second and k.speed_key == key]
    if same:
        return median(same[:_LATEST]), "same settings"
    measured = [(k.settings, k.images_per_second) for k in known if k.images_per_second]
    # Whatever an architecture takes beside its operations, another network of its kind does too.
    related = [(o, s) for o, s in measured if o.architecture == settings.architecture] or measured
    relative = [speed * _reference_seconds(other) for other, speed in related[:_LATEST]]
    if relative:
        return median(relative) / _reference_seconds(settings), "other runs"
    return 1 / _reference_seconds(settings), "reference"


def _reference_seconds(hyperparameters: Hyperparameters) -> float:
    """Return how long the reference machine takes for one image, validation included."""
    terms = zip(_REFERENCE, cost_terms(hyperparameters), strict=True)
    return sum(constant * term for constant, term in terms)


def cost_terms(hyperparameters: Hyperparameters) -> tuple[float, ...]:
    """Return what the time for one image is made of, each to be multiplied by a constant.

    Returns:
        Its share of a step, and of the step's update of all weights; the operations, the
        activations and the augmentations of the image.
    """
    size = network_size(hyperparameters)
    in_turn = _LSTM_STEPS if hyperparameters.architecture == "lstm" else 1
    return (
        in_turn / hyperparameters.batch_size,
        size.num_parameters / hyperparameters.batch_size,
        size.operations_per_image,
        size.activations_per_image,
        float(hyperparameters.augments),
    )


@lru_cache(maxsize=1024)
def _speed_key(hyperparameters: Hyperparameters) -> SpeedKey:
    """Return the values that decide how long a step takes."""
    return tuple(
        (name, value)
        for name, value in hyperparameters
        if extra(name)["changes_speed"] and hyperparameters.applies(name)
    )
