"""What training needs in order to continue as if it had never been interrupted.

One file, written whole or not at all, holds every variable and the state of the loop. It is opened
in a way that cannot run code.
"""

import math
import time
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from core.reading import open_file, open_zip
from core.runs import Run
from core.runs.files import replacing
from core.training.loop import Callback, TrainingLoop
from core.training.state import LoopState

_SECONDS_BETWEEN_CHECKPOINTS = 10.0
_STATE = "state"
# In bytes, of what a checkpoint holds beside its variables: the state, and its arrays' headers.
_MOST_BESIDE, _MOST_VARIABLES = 10_000_000, 5_000


class CheckpointError(Exception):
    """A checkpoint cannot be used; the message says why, in one sentence."""


class Checkpoint(Callback):
    """Saves every ten seconds, after each best epoch, and at the end."""

    def __init__(self, run: Run) -> None:
        """Save to the directory of `run`."""
        self._run = run
        self._last = time.monotonic()

    def save(self, loop: TrainingLoop) -> None:
        """Save now."""
        save_checkpoint(self._run, loop.state, loop.steps.variables)
        self._last = time.monotonic()

    def on_train_batch_end(self, loop: TrainingLoop, learning_rate: float) -> None:
        """Save where the last checkpoint is old."""
        if time.monotonic() - self._last >= _SECONDS_BETWEEN_CHECKPOINTS:
            self.save(loop)

    def on_epoch_end(self, loop: TrainingLoop, logs: dict[str, float]) -> None:
        """Save where this epoch was the best, so that the kept model and the checkpoint agree."""
        if loop.state.best and loop.state.best.epoch == loop.state.epoch:
            self.save(loop)

    def on_train_end(self, loop: TrainingLoop) -> None:
        """Save, where a pause has not done so already and there is something to continue from."""
        if loop.ending in ("completed", "stopped"):
            self.save(loop)


def save_checkpoint(run: Run, state: LoopState, variables: Sequence[keras.Variable]) -> None:
    """Write the run's checkpoint, unless some weight is no longer a finite number.

    Args:
        run: whose checkpoint it is.
        state: where training stands.
        variables: of the model and of the optimizer, in an order that does not change.
    """
    arrays: dict[str, Any] = {
        f"variable_{number}": keras.ops.convert_to_numpy(variable.value)
        for number, variable in enumerate(variables)
    }
    arrays[_STATE] = np.frombuffer(state.model_dump_json().encode(), np.uint8)
    if not all(np.isfinite(array).all() for array in arrays.values()):
        return  # nothing can continue from such weights, and from the checkpoint before it can
    run.checkpoint_path.parent.mkdir(exist_ok=True)
    with replacing(run.checkpoint_path) as path:
        np.savez(path, **arrays)


def load_checkpoint(run: Run, variables: Sequence[keras.Variable]) -> LoopState | None:
    """Put everything back as it was; return None where the run has no checkpoint.

    Args:
        run: whose checkpoint it is.
        variables: as for `save_checkpoint`; left alone where an error is raised.

    Raises:
        CheckpointError: the checkpoint is damaged or belongs to another network.
    """
    if not run.has_checkpoint:
        return None
    try:
        # Not more than these variables take, however large the file says that its arrays are.
        most = 8 * sum(math.prod(variable.shape) for variable in variables) + _MOST_BESIDE
        # Opened here, because NumPy leaves a damaged file open.
        with (
            open_file(run.checkpoint_path, most=most) as content,
            open_zip(content, most=most, most_entries=_MOST_VARIABLES),
        ):
            content.seek(0)
            file = np.load(content, allow_pickle=False)
            state = LoopState.model_validate_json(file[_STATE].tobytes())
            arrays = [file[f"variable_{number}"] for number in range(len(file.files) - 1)]
    except Exception as error:  # NumPy and zipfile raise whatever the damaged part leads to.
        raise CheckpointError(f"Its checkpoint cannot be read ({error}).") from None
    if [array.shape for array in arrays] != [tuple(variable.shape) for variable in variables]:
        raise CheckpointError("Its checkpoint belongs to another network.")
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)
    return state
