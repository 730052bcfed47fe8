"""The training loop: epochs, steps and callbacks.

All that a step depends on is in the variables and the `LoopState`, so a run that was interrupted
continues and ends exactly like one that was not. Does not know files, statuses or users: what
happens around steps and epochs is in the callbacks.
"""

import functools
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import numpy as np

from core.hyperparameters import Hyperparameters
from core.schedules import learning_rates
from core.training.evaluator import Evaluator
from core.training.state import LoopState
from core.training.steps import MAX_STEPS, TrainingSteps

# A call into TensorFlow costs about a millisecond beside its steps; users' requests wait for it.
_SECONDS_PER_CALL = 0.08

Ending = Literal["completed", "stopped", "released", "diverged"]


class TrainingDiverged(Exception):
    """The loss is no longer a finite number, so training cannot continue."""


class Callback:
    """What may happen around steps and epochs; nothing does here. The names are Keras's."""

    def max_steps(self) -> int:
        """Return how many steps the next call into TensorFlow may do at most."""
        return MAX_STEPS

    def on_train_begin(self, loop: "TrainingLoop") -> None:
        """Prepare, before the first step."""

    def on_train_batch_begin(self, loop: "TrainingLoop", indices: np.ndarray) -> None:
        """Act before some steps on the images `indices`, shape `(steps, images)`."""

    def on_train_batch_end(self, loop: "TrainingLoop", learning_rate: float) -> None:
        """Act after some steps, the last of them with this learning rate."""

    def between_calls(self, loop: "TrainingLoop") -> None:
        """Act where nothing is under way: at first, after steps, after interrupted validation."""

    def on_test_batch_end(self, loop: "TrainingLoop") -> None:
        """Act during validation; may set `loop.interrupted`, and validation is done anew later."""

    def on_test_end(self, loop: "TrainingLoop", val_loss: float, val_accuracy: float) -> None:
        """Act after validation, while the model has the weights that were validated."""

    def on_epoch_end(self, loop: "TrainingLoop", logs: dict[str, float]) -> None:
        """Act after an epoch; `logs` has loss, accuracy and, if validated, val_loss and so on."""

    def on_train_end(self, loop: "TrainingLoop") -> None:
        """Act after the last step; `loop.ending` says why it was the last."""


