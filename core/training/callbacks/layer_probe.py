"""Look into the layers while a network trains: gradients, updates, dead neurons, filters."""

import time
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from core.explanation import filter_pictures
from core.hyperparameters import Hyperparameters
from core.runs import LayerRecord, LayersRecord, Run
from core.training.loop import Callback, TrainingLoop
from core.training.losses import losses
from core.training.steps import MAX_STEPS, TrainingSteps

_SECONDS_BETWEEN_PROBES = 1.5
# At most about this share of the time goes into looking inside the layers.
_PROBE_SHARE = 0.02
_MAX_IMAGES = 256


class LayerProbe(Callback):
    """Records what one step does to the layers that have weights; changes nothing.

    The gradient is that of the step's own batch, its first 256 images, without dropout, which would
    draw random numbers that training is to draw.
    """

    def __init__(self, run: Run, steps: TrainingSteps, hyperparameters: Hyperparameters) -> None:
        """Look at the model that `steps` trains with these settings, and record for `run`."""
        self._run, self._steps, self._model = run, steps, steps.model
        self._hyperparameters = hyperparameters
        self._layers = [layer for layer in self._model.layers if _kernels(layer)]
        self._relus = _relus(self._model, self._layers)
        outputs = [tensor for _, tensor in self._relus]
        self._activations = keras.Model(self._model.inputs, outputs) if outputs else None
        self._before: list[np.ndarray] = []
        self._seen: tuple[list[float], list[float]] = ([], [])
        self._next = time.monotonic() + _SECONDS_BETWEEN_PROBES
        self._started: tuple[float, dict[str, Any]] | None = None

    def max_steps(self) -> int:
        """Ask for a single step where it is time to look."""
        return 1 if time.monotonic() >= self._next else MAX_STEPS

    def on_train_batch_begin(self, loop: TrainingLoop, indices: np.ndarray) -> None:
        """Look before the step."""
        if len(indices) == 1 and time.monotonic() >= self._next:
            self._started = (time.monotonic(), loop.position())
            self.before(indices[0], loop.state.step)

    def on_train_batch_end(self, loop: TrainingLoop, learning_rate: float) -> None:
        """Look after the step, and record the difference."""
        if self._started is None:
            return
        (started, position), self._started = self._started, None
        self._run.append_metrics(LayersRecord(**position, layers=self.after()))
        self._run.write_first_layer(filter_pictures(self._model))
        now = time.monotonic()
        self._next = now + max(_SECONDS_BETWEEN_PROBES, (now - started) / _PROBE_SHARE)

    def before(self, indices: np.ndarray, step: int) -> None:
        """Look before a step that is about to be done on the images `indices`."""
        # Not compiled, which would take longer than many looks.
        norms, dead = self._gradients_and_dead(
            tf.constant(indices[:_MAX_IMAGES], tf.int32), tf.constant(step, tf.int32)
        )
        self._seen = ([float(norm) for norm in norms], [float(share) for share in dead])
        self._before = [_flat(layer) for layer in self._layers]

    def after(self) -> tuple[LayerRecord, ...]:
        """Look after that step; return what it did to each layer, first layer first."""
        norms, dead = self._seen
        shares = {name: share for (name, _), share in zip(self._relus, dead, strict=True)}
        counts: dict[str, int] = {}
        records = []
        for layer, norm, weights in zip(self._layers, norms, self._before, strict=True):
            kind = type(layer).__name__
            counts[kind] = counts.get(kind, 0) + 1
            size = float(np.linalg.norm(weights))
            moved = float(np.linalg.norm(_flat(layer) - weights))
            records.append(
                LayerRecord(
                    name=f"{kind} {counts[kind]}",
                    gradient_norm=norm,
                    update_ratio=moved / size if size else None,
                    dead_share=shares.get(layer.name),
                )
            )
        return tuple(records)

    def _gradients_and_dead(
        self, index: tf.Tensor, step: tf.Tensor
    ) -> tuple[list[tf.Tensor], list[tf.Tensor]]:
        images, labels = self._steps.batch(index, step)
        with tf.GradientTape() as tape:
            probabilities = self._model(images, training=False)
            loss = tf.reduce_mean(losses(self._hyperparameters, labels, probabilities))
        weights = [[weight.value for weight in layer.trainable_weights] for layer in self._layers]
        norms = [tf.linalg.global_norm(part) for part in tape.gradient(loss, weights)]
        dead = []
        if self._activations is not None:
            outputs = self._activations(images, training=False)
            for output in outputs if isinstance(outputs, list) else [outputs]:
                ever = tf.reduce_max(output, axis=list(range(output.shape.rank - 1)))
                dead.append(tf.reduce_mean(tf.cast(ever <= 0, tf.float32)))
        return norms, dead


def _kernels(layer: keras.Layer) -> list[keras.Variable]:
    return [weight for weight in layer.trainable_weights if len(weight.shape) > 1]


def _flat(layer: keras.Layer) -> np.ndarray:
    weights = [keras.ops.convert_to_numpy(weight.value) for weight in layer.trainable_weights]
    return np.concatenate([weight.ravel() for weight in weights])


def _relus(model: keras.Model, layers: list[keras.Layer]) -> list[tuple[str, Any]]:
    """Return each ReLU's output beside the name of the layer with weights that it belongs to."""
    result = []
    owner = None
    for layer in model.layers:
        if layer in layers:
            owner = layer.name
        if owner and getattr(layer, "activation", None) is keras.activations.relu:
            result.append((owner, layer.output))
    return result
