"""What each layer makes of an image, from the ink to the answer."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from core.classifier import Classifier
from core.explanation.network import network_of
from core.explanation.stages import ANSWER, IMAGE, Stage, as_channels, stages_of

_MOST_SHOWN = 32  # channels or neurons of a layer
LayerKind = Literal["image", "maps", "neurons", "rows", "attention", "answer"]


@dataclass(frozen=True, eq=False)
class LayerView:
    """What one layer gives for an image.

    Attributes:
        name: such as "Convolution 2"; the first is "Image", the last "Answer".
        kind: "maps" where it has a picture for each channel, and "attention" where it looks at
            patches besides (see `see_attention`); "neurons" where it has a number for each, and
            "rows" where it reads the image row by row besides (see `read_rows`).
        values: float32 array of shape `(n, height, width)`, a map for each channel, or `(n,)`, a
            number for each neuron; the strongest first. Those of the answer are the probabilities
            of the digits 0 to 9, in this order.
        channels: which of the layer's channels or neurons they are, int array of shape `(n,)`.
        total: how many it has.
        limit: the largest absolute value in the layer, or 1.
    """

    name: str
    kind: LayerKind
    values: np.ndarray
    channels: np.ndarray
    total: int
    limit: float


def see_layers(classifier: Classifier, image: np.ndarray) -> tuple[LayerView, ...]:
    """Return what each layer gives after its activation, at most its 32 strongest channels.

    A channel is the stronger, the more its mean absolute value differs from what it gives for blank
    paper: many give something there, which says nothing about this image.
    """
    network = network_of(classifier)
    stages = stages_of(network)
    pair = np.stack([image, np.zeros_like(image)])
    views = [LayerView(IMAGE, "image", image[None], np.zeros(1, int), 1, 1.0)]
    if stages:
        outputs = network.outputs(pair, [stage.tensor for stage in stages])
        for stage, values in zip(stages, outputs, strict=True):
            views.append(_view(stage, *as_channels(values)))
    probabilities = network.probabilities(image[None])[0]
    return (*views, LayerView(ANSWER, "answer", probabilities, np.arange(10), 10, 1.0))


def _view(stage: Stage, values: np.ndarray, of_paper: np.ndarray) -> LayerView:
    strength = np.abs(values - of_paper).reshape(len(values), -1).mean(axis=1)
    channels = np.argsort(-strength, kind="stable")[:_MOST_SHOWN]
    limit = float(np.abs(values).max()) or 1.0
    return LayerView(
        stage.name, _kind(stage, values), values[channels], channels, len(values), limit
    )


def _kind(stage: Stage, values: np.ndarray) -> LayerKind:
    import keras

    if values.ndim == 1:
        return "rows" if isinstance(stage.layer, keras.layers.RNN) else "neurons"
    is_attention = isinstance(stage.layer, keras.layers.MultiHeadAttention)
    return "attention" if is_attention else "maps"
