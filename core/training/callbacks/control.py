"""Do what users ask of a run: stop, pause, resume, another learning rate."""

import time

from core.runs import LearningRateRecord, Run
from core.training.callbacks.checkpoint import Checkpoint
from core.training.loop import Callback, TrainingLoop

_SECONDS_BETWEEN_CHECKS = 0.03


class Control(Callback):
    """Checks the run's `control.json` between calls and during validation, and applies it."""

    def __init__(self, run: Run, checkpoint: Checkpoint) -> None:
        """Apply what is asked of `run`; a pause saves to `checkpoint`."""
        self._run, self._checkpoint = run, checkpoint

    def on_test_batch_end(self, loop: TrainingLoop) -> None:
        """Interrupt validation for what cannot wait but needs weights that are not averaged."""
        control = self._run.control()
        loop.interrupted = control.stop or control.pause

    def between_calls(self, loop: TrainingLoop) -> None:
        """Apply what is asked, if anything."""
        control = self._run.control()
        if (
            control.learning_rate is not None
            and control.learning_rate_changes > loop.state.learning_rate_changes
        ):
            self._change_learning_rate(loop, control.learning_rate, control.learning_rate_changes)
        if control.stop:
            # At once: to measure what was reached takes longer than a click may wait.
            self._run.update(status="stopped")
            loop.ending = "stopped"
        elif control.pause:
            self._pause(loop)

    def _change_learning_rate(self, loop: TrainingLoop, wanted: float, changes: int) -> None:
        before = loop.learning_rate
        if before > 0:  # and not so small that nothing is left to scale
            loop.state.learning_rate_scale *= wanted / before
        loop.state.learning_rate_changes = changes
        self._run.append_metrics(
            LearningRateRecord(
                **loop.position(), before=before, learning_rate=wanted, changes=changes
            )
        )

    def _pause(self, loop: TrainingLoop) -> None:
        """Wait until somebody resumes or stops the run, or other runs need the worker."""
        with loop.clock_stopped():
            self._checkpoint.save(loop)
            self._run.update(status="paused")
            while (control := self._run.control()).pause and not control.stop:
                if control.release and self._run.release():
                    loop.ending = "released"
                    return
                time.sleep(_SECONDS_BETWEEN_CHECKS)
        self._run.update(status="running", before=None)
        self.between_calls(loop)
