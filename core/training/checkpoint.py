"""What training needs in order to go on as if it had never been interrupted.

One file, written whole or not at all, holds every variable and the state of the loop. It is opened
in a way that cannot run code. Knows nothing of how a step is computed.
"""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from core.runs import Run

_STATE = "state"


class CheckpointError(Exception):
    """A checkpoint cannot be used; the message says why, in one sentence."""


class Best(BaseModel):
    """The epoch whose weights are kept, and what they reached on the validation images."""

    model_config = ConfigDict(frozen=True)

    epoch: int
    val_loss: float
    val_accuracy: float


class LoopState(BaseModel):
    """Where training stands; with the variables it is all that a step depends on.

    Attributes:
        step: weight updates so far.
        epoch: epochs that are complete, their validation included.
        images: images seen in the epoch under way.
        loss_sum: their losses, added up.
        correct: how many of them were read right.
        seconds: time spent in training, pauses left out.
        learning_rate_scale: what the planned learning rate is multiplied by.
        learning_rate_changes: how many of the user's changes have been obeyed.
        best: the best epoch so far.
        plateau: what the learning rate's reduction on a plateau remembers.
        early_stopping: what early stopping remembers.
        stopped_early: whether it has ended the run.
    """

    model_config = ConfigDict(validate_assignment=True)

    step: int = Field(0, ge=0)
    epoch: int = Field(0, ge=0)
    images: int = Field(0, ge=0)
    loss_sum: float = 0.0
    correct: int = 0
    seconds: float = 0.0
    learning_rate_scale: float = 1.0
    learning_rate_changes: int = 0
    best: Best | None = None
    plateau: dict[str, Any] = Field(default_factory=dict)
    early_stopping: dict[str, Any] = Field(default_factory=dict)
    stopped_early: bool = False


def save_checkpoint(run: Run, state: LoopState, variables: Sequence[keras.Variable]) -> None:
    """Write `checkpoint/state.npz`, unless some weight is no finite number any more.

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
        return  # nothing can go on from such weights, and from the checkpoint before it can
    with run.replacing_checkpoint() as path:
        np.savez(path, **arrays)


def load_checkpoint(run: Run, variables: Sequence[keras.Variable]) -> LoopState | None:
    """Put everything back as it was; return None where the run has no checkpoint.

    Raises:
        CheckpointError: the checkpoint is damaged or belongs to another network.
    """
    if not run.has_checkpoint:
        return None
    try:
        # Opened here, because NumPy leaves a damaged file open.
        with (
            run.checkpoint_path.open("rb") as content,
            np.load(content, allow_pickle=False) as file,
        ):
            state = LoopState.model_validate_json(file[_STATE].tobytes())
            arrays = [file[f"variable_{number}"] for number in range(len(file.files) - 1)]
    except Exception as error:  # NumPy and zipfile raise whatever the damaged part leads to.
        raise CheckpointError(f"Its checkpoint cannot be read ({error}).") from None
    if [array.shape for array in arrays] != [tuple(variable.shape) for variable in variables]:
        raise CheckpointError("Its checkpoint belongs to another network.")
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)
    return state


def restore_best(run: Run, state: LoopState) -> None:
    """Let the best weights be those that the checkpoint knows of, as if there had been no stop."""
    if not run.restore_model() and state.best is None:
        run.model_path.unlink(missing_ok=True)
