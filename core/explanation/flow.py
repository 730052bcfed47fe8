"""How much of the way from blank paper to an image passes through which parts of a network.

The measure is conductance: Dhamdhere, Sundararajan and Yan 2018, "How important is a neuron?"
(arXiv 1805.12233), the integrated gradients of a layer's outputs.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from core.explanation.network import Network

if TYPE_CHECKING:
    import tensorflow as tf

_POINTS = 17  # on the way from paper to image
MOST_UNITS = 8  # of a layer, whose links are computed
# The points, and at each of them every layer's change and the gradient for it.
_Way = tuple[np.ndarray, list[np.ndarray], list[np.ndarray]]


class Flow:
    """Computes what passes through some of a network's tensors; the image is the first of them.

    Everything passes through each tensor, so that the contributions of each layer sum to the
    difference that the image makes to the score, up to the error of a finite number of points.
    """

    def __init__(self, network: Network, tensors: Sequence[Any]) -> None:
        """Compile two functions of some of the network's tensors, in the order of computation.

        Of `network` nothing is kept but its layers.
        """
        import tensorflow as tf

        submodel = network.submodel(tensors)

        def forward(pixels: "tf.Tensor") -> "tuple[list[tf.Tensor], tf.Tensor]":
            given = submodel(pixels[..., 0], training=False)
            *values, logits = given if isinstance(given, list) else [given]
            return [pixels, *values], tf.cast(logits, tf.float32)

        def gradients(pixels: "tf.Tensor", weights: "tf.Tensor") -> "list[list[tf.Tensor]]":
            with tf.device("/CPU:0"), tf.GradientTape() as tape:
                tape.watch(pixels)
                values, logits = forward(pixels)
                score = tf.reduce_sum(logits * weights)
            found = tape.gradient(score, values, unconnected_gradients="zero")
            return [[tf.cast(x, tf.float32) for x in each] for each in (values, found)]

        def passed(
            pixels: "tf.Tensor",
            steps: "list[tf.Tensor]",
            gradients: "list[tf.Tensor]",
            masks: "list[tf.Tensor]",
        ) -> "list[tf.Tensor]":
            """Take a copy of all points for each unit of the next layer, whose mask it has."""
            copies = tf.tile(pixels, (MOST_UNITS, 1, 1, 1))
            with tf.device("/CPU:0"), tf.GradientTape(persistent=True) as tape:
                tape.watch(copies)
                values, _ = forward(copies)
                scores = []
                for value, gradient, mask in zip(values[1:], gradients, masks, strict=True):
                    ones = [1] * (len(value.shape) - 2)
                    of_unit = tf.reshape(mask, (MOST_UNITS, 1, *ones, mask.shape[-1])) * gradient
                    weights = tf.reshape(of_unit, (-1, *gradient.shape[1:]))
                    scores.append(tf.reduce_sum(tf.cast(value, tf.float32) * weights))
            links = []
            for score, value, step in zip(scores, values[:-1], steps, strict=True):
                found = tape.gradient(score, value, unconnected_gradients="zero")
                parts = tf.reshape(tf.cast(found, tf.float32), (MOST_UNITS, -1, *value.shape[1:]))
                axes = list(range(1, len(parts.shape) - 1))
                links.append(tf.transpose(tf.reduce_sum(parts * step, axis=axes)))
            return links

        image = tf.TensorSpec((_POINTS, 28, 28, 1))
        like = [tf.TensorSpec((_POINTS, *tensor.shape[1:])) for tensor in tensors]
        masks = [tf.TensorSpec((MOST_UNITS, tensor.shape[-1])) for tensor in tensors]
        self._gradients = _compiled(gradients, image, tf.TensorSpec((10,)))
        self._passed = _compiled(passed, image, [image, *like][:-1], like, masks) if like else None

    def contributions(
        self, image: np.ndarray, weights: np.ndarray
    ) -> tuple[list[np.ndarray], list[np.ndarray], _Way]:
        """Return what each layer gives, how much each channel contributes, and what `links` needs.

        Args:
            image: floats of shape `(28, 28)`.
            weights: of each logit in the score, shape `(10,)`.

        Returns:
            Values `(1, ..., channels)` and contributions `(channels,)` of each layer.
        """
        pixels = np.linspace(0, 1, _POINTS)[:, None, None, None] * image[..., None]
        values, gradients = self._gradients(_constant(pixels), _constant(weights))
        steps = [_steps(value.numpy()) for value in values]
        gradients = [gradient.numpy() for gradient in gradients]
        found = [
            (step * gradient).reshape(-1, step.shape[-1]).sum(axis=0)
            for step, gradient in zip(steps, gradients, strict=True)
        ]
        return [value.numpy()[-1:] for value in values], found, (pixels, steps, gradients)

    def links(self, way: _Way, chosen: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return how much of each channel's contribution passes through each chosen later one.

        Args:
            way: as `contributions` returned it.
            chosen: at most `MOST_UNITS` channels of each layer after the image.

        Returns:
            Arrays of shape `(channels of a layer, chosen channels of the next)`.
        """
        if self._passed is None:
            return []
        pixels, steps, gradients = way
        masks = []
        for units, gradient in zip(chosen, gradients[1:], strict=True):
            mask = np.zeros((MOST_UNITS, gradient.shape[-1]), np.float32)
            mask[np.arange(len(units)), units] = 1
            masks.append(_constant(mask))
        found = self._passed(
            _constant(pixels),
            [_constant(step) for step in steps[:-1]],
            [_constant(gradient) for gradient in gradients[1:]],
            masks,
        )
        return [x.numpy()[:, : len(units)] for x, units in zip(found, chosen, strict=True)]


def _steps(values: np.ndarray) -> np.ndarray:
    """Return by how much values change around each point: those of the trapezoidal rule."""
    half = np.diff(values, axis=0) / 2
    none = np.zeros_like(values[:1])
    return np.concatenate([half, none]) + np.concatenate([none, half])


def _compiled(compute: Any, *signature: Any) -> Any:
    import tensorflow as tf

    function = tf.function(compute, input_signature=signature, autograph=False)
    return function.get_concrete_function()


def _constant(values: np.ndarray) -> "tf.Tensor":
    import tensorflow as tf

    with tf.device("/CPU:0"):
        return tf.constant(values, tf.float32)
