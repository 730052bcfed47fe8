"""A recurrent network while it reads: its state, and what it would answer, after each row."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from core.classifier import Classifier
from core.explanation.network import Network, NotExplained, network_of
from core.explanation.stages import inputs_of, kept

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True, eq=False)
class RowReading:
    """A recurrent layer that reads an image from top to bottom.

    Attributes:
        states: what it gives after each row, float32 `(28, units)`; the last is what it gives.
        probabilities: what the network would answer from each of them, `(28, 10)`, calibrated.
    """

    states: np.ndarray
    probabilities: np.ndarray

    @property
    def settled(self) -> int:
        """The first row, counted from 1, from which on the answer stays what it is at the end."""
        answers = self.probabilities.argmax(axis=1)
        others = np.flatnonzero(answers != answers[-1])
        return int(others[-1]) + 2 if len(others) else 1


def read_rows(classifier: Classifier, image: np.ndarray) -> RowReading:
    """Return the states of the last recurrent layer, and the answer from each.

    Raises:
        NotExplained: the network has no layer that reads an image row by row.
    """
    network = network_of(classifier)
    found = kept(network, "rows", lambda: _states(network))
    if found is None:
        raise NotExplained("This network does not read the image row by row.")
    layer, tensor = found
    states = network.outputs(image[None], [tensor])[0][0]
    return RowReading(states, _answers(classifier, network, layer, states))


def _states(network: Network) -> "tuple[keras.Layer, Any] | None":
    """Return the last recurrent layer, and a tensor of all its states."""
    import keras

    for layer in reversed(network.layers):
        if isinstance(layer, keras.layers.RNN) and not layer.return_sequences:
            before = inputs_of(network, layer)
            if layer.return_state or len(before) != 1 or before[0].shape[1] != 28:
                continue
            # A layer of its own, with the same weights: the model's stays as it is.
            changed = {"return_sequences": True, "name": f"{layer.name}_rows"}
            reading = type(layer).from_config({**layer.get_config(), **changed})
            tensor = reading(before[0])
            reading.set_weights(layer.get_weights())
            return layer, tensor
    return None


def _answers(
    classifier: Classifier, network: Network, layer: "keras.Layer", states: np.ndarray
) -> np.ndarray:
    """Return what the layers after a recurrent one answer to some of its states."""
    import keras
    import tensorflow as tf

    state = network.tensors[layer.name]
    answer = network.tensors[network.layers[-1].name]
    head = kept(network, "rows' head", lambda: keras.Model(state, answer))
    with tf.device("/CPU:0"):
        raw = head(tf.constant(states), training=False)
    return classifier.calibration.apply(tf.cast(raw, tf.float32).numpy())
