"""Classify the user's drawing while the network learns."""

import keras
import numpy as np
import tensorflow as tf

from core.runs import DrawingRecord, Run
from core.training.callbacks.metrics_log import MetricsLog
from core.training.loop import Callback, TrainingLoop


class DrawingPredictions(Callback):
    """Records the probabilities of one drawing beside each record of steps."""

    def __init__(self, run: Run, model: keras.Model, drawing: np.ndarray, log: MetricsLog) -> None:
        """Let `model` classify `drawing`, shape `(28, 28)`, whenever `log` has written."""
        self._run, self._log = run, log
        self._drawing = tf.constant(drawing[None], tf.float32)
        self._classify = tf.function(lambda images: model(images, training=False)[0])

    def on_train_batch_end(self, loop: TrainingLoop, learning_rate: float) -> None:
        """Record the probabilities where the steps have just been recorded."""
        if self._log.last_step == loop.state.step:
            probabilities = self._classify(self._drawing).numpy()
            rounded = tuple(round(float(p), 5) for p in probabilities)
            self._run.append_metrics(DrawingRecord(**loop.position(), probabilities=rounded))
