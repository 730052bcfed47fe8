"""Notice that the validation loss no longer falls, and what follows from it."""

import math
from typing import Any

from core.hyperparameters import Hyperparameters
from core.training.loop import Callback, TrainingLoop


class Plateaus(Callback):
    """Reduces the learning rate on a plateau, and stops early, as far as the settings ask for it.

    Keras's ReduceLROnPlateau and EarlyStopping keep what they count to themselves, so that no run
    could continue after a pause as if there had been none; here the loop's state has it.
    """

    def __init__(self, hyperparameters: Hyperparameters) -> None:
        """Watch for what `hyperparameters` ask."""
        self._hyperparameters = hyperparameters

    def on_train_begin(self, loop: TrainingLoop) -> None:
        """Forget an early stop after which somebody asked for more epochs."""
        state = loop.state
        if state.stopped_early and state.epoch in loop.segments[:-1]:
            state.stopped_early, state.early_stopping = False, {}

    def on_epoch_end(self, loop: TrainingLoop, logs: dict[str, float]) -> None:
        """Count how long validation has stalled; lower the learning rate or stop where due."""
        state, hyperparameters, loss = loop.state, self._hyperparameters, logs["val_loss"]
        if hyperparameters.learning_rate_schedule == "reduce_on_plateau":
            state.plateau = count_epoch(state.plateau, loss, hyperparameters.plateau_patience)
            if state.plateau["patience_ended"]:
                state.learning_rate_scale *= hyperparameters.decay_rate
        if patience := hyperparameters.early_stopping_patience:
            state.early_stopping = count_epoch(state.early_stopping, loss, patience)
            state.stopped_early = state.early_stopping["patience_ended"]


def count_epoch(before: dict[str, Any], value: float, patience: int) -> dict[str, Any]:
    """Count the epochs since a value was lowest, in types that JSON has.

    Args:
        before: what this returned for the epoch before; empty for the first.
        value: of this epoch; one that is not a number is never the lowest.
        patience: epochs to wait for a lower value.

    Returns:
        `best`, the lowest value or None; `waited`, epochs without a lower one; `patience_ended`,
        whether this epoch was one too many, after which waiting starts again.
    """
    best, waited = before.get("best"), before.get("waited", 0)
    if not math.isnan(value) and (best is None or value < best):
        return {"best": value, "waited": 0, "patience_ended": False}
    ended = waited + 1 >= patience
    return {"best": best, "waited": 0 if ended else waited + 1, "patience_ended": ended}
