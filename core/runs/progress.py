"""How far a run under way has come and how long it will take. Opens no file."""

import math
from dataclasses import dataclass

from core.runs.metrics import Metrics

_WINDOW_SECONDS = 10.0


@dataclass(frozen=True)
class Progress:
    """Where a run stands.

    Attributes:
        share: how much is done, in [0, 1].
        epoch: the epoch under way, or the last one that was, from 1.
        images_per_second: during the last ten seconds, validation included; None at the start.
        seconds_left: at that speed; None at the start.
    """

    share: float
    epoch: int
    images_per_second: float | None
    seconds_left: float | None


def measure_progress(metrics: Metrics, *, num_epochs: int) -> Progress:
    """Tell how far a run that is to have `num_epochs` has come."""
    if not metrics:
        return Progress(0.0, 1, None, None)
    last = first = metrics.records[-1]
    share = min(1.0, last.epoch / num_epochs)
    epoch = min(num_epochs, max(1, math.ceil(last.epoch)))
    for record in reversed(metrics.records):
        if record.seconds < last.seconds - _WINDOW_SECONDS:
            break
        if record.images:
            first = record
    elapsed = last.seconds - first.seconds
    # Numbers that no training writes, tiny or huge, tell nothing.
    if elapsed < 1e-6 or last.images <= first.images or last.epoch < 1e-9:
        return Progress(share, epoch, None, None)
    speed = (last.images - first.images) / elapsed
    images_in_all = last.images / last.epoch * num_epochs
    return Progress(share, epoch, speed, max(0.0, images_in_all - last.images) / speed)