class TrainingLoop:
    """Trains a model, epoch by epoch.

    Attributes:
        steps: does the steps, and has the model.
        state: where training stands.
        segments: the epochs with which each segment of the run ends.
        num_images: images in an epoch.
        ending: why training ends, None while it continues; set by callbacks.
        interrupted: whether the validation under way is to end without a result.
    """

    def __init__(
        self,
        steps: TrainingSteps,
        hyperparameters: Hyperparameters,
        *,
        order: Callable[[int], np.ndarray],
        num_images: int,
        evaluator: Evaluator | None = None,
        callbacks: Sequence[Callback] = (),
        state: LoopState | None = None,
        segments: tuple[int, ...] = (),
    ) -> None:
        """Prepare to train from `state`, or from the start.

        Args:
            steps: of the model; its variables belong to `state`.
            hyperparameters: give epochs and learning rates.
            order: for an epoch, from 0, which image each place in its batches has: integers of
                shape `(num_images,)`, the same at each call.
            num_images: images in an epoch, each counted as often as it is shown.
            evaluator: validates at the end of each epoch.
            callbacks: called in this order.
            state: from a checkpoint.
            segments: the epochs with which each segment of the run ends; the schedule of the
                learning rate starts anew in each. By default a single one.
        """
        self.steps = steps
        self.state = state or LoopState()
        self.segments = segments or (hyperparameters.epochs,)
        self.num_images = num_images
        self.ending: Ending | None = None
        self.interrupted = False
        self._hyperparameters = hyperparameters
        self._order = functools.lru_cache(maxsize=1)(order)
        self._evaluator = evaluator
        self._callbacks = callbacks
        self._steps_per_call = 1
        self._clock = time.monotonic()

    def run(self) -> Ending:
        """Train until every epoch is done, validation has stalled, or a callback ends it.

        Raises:
            TrainingDiverged: the loss became NaN or infinite.
        """
        state = self.state
        self._clock = time.monotonic()
        self._call("on_train_begin")
        self._call("between_calls")
        while not (self.ending or state.stopped_early or state.epoch >= self.segments[-1]):
            if state.images < self.num_images:
                self._train_batches()
            else:
                self._end_epoch()
        self.ending = self.ending or "completed"
        self._call("on_train_end")
        return self.ending

    @property
    def steps_per_epoch(self) -> int:
        """Return the number of weight updates in an epoch."""
        return -(-self.num_images // self.steps.batch_size)

    @property
    def learning_rate(self) -> float:
        """Return the learning rate of the next step."""
        return float(self._learning_rates(1)[0])

    def position(self) -> dict[str, Any]:
        """Return where training stands as every record has it: step, epoch, images, seconds."""
        state = self.state
        return {
            "step": state.step,
            "epoch": state.epoch + state.images / self.num_images,
            "images": state.epoch * self.num_images + state.images,
            "seconds": state.seconds,
        }

    @contextmanager
    def clock_stopped(self) -> Iterator[None]:
        """Leave what happens meanwhile out of training's time."""
        self._count_time()
        yield
        self._clock = time.monotonic()

    def validate(self, *, interruptible: bool = False) -> tuple[float, float] | None:
        """Return validation loss and accuracy, of the averaged weights where there are any.

        Args:
            interruptible: whether callbacks may end it, which gives None.
        """
        assert self._evaluator is not None
        self.interrupted = False

        def is_interrupted() -> bool:
            self._call("on_test_batch_end")
            return interruptible and self.interrupted

        with self.steps.averaged():
            result = self._evaluator.evaluate(is_interrupted=is_interrupted)
            self._count_time()
            if result is not None:
                self._call("on_test_end", *result)
        return result

    def _call(self, hook: str, *arguments: Any) -> None:
        for callback in self._callbacks:
            getattr(callback, hook)(self, *arguments)

    def _train_batches(self) -> None:
        """Do some steps of the epoch in one call."""
        state, batch_size = self.state, self.steps.batch_size
        full_batches = (self.num_images - state.images) // batch_size
        limit = min((callback.max_steps() for callback in self._callbacks), default=MAX_STEPS)
        count = min(self._steps_per_call, limit, max(1, full_batches))
        end = min(state.images + count * batch_size, self.num_images)
        indices = self._order(state.epoch)[state.images : end].reshape(count, -1)
        rates = self._learning_rates(count)
        self._call("on_train_batch_begin", indices)
        start = time.monotonic()
        loss_sum, correct = self.steps(indices, rates, state.step)
        if limit == MAX_STEPS:
            # By the time that these steps took; the first call compiles, and says nothing.
            wanted = round(count * _SECONDS_PER_CALL / (time.monotonic() - start))
            self._steps_per_call = int(np.clip(wanted, 1, min(4 * count, MAX_STEPS)))
        self._count_time()
        state.step += count
        state.images = end
        state.loss_sum += loss_sum
        state.correct += correct
        if not np.isfinite(loss_sum):
            self._diverge()
        self._call("on_train_batch_end", float(rates[-1]))
        self._call("between_calls")

    def _end_epoch(self) -> None:
        """Validate, and count the epoch as complete unless training ends before."""
        state = self.state
        logs = {"loss": state.loss_sum / state.images, "accuracy": state.correct / state.images}
        if self._evaluator is not None:
            while (validation := self.validate(interruptible=True)) is None:
                self._call("between_calls")
                if self.ending:
                    return
            if not np.isfinite(validation[0]):
                self._diverge()
            logs |= {"val_loss": validation[0], "val_accuracy": validation[1]}
        state.epoch += 1
        state.images, state.loss_sum, state.correct = 0, 0.0, 0
        self._call("on_epoch_end", logs)

    def _learning_rates(self, count: int) -> np.ndarray:
        """Return the learning rates of the steps to come, as planned and as changed since."""
        segment = bisect_right(self.segments[:-1], self.state.epoch)
        first_epoch = self.segments[segment - 1] if segment else 0
        first_step = self.state.step - first_epoch * self.steps_per_epoch
        planned = learning_rates(
            self._hyperparameters,
            np.arange(first_step, first_step + count),
            num_steps=(self.segments[segment] - first_epoch) * self.steps_per_epoch,
            steps_per_epoch=self.steps_per_epoch,
        )
        return (planned * self.state.learning_rate_scale).astype(np.float32)

    def _count_time(self) -> None:
        """Count the time since the last call as training's."""
        now = time.monotonic()
        self.state.seconds += now - self._clock
        self._clock = now

    def _diverge(self) -> None:
        self.ending = "diverged"
        self._call("on_train_end")
        raise TrainingDiverged(
            f"The loss stopped being a number at step {self.state.step:,} "
            f"(epoch {self.state.epoch + 1}). "
            "The learning rate is most likely too high: try a tenth."
        )


def shuffled(num_images: int, seed: int) -> Callable[[int], np.ndarray]:
    """Return an order in which each epoch shows every image once, for `TrainingLoop`."""

    def order(epoch: int) -> np.ndarray:
        random = np.random.default_rng([seed, epoch])
        return random.permutation(num_images).astype(np.int32)

    return order
