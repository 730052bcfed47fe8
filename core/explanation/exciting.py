"""Which images excite a channel or a neuron most, and which of their ink does."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from core.classifier import Classifier
from core.data import as_floats
from core.evaluation import ImageSet, sample_images
from core.explanation.network import NotExplained, network_of
from core.explanation.stages import Stage, kept, stages_of

if TYPE_CHECKING:
    import tensorflow as tf

_MOST_IMAGES = 1000


@dataclass(frozen=True, eq=False)
class Exciting:
    """For each channel of a layer the images that excite it most.

    Attributes:
        images: those that were tried, float32 `(n, 28, 28)` in [0, 1], ink 1.
        labels: the digits that they are, `(n,)`.
        order: for each channel the places in `images` of the strongest, int `(channels, count)`.
        values: the largest value that the channel has anywhere in each of these images, float32
            `(channels, count)`.
        least: the smallest of these in all images that were tried, `(channels,)`; where it is the
            same as the largest, nothing excites the channel.
    """

    images: np.ndarray
    labels: np.ndarray
    order: np.ndarray
    values: np.ndarray
    least: np.ndarray


def exciting_images(
    classifier: Classifier, images: ImageSet, layer: int, count: int = 8
) -> Exciting:
    """Find the images in which each channel of a layer has its largest values.

    Args:
        classifier: whose layer it is.
        images: of which at most 1,000 are tried, each digit in proportion.
        layer: its place in what `see_layers` returns.
        count: images for each channel.

    Raises:
        NotExplained: there is no such layer between image and answer.
    """
    network = network_of(classifier)
    stage = _stage(classifier, layer)
    pixels, labels = sample_images(images.images, images.labels, _MOST_IMAGES)
    pixels = as_floats(pixels)
    largest = kept(network, ("largest", layer), lambda: _largest(stage))
    values = network.outputs(pixels, [largest])[0]
    order = np.argsort(-values, axis=0, kind="stable")[:count].T
    strongest = np.take_along_axis(values.T, order, axis=1)
    return Exciting(pixels, labels, order, strongest, values.min(axis=0))


def exciting_ink(
    classifier: Classifier, images: np.ndarray, layer: int, channel: int
) -> np.ndarray:
    """Return how much each pixel's ink adds to a channel's largest value in each of some images.

    The gradient of that value times the ink: positive where ink excites the channel, negative where
    it calms it. Simonyan, Vedaldi and Zisserman 2013, arXiv 1312.6034.

    Args:
        classifier: whose layer it is.
        images: float32 `(n, 28, 28)` in [0, 1], ink 1; a few.
        layer: its place in what `see_layers` returns.
        channel: one of the layer's channels or neurons.

    Returns:
        float32 array of shape `(n, 28, 28)`.

    Raises:
        NotExplained: there is no such layer or channel.
    """
    import tensorflow as tf

    network = network_of(classifier)
    stage = _stage(classifier, layer)
    num_channels = int(stage.tensor.shape[-1])
    if not 0 <= channel < num_channels:
        raise NotExplained(f"{stage.name} has channels 0 to {num_channels - 1}.")

    def make() -> Any:
        submodel = network.submodel([stage.tensor])

        @tf.function(
            input_signature=[tf.TensorSpec((None, 28, 28)), tf.TensorSpec((num_channels,))],
            autograph=False,
        )
        def ink(pixels: "tf.Tensor", chosen: "tf.Tensor") -> "tf.Tensor":
            with tf.device("/CPU:0"), tf.GradientTape() as tape:
                tape.watch(pixels)
                values = tf.cast(submodel(pixels, training=False)[0], tf.float32)
                of_channel = tf.reduce_sum(values * chosen, axis=-1)
                places = tf.reshape(of_channel, (tf.shape(pixels)[0], -1))
                total = tf.reduce_sum(tf.reduce_max(places, axis=1))
            return pixels * tape.gradient(total, pixels)

        return ink.get_concrete_function()

    compute = kept(network, ("ink", layer), make)
    with tf.device("/CPU:0"):
        chosen = tf.one_hot(channel, num_channels)
        return compute(tf.constant(images, tf.float32), chosen).numpy()


def _stage(classifier: Classifier, layer: int) -> Stage:
    stages = stages_of(network_of(classifier))
    if not 1 <= layer <= len(stages):
        raise NotExplained("Choose a layer between the image and the answer.")
    return stages[layer - 1]


def _largest(stage: Stage) -> Any:
    """Return a tensor of the largest value of each channel anywhere in the image."""
    import keras

    axes = tuple(range(1, len(stage.tensor.shape) - 1))
    return keras.ops.max(stage.tensor, axis=axes) if axes else stage.tensor
