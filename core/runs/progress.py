"""How far a run under way has come and how long it will take. Reads plain records only."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_WINDOW_SECONDS = 10.0
_NEEDED = ("epoch", "images", "seconds")


@dataclass(frozen=True)
class Progress:
    """Where a run stands.

    Attributes:
        share: how much is done, in [0, 1].
        epoch: the epoch under way, from 1.
        images_per_second: during the last ten seconds, validation included; None at the start.
        seconds_left: at that speed; None at the start.
    """

    share: float
    epoch: int
    images_per_second: float | None
    seconds_left: float | None


def measure_progress(metrics: Sequence[Mapping[str, Any]], *, num_epochs: int) -> Progress:
    """Tell how far a run has come.

    Args:
        metrics: its records so far, as `core.runs.Run.metrics` gives them.
        num_epochs: how many epochs it is to have.
    """
    known = [r for r in metrics if all(_is_positive(r.get(name)) for name in _NEEDED)]
    if not known:
        return Progress(0.0, 1, None, None)
    last = known[-1]
    share = min(1.0, last["epoch"] / num_epochs)
    epoch = min(num_epochs, int(last["epoch"]) + 1)
    recent = [r for r in known if r["seconds"] >= last["seconds"] - _WINDOW_SECONDS]
    elapsed = last["seconds"] - recent[0]["seconds"]
    if elapsed <= 0 or last["images"] <= recent[0]["images"]:
        return Progress(share, epoch, None, None)
    speed = (last["images"] - recent[0]["images"]) / elapsed
    images_in_all = last["images"] / last["epoch"] * num_epochs
    return Progress(share, epoch, speed, max(0.0, images_in_all - last["images"]) / speed)


def _is_positive(value: object) -> bool:
    """Tell whether a record's value can be reckoned with; a damaged file may hold anything."""
    return isinstance(value, int | float) and 0 < value < math.inf
