"""The loop of training: epochs of steps and validation, obeying what the user asks on the way.

All that it depends on is in the variables and a `LoopState`, so that a run which was interrupted
goes on and ends exactly like one that was not. Does not decide what a run's status is in the end.
"""

import time
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager

import keras
import numpy as np
import tensorflow as tf

from core.data import Dataset
from core.hyperparameters import Hyperparameters
from core.runs import Run
from core.schedules import (
    early_stopping_plateau,
    learning_rate_plateau,
    learning_rates,
    plateau_factor,
)
from core.training.checkpoint import (
    LoopState,
    load_checkpoint,
    restore_best,
    save_checkpoint,
)
from core.training.evaluator import Evaluator
from core.training.layer_probe import LayerProbe
from core.training.metrics_log import MetricsLog, save_if_best
from core.training.steps import MAX_STEPS, TrainingSteps

# Between two looks at what the user asks. A call costs about a millisecond beside its steps.
_SECONDS_PER_CALL = 0.08
_SECONDS_BETWEEN_CHECKPOINTS = 10.0
_SECONDS_BETWEEN_PROBES = 1.5
# At most about this share of the time goes into looking inside the layers.
_PROBE_SHARE = 0.02
_SECONDS_BETWEEN_LOOKS = 0.03


class TrainingDiverged(Exception):
    """The loss is no longer a finite number, so that training cannot go on."""


class TrainingStopped(Exception):
    """Somebody asked the run to stop."""


class TrainingReleased(Exception):
    """The run is paused and leaves its worker to others; it can be resumed."""


class _Asked(Exception):
    """The user wants to stop or to pause during validation."""


