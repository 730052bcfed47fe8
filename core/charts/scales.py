"""Which part of an axis is shown: enough to see what matters, in steps, so that axes do not jump.

Plain numbers; knows no figure.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

# Edges lie this close, so that data fill two thirds of an axis or more.
_EDGES = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)
_TICKS = tuple(digit * 10**power for power in range(9) for digit in (1, 2, 5))
# A loss in float32 has no smaller differences than this; 0 itself has no place on a log axis.
_SMALLEST_LOSS = 1e-7
# A training loss that is still lower tells no more than that the images were memorised.
_LOWEST_BELOW_VALIDATION = 1e-2
_ACCURACY_FLOORS = (0.995, 0.99, 0.98, 0.95, 0.9, 0.8, 0.5)
# An accuracy rises at once from a tenth: how the beginning went must not squeeze what came of it.
_BEGINNING, _FEW = 1 / 3, 0.1
# The lowest accuracies of what counts lie so far above the floor, as a share of their errors.
_ROOM_BELOW = 1.25

Curve = tuple[Sequence[float], Sequence[float]]


def edge_above(value: float) -> float:
    """Return the first of 1, 1.5, 2, 3, 5, 7, 10, ... and their tenths that is not below `value`.

    `value` is over 0 and finite.
    """
    power = 10.0 ** math.floor(math.log10(value))
    return next((e * power for e in _EDGES if e * power >= value), 10 * power)


def edge_below(value: float) -> float:
    """Return the last of 1, 1.5, 2, 3, 5, 7, 10, ... and their tenths that is not above `value`.

    `value` is over 0 and finite.
    """
    power = 10.0 ** math.floor(math.log10(value))
    return max((e * power for e in _EDGES if e * power <= value), default=power)


def shown_epochs(seen: float, *, num_epochs: int) -> float:
    """Return how many epochs an axis shows when `seen` of `num_epochs` have data."""
    return min(float(num_epochs), edge_above(seen)) if seen > 0 else float(num_epochs)


def epoch_ticks(shown: float) -> float | None:
    """Return the distance of the ticks of an axis that shows so many epochs; None: choose one."""
    return None if shown < 2 else next(d for d in _TICKS if shown <= 8 * d)


def loss_range(losses: Sequence[float], val_losses: Sequence[float]) -> tuple[float, float]:
    """Return the lowest and the highest loss of a log axis, a factor of 3 or more apart.

    It ends a factor of a hundred below the lowest validation loss.

    Args:
        losses: of training and validation together.
        val_losses: of validation.
    """
    positive = [max(_SMALLEST_LOSS, loss) for loss in losses] or [0.01, 3.0]
    lowest = max(min(positive), _LOWEST_BELOW_VALIDATION * min(val_losses, default=0.0))
    high = edge_above(max(positive))
    return min(edge_below(lowest), edge_below(high / 3)), high


def log_loss_axis(low: float, high: float) -> dict[str, Any]:
    """Return what a logarithmic axis of losses from `low` to `high` looks like."""
    ticks = loss_ticks(low, high)
    return {
        "type": "log",
        "range": np.log10([low, high]).tolist(),
        "tickvals": ticks,
        "ticktext": [f"{tick:g}" for tick in ticks],
    }


def loss_ticks(low: float, high: float) -> list[float]:
    """Return where a log axis from `low` to `high` has ticks, about 4 to 9 of them."""
    decades = math.log10(high / low)
    digits = (1, 2, 5) if decades < 2.5 else (1, 3) if decades < 4.5 else (1,)
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    stride = max(1, math.ceil(decades / 8))
    ticks = [d * 10.0**power for power in range(first, last + 1, stride) for d in digits]
    return [tick for tick in ticks if low * 0.999 <= tick <= high * 1.001]


def accuracy_floor(curves: Iterable[Curve]) -> float:
    """Return where an axis of accuracies begins that ends at 1, in [0, 1).

    Args:
        curves: epochs and accuracies of each.
    """
    lows = []
    for epochs, accuracies in curves:
        until = _BEGINNING * max(epochs, default=0.0)
        late = [value for at, value in zip(epochs, accuracies, strict=True) if at >= until]
        if late:
            lows.append(float(np.quantile(late, _FEW)))
    room = _ROOM_BELOW * (1 - min(lows, default=0.0))
    return next((floor for floor in _ACCURACY_FLOORS if 1 - floor >= room), 0.0)
