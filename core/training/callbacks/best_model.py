"""Keep the weights that validation likes best. Does not know what they are used for."""

import keras
import numpy as np

from core.runs import Run
from core.runs.files import replacing
from core.training.loop import Callback, TrainingLoop
from core.training.state import Best, LoopState


class BestModel(Callback):
    """Keeps the best weights so far as the run's model.

    A stop in the middle of an epoch keeps the weights reached then if they are better, and stashes
    the best of the complete epochs; resuming restores those, as if there had been no stop.
    """

    def __init__(self, run: Run) -> None:
        """Keep the model in the directory of `run`."""
        self._run = run

    def on_train_begin(self, loop: TrainingLoop) -> None:
        """Let the best weights be those that the checkpoint knows of."""
        if not self._run.restore_model() and loop.state.best is None:
            self._run.model_path.unlink(missing_ok=True)

    def on_test_end(self, loop: TrainingLoop, val_loss: float, val_accuracy: float) -> None:
        """Keep the weights that were validated if they beat the best so far."""
        save_if_best(
            self._run, loop.steps.model, loop.state, val_loss=val_loss, val_accuracy=val_accuracy
        )

    def on_train_end(self, loop: TrainingLoop) -> None:
        """After a stop, offer the weights of the middle of the epoch."""
        if loop.ending == "stopped":
            self._run.stash_model()
            if loop.state.images:
                loop.validate()


def save_if_best(
    run: Run, model: keras.Model, state: LoopState, *, val_loss: float, val_accuracy: float
) -> bool:
    """Keep the model's weights if they beat the best so far; return whether they do.

    Higher validation accuracy wins, lower validation loss among equals. `state.best` is changed.
    """
    if not np.isfinite(val_loss):
        return False
    best = state.best
    if best and (val_accuracy, -val_loss) <= (best.val_accuracy, -best.val_loss):
        return False
    # Keras's own ModelCheckpoint writes in place, and a server killed at that moment would leave a
    # model that nobody can open.
    with replacing(run.model_path) as path:
        model.save(path)
    epoch = state.epoch + (1 if state.images else 0)
    state.best = Best(epoch=epoch, val_loss=val_loss, val_accuracy=val_accuracy)
    return True
