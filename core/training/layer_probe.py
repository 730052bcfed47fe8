"""What goes on in each layer while a network trains. Looks, and changes nothing."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from core.hyperparameters import Hyperparameters
from core.runs import LayerRecord
from core.training.steps import TrainingSteps, losses

_MAX_FILTERS = 64
_PIXELS = 28 * 28
_MAX_IMAGES = 256


class LayerProbe:
    """Looks at the layers that have weights, around one step of training.

    The gradient is that of the step's own batch, its first 256 images, without dropout, which would
    draw random numbers that training is to draw.
    """

    def __init__(
        self, model: keras.Model, steps: TrainingSteps, hyperparameters: Hyperparameters
    ) -> None:
        """Prepare to look at `model`, which `steps` trains with these settings."""
        self._model, self._steps = model, steps
        self._hyperparameters = hyperparameters
        self._layers = [layer for layer in model.layers if _kernels(layer)]
        self._relus = _relus(model, self._layers)
        outputs = [tensor for _, tensor in self._relus]
        self._activations = keras.Model(model.inputs, outputs) if outputs else None
        self._before: list[np.ndarray] = []
        self._seen: tuple[list[float], list[float]] = ([], [])

    def before(self, index: np.ndarray, step: int) -> None:
        """Look before a step that is about to be done on the images `index`."""
        # Not compiled, which would take longer than many looks.
        norms, dead = self._gradients_and_dead(
            tf.constant(index[:_MAX_IMAGES], tf.int32), tf.constant(step, tf.int32)
        )
        self._seen = ([float(norm) for norm in norms], [float(share) for share in dead])
        self._before = [_flat(layer) for layer in self._layers]

    def after(self) -> list[LayerRecord]:
        """Look after that step.

        Returns:
            A record for each layer, the first layer first.
        """
        norms, dead = self._seen
        shares = {name: share for (name, _), share in zip(self._relus, dead, strict=True)}
        counts: dict[str, int] = {}
        result = []
        for layer, norm, weights in zip(self._layers, norms, self._before, strict=True):
            kind = type(layer).__name__
            counts[kind] = counts.get(kind, 0) + 1
            size = float(np.linalg.norm(weights))
            moved = float(np.linalg.norm(_flat(layer) - weights))
            result.append(
                LayerRecord(
                    name=f"{kind} {counts[kind]}",
                    gradient_norm=norm,
                    update_ratio=moved / size if size else None,
                    dead_share=shares.get(layer.name),
                )
            )
        return result

    def first_layer(self) -> np.ndarray:
        """Return the weights that see the image, as pictures: float32 `(n, height, width)`."""
        kernel = keras.ops.convert_to_numpy(_kernels(self._layers[0])[0])
        if kernel.ndim == 4:  # of a convolution: height, width, channels, filters
            kernel = kernel.mean(axis=2)
        if kernel.ndim == 3:  # of image patches: height, width, filters
            pictures = kernel.transpose(2, 0, 1)
        elif kernel.shape[0] == _PIXELS:
            pictures = kernel.T.reshape(-1, 28, 28)
        else:  # of a row of pixels at a time: one picture of all its neurons
            pictures = kernel[None]
        return pictures[:_MAX_FILTERS].astype(np.float32)

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
