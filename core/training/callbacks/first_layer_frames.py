"""Keep the first layer's weights at some moments of the training, as a film."""

import time

import keras

from core.explanation import filter_pictures
from core.runs import Run
from core.runs.film import MOST_FRAMES
from core.training.loop import Callback, TrainingLoop

# A frame takes about two milliseconds.
_SECONDS_BETWEEN_FRAMES = 0.5


class FirstLayerFrames(Callback):
    """Takes a frame before the first step and after the last, and now and then between them.

    The longer a run, the less often: no more of them are kept.
    """

    def __init__(self, run: Run, model: keras.Model) -> None:
        """Keep the weights of the first layer of `model` in the film of `run`."""
        self._film, self._model = run.film, model
        self._last = float("-inf")

    def on_train_begin(self, loop: TrainingLoop) -> None:
        """Continue from a checkpoint: frames of later steps, left by a crash, are dropped."""
        self._film.cut(loop.state.step)
        self._take(loop)

    def on_train_batch_end(self, loop: TrainingLoop, learning_rate: float) -> None:
        """Take a frame where the last one is old."""
        wait = max(_SECONDS_BETWEEN_FRAMES, loop.state.seconds / MOST_FRAMES)
        if time.monotonic() - self._last >= wait:
            self._take(loop)

    def on_train_end(self, loop: TrainingLoop) -> None:
        """Take the last frame, unless the weights are no longer numbers."""
        if loop.ending != "diverged":
            self._take(loop)

    def _take(self, loop: TrainingLoop) -> None:
        self._film.add(loop.state.step, filter_pictures(self._model))
        self._last = time.monotonic()
