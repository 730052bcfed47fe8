"""The learning rate of each step, planned ahead.

Plain NumPy, so that a page can draw a schedule without TensorFlow. Does not know who takes the
steps; training looks the rates up by the number of the step, which is why a run that is resumed
goes on with the very rates that it would have had.
"""

import math

import numpy as np
import numpy.typing as npt

from core.hyperparameters import Hyperparameters

# One cycle as Smith and Topin have it: up from a 25th of the peak, down to a thousandth.
_CYCLE_WARMUP_SHARE = 0.3
_CYCLE_START = 1 / 25
_CYCLE_END = 1e-3
# What stands in for the steps of an epoch while nobody has counted the images. A curve drawn over
# epochs looks the same with any number.
NOMINAL_STEPS_PER_EPOCH = 100


def learning_rates(
    settings: Hyperparameters, steps: npt.ArrayLike, *, num_steps: int, steps_per_epoch: int
) -> np.ndarray:
    """Return the learning rates that a run plans for some of its steps.

    step: a fall by `decay_rate` after every `decay_epochs` epochs. exponential: a smooth fall by
    `decay_rate` over each epoch. cosine: half a cosine down to zero, which the step after the last
    would have (Loshchilov and Hutter 2016, arXiv 1608.03983, without restarts). one_cycle: up from
    a 25th of the peak during the first 30 % of the steps, then down along a cosine (Smith and
    Topin 2018, arXiv 1708.07120). reduce_on_plateau: constant here; training multiplies the plan.

    All but one_cycle may begin with a linear warm-up (Goyal et al. 2017, arXiv 1706.02677). The
    fall begins when the warm-up has ended, so that the learning rate of the settings is reached.

    Args:
        settings: the run's settings.
        steps: numbers of steps, from 0; any part of the run, in any order.
        num_steps: weight updates in the whole run, also where only a later part is asked for.
        steps_per_epoch: weight updates in each epoch.

    Returns:
        float32 array, a learning rate for each of `steps`.
    """
    step = np.asarray(steps, np.float64)
    if settings.learning_rate_schedule == "one_cycle":
        factor = _one_cycle(step, num_steps)
    else:
        warmup_steps = round(settings.warmup_epochs * steps_per_epoch)
        # The first step moves a little too: a step of length 0 would be a step for nothing.
        rise = np.minimum(1.0, (step + 1) / max(1, warmup_steps))
        since_warmup = np.maximum(0.0, step - warmup_steps)
        factor = rise * _fall(
            settings,
            epochs=since_warmup / steps_per_epoch,
            share=since_warmup / max(1, num_steps - warmup_steps),
        )
    return np.asarray(settings.learning_rate * factor, np.float32)


def plan_curve(
    settings: Hyperparameters, *, steps_per_epoch: int = NOMINAL_STEPS_PER_EPOCH, points: int = 400
) -> tuple[np.ndarray, np.ndarray]:
    """Return a run's learning rates as a curve to draw.

    Args:
        settings: the run's settings.
        steps_per_epoch: weight updates in each epoch.
        points: how many to return at most.

    Returns:
        The epochs, from 0, and the learning rates: arrays of the same length.
    """
    num_steps = settings.epochs * steps_per_epoch
    steps = np.unique(np.linspace(0, num_steps - 1, points).astype(int))
    rates = learning_rates(settings, steps, num_steps=num_steps, steps_per_epoch=steps_per_epoch)
    return steps / steps_per_epoch, rates


def _one_cycle(step: np.ndarray, num_steps: int) -> np.ndarray:
    warmup_steps = max(1, round(_CYCLE_WARMUP_SHARE * num_steps))
    decay_steps = max(1, num_steps - warmup_steps)
    rise = _CYCLE_START + (1 - _CYCLE_START) * step / warmup_steps
    share = np.clip((step - warmup_steps) / decay_steps, 0.0, 1.0)
    fall = _CYCLE_END + (1 - _CYCLE_END) * _half_cosine(share)
    return np.where(step < warmup_steps, rise, fall)


def _fall(settings: Hyperparameters, *, epochs: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return what is left of the learning rate this long after the warm-up.

    Args:
        settings: the run's settings.
        epochs: since the warm-up.
        share: of the steps that follow the warm-up.
    """
    match settings.learning_rate_schedule:
        case "step":
            return settings.decay_rate ** np.floor(epochs / settings.decay_epochs)
        case "exponential":
            return settings.decay_rate**epochs
        case "cosine":
            return _half_cosine(np.minimum(share, 1.0))
        case _:
            return np.ones_like(epochs)


def _half_cosine(share: np.ndarray) -> np.ndarray:
    """Fall from 1 to 0 while `share` rises from 0 to 1, slowly at both ends."""
    return 0.5 * (1 + np.cos(math.pi * share))