class TrainingLoop:
    """Trains one model on one run's data.

    Attributes:
        state: where training stands.
    """

    def __init__(
        self,
        run: Run,
        hyperparameters: Hyperparameters,
        data: Dataset,
        model: keras.Model,
        optimizer: keras.Optimizer,
        *,
        segments: tuple[int, ...],
        strategy: tf.distribute.Strategy | None = None,
    ) -> None:
        """Prepare to train from the run's checkpoint, or from the start where it has none.

        Args:
            run: gets records, checkpoints and the best weights, and is asked what to do.
            hyperparameters: the run's settings.
            data: already divided; only training and validation parts are looked at.
            model: untrained.
            optimizer: for that model.
            segments: the epochs with which each part of the run ends; the schedule of the learning
                rate begins anew with each, and early stopping ends only the one that it is in.
            strategy: shares each batch among several devices; this is then called in its scope.

        Raises:
            core.checkpoint.CheckpointError: the checkpoint cannot be used.
        """
        self._run, self._hyperparameters = run, hyperparameters
        self._model = model
        self._num_images = len(data.x_train)
        self._batch_size = min(hyperparameters.batch_size, self._num_images)
        self.steps_per_epoch = -(-self._num_images // self._batch_size)
        self._legs = segments
        self._steps = TrainingSteps(
            model,
            optimizer,
            data.x_train,
            data.y_train,
            hyperparameters,
            batch_size=self._batch_size,
            strategy=strategy,
        )
        self._evaluator = Evaluator(model, data.x_val, data.y_val, hyperparameters)
        self._drawing = run.drawing()
        self._log = MetricsLog(run, num_images=self._num_images)
        self._probe = LayerProbe(model, self._steps, hyperparameters)
        self._steps_per_call = 1
        self._last_checkpoint = self._clock = time.monotonic()
        self._next_probe = self._clock + _SECONDS_BETWEEN_PROBES
        self._order = (-1, np.zeros(0, np.int32))
        self.state = load_checkpoint(run, self._steps.variables) or LoopState()
        # Somebody asked for more epochs, so early stopping ended a segment and not the run.
        if self.state.stopped_early and self.state.epoch in segments[:-1]:
            self.state.stopped_early, self.state.early_stopping = False, {}
        restore_best(run, self.state)
        self._log.begin(self.state)

    def run(self) -> None:
        """Train to the end.

        Raises:
            TrainingStopped: somebody asked for it.
            TrainingReleased: the run is paused and others wait.
            TrainingDiverged: the loss became NaN or infinite.
        """
        self._clock = time.monotonic()
        self._apply_control()
        while self.state.epoch < self._legs[-1] and not self.stopped_early:
            while self.state.images < self._num_images:
                self._train_for_a_moment()
                self._apply_control()
            self._end_epoch()
        self.save()

    @property
    def images_seen(self) -> int:
        """Return how many training images were shown so far, each as often as it was shown."""
        return self.state.epoch * self._num_images + self.state.images

    @property
    def stopped_early(self) -> bool:
        """Tell whether validation no longer improved for as long as the settings say."""
        return self.state.stopped_early

    def save(self) -> None:
        """Write a checkpoint now."""
        save_checkpoint(self._run, self.state, self._steps.variables)
        self._last_checkpoint = time.monotonic()

    def keep_what_was_reached(self) -> None:
        """Offer the weights of an epoch's middle, after a stop; resuming takes that back."""
        self._run.stash_model()
        if self.state.images:
            with self._steps.averaged():
                self._offer_best(*self._evaluator.evaluate())

    def _train_for_a_moment(self) -> None:
        """Do some steps and write what they gave."""
        state = self.state
        order = self._epoch_order()
        full = (self._num_images - state.images) // self._batch_size
        probes = time.monotonic() >= self._next_probe
        steps = 1 if probes else min(self._steps_per_call, max(1, full))
        end = min(state.images + steps * self._batch_size, self._num_images)
        indices = order[state.images : end].reshape(steps, -1)
        rates = self._learning_rates(steps)
        with self._probing(indices[0]) if probes else self._timed(steps):
            loss_sum, correct = self._steps(indices, rates, state.step)
        self._count_time()
        state.step += steps
        state.images = end
        state.loss_sum += loss_sum
        state.correct += correct
        if not np.isfinite(loss_sum):
            self._give_up()
        if self._log.is_due(state):
            self._log.step(state, learning_rate=float(rates[-1]))
            if self._drawing is not None:
                self._log.drawing(state, self._evaluator.read(self._drawing))
        if time.monotonic() - self._last_checkpoint >= _SECONDS_BETWEEN_CHECKPOINTS:
            self.save()

    @contextmanager
    def _timed(self, steps: int) -> Iterator[None]:
        """Choose by the time that these steps take how many the next call is to do."""
        start = time.monotonic()
        yield
        wanted = round(steps * _SECONDS_PER_CALL / (time.monotonic() - start))
        # The first call compiles, and says nothing of those to come.
        self._steps_per_call = int(np.clip(wanted, 1, min(4 * steps, MAX_STEPS)))

    @contextmanager
    def _probing(self, index: np.ndarray) -> Iterator[None]:
        """Look inside the layers before and after a step that would be done anyway."""
        start = time.monotonic()
        self._probe.before(index, self.state.step)
        yield
        self._log.layers(self.state, self._probe.after())
        self._run.write_first_layer(self._probe.first_layer())
        seconds = time.monotonic() - start
        self._next_probe = time.monotonic() + max(_SECONDS_BETWEEN_PROBES, seconds / _PROBE_SHARE)

    def _epoch_order(self) -> np.ndarray:
        """Return the epoch's order of images; it depends on seed and epoch only."""
        epoch, order = self._order
        if epoch != self.state.epoch:
            random = np.random.default_rng([self._hyperparameters.seed, self.state.epoch])
            order = random.permutation(self._num_images).astype(np.int32)
            self._order = (self.state.epoch, order)
        return order

    def _learning_rates(self, steps: int) -> np.ndarray:
        """Return the learning rates of the steps to come, as planned and as changed since."""
        segment = bisect_right(self._legs[:-1], self.state.epoch)
        first_epoch = self._legs[segment - 1] if segment else 0
        first_step = first_epoch * self.steps_per_epoch
        planned = learning_rates(
            self._hyperparameters,
            np.arange(self.state.step - first_step, self.state.step - first_step + steps),
            num_steps=(self._legs[segment] - first_epoch) * self.steps_per_epoch,
            steps_per_epoch=self.steps_per_epoch,
        )
        return (planned * self.state.learning_rate_scale).astype(np.float32)

    def _end_epoch(self) -> None:
        """Validate, and remember what follows from it."""
        state = self.state
        while True:
            try:
                with self._steps.averaged():
                    val_loss, val_accuracy = self._evaluator.evaluate(between=self._look_up)
                    self._count_time()
                    is_best = self._offer_best(val_loss, val_accuracy)
                break
            except _Asked:
                self._apply_control()  # and validate anew, should training go on
        if not np.isfinite(val_loss):
            self._give_up()
        self._log.epoch(state, val_loss=val_loss, val_accuracy=val_accuracy)
        self._watch_plateaus(val_loss)
        state.epoch += 1
        state.images, state.loss_sum, state.correct = 0, 0.0, 0
        self._log.begin_epoch()
        if is_best:
            self.save()

    def _watch_plateaus(self, val_loss: float) -> None:
        """Remember how long validation has stalled; lower the learning rate or end where due."""
        state, settings = self.state, self._hyperparameters
        if plateau := learning_rate_plateau(settings, state.plateau):
            before = plateau_factor(settings, plateau)
            plateau.update(val_loss)
            state.plateau = plateau.state
            state.learning_rate_scale *= plateau_factor(settings, plateau) / before
        if waiting := early_stopping_plateau(settings, state.early_stopping):
            state.stopped_early = waiting.update(val_loss)
            state.early_stopping = waiting.state

    def _offer_best(self, val_loss: float, val_accuracy: float) -> bool:
        return save_if_best(
            self._run, self._model, self.state, val_loss=val_loss, val_accuracy=val_accuracy
        )

    def _look_up(self) -> None:
        """Leave off validating where the user asks for something that cannot wait."""
        control = self._run.control()
        if control.stop or control.pause:
            raise _Asked

    def _apply_control(self) -> None:
        """Do what the user asks, if anything."""
        control = self._run.control()
        if (
            control.learning_rate is not None
            and control.learning_rate_changes > self.state.learning_rate_changes
        ):
            self._change_learning_rate(control.learning_rate, control.learning_rate_changes)
        if control.stop:
            raise TrainingStopped
        if control.pause:
            self._pause()

    def _change_learning_rate(self, wanted: float, changes: int) -> None:
        before = float(self._learning_rates(1)[0])
        if before > 0:  # and not so small that nothing is left to scale
            self.state.learning_rate_scale *= wanted / before
        self.state.learning_rate_changes = changes
        self._log.learning_rate(self.state, before=before, now=wanted)

    def _pause(self) -> None:
        """Wait until somebody resumes or stops the run, or others need the worker."""
        self._count_time()
        self.save()
        self._run.update(status="paused")
        while (control := self._run.control()).pause and not control.stop:
            if control.release and self._run.release():
                raise TrainingReleased
            time.sleep(_SECONDS_BETWEEN_LOOKS)
        self._clock = time.monotonic()
        self._run.update(status="running")
        self._apply_control()

    def _count_time(self) -> None:
        """Count the time since the last call as training's."""
        now = time.monotonic()
        self.state.seconds += now - self._clock
        self._clock = now

    def _give_up(self) -> None:
        self._log.not_a_number(self.state, learning_rate=float(self._learning_rates(1)[0]))
        raise TrainingDiverged(
            f"The loss stopped being a number at step {self.state.step:,} "
            f"(epoch {self.state.epoch + 1}). "
            "The learning rate is most likely too high: try a tenth."
        )
