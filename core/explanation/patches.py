"""A vision transformer's attention: which patches of the image each layer looks at."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from core.classifier import Classifier
from core.explanation.network import Network, NotExplained, network_of
from core.explanation.stages import inputs_of, kept, stages_of


@dataclass(frozen=True, eq=False)
class Attention:
    """The attention of one layer.

    Attributes:
        name: the layer's name in `see_layers`.
        weights: float32 array of shape `(heads, queries, keys)`: how much each patch, a query,
            takes from each patch, a key. Those of a query sum to 1.
    """

    name: str
    weights: np.ndarray

    def over_image(self) -> np.ndarray:
        """Return for each head how much attention each pixel's patch gets, `(heads, 28, 28)`.

        The mean of all queries, as the answer is the mean of all patches; in shares of what each
        would get if all got the same, less 1: from -1, none, over 0 upwards.
        """
        received = self.weights.mean(axis=1)
        num_heads, num_patches = received.shape
        side = round(num_patches**0.5)
        squares = (num_patches * received - 1).reshape(num_heads, side, side)
        return np.kron(squares, np.ones((28 // side, 28 // side))).astype(np.float32)


def see_attention(classifier: Classifier, image: np.ndarray) -> tuple[Attention, ...]:
    """Return the attention weights of each layer that attends to patches of the image.

    Raises:
        NotExplained: the network has none.
    """
    network = network_of(classifier)
    found = kept(network, "attention", lambda: _scores(network))
    if not found:
        raise NotExplained("This network has no attention over patches of the image.")
    weights = network.outputs(image[None], [tensor for _, tensor in found])
    return tuple(Attention(name, one[0]) for (name, _), one in zip(found, weights, strict=True))


def _scores(network: Network) -> list[tuple[str, Any]]:
    """Return a tensor of the weights of each attention layer, with the name of its stage."""
    import keras

    found = []
    for stage in stages_of(network):
        layer = stage.layer
        if not isinstance(layer, keras.layers.MultiHeadAttention):
            continue
        inputs = inputs_of(network, layer)
        num_patches = inputs[-1].shape[1]
        side = round(num_patches**0.5)
        if side**2 != num_patches or 28 % side:
            continue
        # A layer of its own, with the same weights: the model's stays as it is.
        config = {**layer.get_config(), "name": f"{layer.name}_scores"}
        attending = type(layer).from_config(config)
        query, value = inputs[0], inputs[min(1, len(inputs) - 1)]
        key = inputs[2] if len(inputs) > 2 else None
        _, scores = attending(query, value, key=key, return_attention_scores=True)
        attending.set_weights(layer.get_weights())
        found.append((stage.name, scores))
    return found
