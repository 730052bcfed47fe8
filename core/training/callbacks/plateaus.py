"""Notice that the validation loss no longer falls, and what follows from it."""

import math
from collections.abc import Mapping
from typing import Any

from core.hyperparameters import Hyperparameters
from core.training.loop import Callback, TrainingLoop


class Plateaus(Callback):
    """Reduces the learning rate on a plateau, and stops early, as far as the settings ask for it.

    Keras's ReduceLROnPlateau and EarlyStopping keep what they count to themselves, so that no run
    could continue after a pause as if there had been none.
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
        state, hyperparameters = loop.state, self._hyperparameters
        if hyperparameters.learning_rate_schedule == "reduce_on_plateau":
            plateau = Plateau(hyperparameters.plateau_patience, state.plateau)
            if plateau.update(logs["val_loss"]):
                state.learning_rate_scale *= hyperparameters.decay_rate
            state.plateau = plateau.state
        if hyperparameters.early_stopping_patience:
            plateau = Plateau(hyperparameters.early_stopping_patience, state.early_stopping)
            state.stopped_early = plateau.update(logs["val_loss"])
            state.early_stopping = plateau.state


class Plateau:
    """Counts the epochs since a value was lowest.

    Attributes:
        state: what has been counted, in types that JSON has: `best`, the lowest value or None;
            `waited`, epochs without a lower one; `stalls`, how often patience has ended.
    """

    def __init__(self, patience: int, state: Mapping[str, Any] | None = None) -> None:
        """Wait for `patience` epochs at a time; continue from `state` where there is one."""
        self._patience = patience
        self.state: dict[str, Any] = {"best": None, "waited": 0, "stalls": 0, **(state or {})}

    def update(self, value: float) -> bool:
        """Count an epoch; return whether patience has ended, and start to wait anew.

        Args:
            value: of this epoch; one that is not a number is never the lowest.
        """
        state = self.state
        if not math.isnan(value) and (state["best"] is None or value < state["best"]):
            state.update(best=value, waited=0)
            return False
        state["waited"] += 1
        if state["waited"] < self._patience:
            return False
        state.update(waited=0, stalls=state["stalls"] + 1)
        return True
