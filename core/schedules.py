"""Learning rate schedules: the planned learning rate of every step of a run.

Plain NumPy, so that a page can plot a schedule without TensorFlow. Does not know how training
works: training asks for the rate of a step by its number, so a resumed run continues with the
rates that it would have had.
"""

import math

import numpy as np
import numpy.typing as npt

from core.hyperparameters import Hyperparameters

# Smith and Topin's one cycle: up from a 25th of the peak, down to a thousandth of it.
_CYCLE_WARMUP_SHARE = 0.3
_CYCLE_START = 1 / 25
_CYCLE_END = 1e-3
# Steps per epoch while the number of images is unknown. Plotted over epochs, a schedule looks the
# same with any number.
NOMINAL_STEPS_PER_EPOCH = 100


def learning_rates(
    hyperparameters: Hyperparameters, steps: npt.ArrayLike, *, num_steps: int, steps_per_epoch: int
) -> np.ndarray:
    """Return the planned learning rates of some of a run's steps.

    step: multiplied by `decay_rate` after every `decay_epochs` epochs. exponential: falls smoothly
    by the factor `decay_rate` over each epoch. cosine: half a cosine down to zero at the step after
    the last one (Loshchilov and Hutter 2016, arXiv 1608.03983, without restarts). one_cycle: up
    from a 25th of the peak during the first 30 % of the steps, then down along a cosine (Smith and
    Topin 2018, arXiv 1708.07120). reduce_on_plateau: constant, since training multiplies the plan
    by `decay_rate` only when validation stops improving.

    All but one_cycle may begin with a linear warm-up (Goyal et al. 2017, arXiv 1706.02677). The
    decay begins when the warm-up has ended, so that the full learning rate is reached.

    Args:
        hyperparameters: the run's hyperparameters.
        steps: numbers of steps, from 0, in any order.
        num_steps: weight updates in the whole run, not only those in `steps`.
        steps_per_epoch: weight updates in each epoch.

    Returns:
        float32 array of the shape of `steps`.
    """
    step = np.asarray(steps, np.float64)
    if hyperparameters.learning_rate_schedule == "one_cycle":
        factor = _one_cycle(step, num_steps)
    else:
        warmup_steps = round(hyperparameters.warmup_epochs * steps_per_epoch)
        # From above 0: a step with the learning rate 0 would change nothing.
        rise = np.minimum(1.0, (step + 1) / max(1, warmup_steps))
        since_warmup = np.maximum(0.0, step - warmup_steps)
        factor = rise * _decay(
            hyperparameters,
            epochs=since_warmup / steps_per_epoch,
            share=since_warmup / max(1, num_steps - warmup_steps),
        )
    return np.asarray(hyperparameters.learning_rate * factor, np.float32)


def plan_curve(
    hyperparameters: Hyperparameters, *, steps_per_epoch: int = NOMINAL_STEPS_PER_EPOCH
) -> tuple[np.ndarray, np.ndarray]:
    """Return a run's planned learning rates as a curve to plot.

    Returns:
        The epochs, from 0, and the learning rates: arrays of the same shape `(n,)`, at most 400.
    """
    num_steps = hyperparameters.epochs * steps_per_epoch
    steps = np.unique(np.linspace(0, num_steps - 1, 400).astype(int))
    rates = learning_rates(
        hyperparameters, steps, num_steps=num_steps, steps_per_epoch=steps_per_epoch
    )
    return steps / steps_per_epoch, rates


def _one_cycle(step: np.ndarray, num_steps: int) -> np.ndarray:
    warmup_steps = max(1, round(_CYCLE_WARMUP_SHARE * num_steps))
    decay_steps = max(1, num_steps - warmup_steps)
    rise = _CYCLE_START + (1 - _CYCLE_START) * step / warmup_steps
    share = np.clip((step - warmup_steps) / decay_steps, 0.0, 1.0)
    fall = _CYCLE_END + (1 - _CYCLE_END) * _half_cosine(share)
    return np.where(step < warmup_steps, rise, fall)


def _decay(
    hyperparameters: Hyperparameters, *, epochs: np.ndarray, share: np.ndarray
) -> np.ndarray:
    """Return the share of the learning rate that is left, given the epochs since the warm-up.

    `share` is the share of the steps after the warm-up, from 0 to 1.
    """
    match hyperparameters.learning_rate_schedule:
        case "step":
            return hyperparameters.decay_rate ** np.floor(epochs / hyperparameters.decay_epochs)
        case "exponential":
            return hyperparameters.decay_rate**epochs
        case "cosine":
            return _half_cosine(np.minimum(share, 1.0))
        case _:
            return np.ones_like(epochs)


def _half_cosine(share: np.ndarray) -> np.ndarray:
    """Fall from 1 to 0 while `share` rises from 0 to 1, slowly at both ends."""
    return 0.5 * (1 + np.cos(math.pi * share))
