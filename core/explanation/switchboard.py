"""A network whose weights are arguments and whose parts can be switched off; thread-safe.

It is a clone with a mask behind each layer. Weights and masks are given to it with every question,
so that nobody meets what somebody else has changed, and the network itself stays as it is. Imports
TensorFlow when the first network is cloned.
"""

import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from core.classifier import Classifier
from core.explanation.network import DEVICE, Network, network_of
from core.explanation.switchable import find_switchable, is_bias

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

Switched = tuple[int, int]  # the number of a layer, and of one of its parts


@dataclass(frozen=True, eq=False)
class Weight:
    """An array that may be replaced, read-only as it was trained, and whether it is added."""

    value: np.ndarray
    is_bias: bool


class Switchboard:
    """A network whose parts can be switched off, and whose weights can be replaced; thread-safe.

    Attributes:
        layers: those that have parts, in the order in which they are computed.
        weights: what can be replaced.
    """

    def __init__(self, network: Network) -> None:
        """Clone `network`."""
        import keras
        import tensorflow as tf

        source = network.logits_model
        self._at_a_time = network.images_at_a_time
        self._lock = threading.Lock()
        self._compiled: dict[Any, Any] = {}
        self._masks: dict[str, Any] = {}  # by what they are behind, as the tensors
        self._before: dict[str, Any] = {}
        with tf.device(DEVICE):
            self.layers = find_switchable(keras.models.clone_model(source))
            places = {switchable.place for switchable in self.layers}

            def call(layer: "keras.Layer", *args: Any, **kwargs: Any) -> Any:
                tensor = layer(*args, **kwargs)
                if layer.name not in places:
                    return tensor
                ones = np.ones(tensor.shape[-1], np.float32)
                mask = keras.Variable(ones, trainable=False, name=f"{layer.name}_mask")
                self._before[layer.name], self._masks[layer.name] = tensor, mask
                return tensor * mask

            self._model = keras.models.clone_model(source, call_function=call)
            for layer in source.layers:
                if layer.weights:
                    self._model.get_layer(layer.name).set_weights(layer.get_weights())
        self._variables = [
            variable
            for layer in self._model.layers
            for variable in layer.trainable_weights
            if is_bias(variable) or len(variable.shape) > 1
        ]
        self.weights = tuple(_weight(variable) for variable in self._variables)

    def logits(
        self,
        images: np.ndarray,
        weights: Sequence[np.ndarray] | None = None,
        switched_off: Sequence[Switched] = (),
    ) -> np.ndarray:
        """Return float32 logits `(n, 10)` for images `(n, 28, 28)`, floats in [0, 1], ink 1.

        Args:
            images: at least one.
            weights: in place of those of `self.weights`; None for as they are.
            switched_off: what gives zero.
        """
        values = [weight.value for weight in self.weights] if weights is None else [*weights]
        masks = {place: np.ones(mask.shape, np.float32) for place, mask in self._masks.items()}
        for number, part in switched_off:
            switchable = self.layers[number]
            if switchable.place is not None:
                masks[switchable.place][part] = 0
            if switchable.rows is not None:
                layer = self._model.get_layer(switchable.layer)
                index = self._index(layer.weights[switchable.rows])
                values[index] = values[index].copy()
                values[index][part] = 0
        compute = self._trace("all", self._model, [*self._variables, *self._masks.values()])
        return self._in_parts(compute, images, [*values, *masks.values()])

    def without_each(self, images: np.ndarray, number: int) -> Iterator[np.ndarray]:
        """Yield the logits `(n, 10)` without the first part of a layer, without the second, ...

        Where all that follows depends on this layer alone, what comes before is computed once.
        """
        switchable = self.layers[number]
        rear = None if switchable.rows is not None else self._rear(switchable.place)
        if rear is None:
            for part in range(switchable.count):
                yield self.logits(images, switched_off=[(number, part)])
            return
        front, back = rear
        values = self._in_parts(front, images, [])
        for part in range(switchable.count):
            mask = np.ones(switchable.count, np.float32)
            mask[part] = 0
            yield self._in_parts(back, values, [mask])

    def _index(self, variable: Any) -> int:
        return next(i for i, known in enumerate(self._variables) if known is variable)

    def _rear(self, place: str | None) -> tuple[Any, Any] | None:
        """Return the network up to a mask, and from it on; None where something passes it by."""
        import keras

        if place is None:
            return None
        tensor = self._before[place]
        try:
            with self._lock:
                back = keras.Model(tensor, self._model.output)
        except ValueError:  # what follows needs more than this tensor
            return None
        front = keras.Model(self._model.inputs, tensor)
        return (
            self._trace(("front", place), front, []),
            self._trace(("back", place), back, [self._masks[place]]),
        )

    def _trace(
        self, key: Any, model: "keras.Model", variables: Sequence[Any]
    ) -> "Callable[..., tf.Tensor]":
        """Return a model as one TensorFlow function of its input and of some variables' values."""
        import keras
        import tensorflow as tf

        def compute(given: "tf.Tensor", *values: "tf.Tensor") -> "tf.Tensor":
            mapping = list(zip(variables, values, strict=True))
            with tf.device(DEVICE), keras.StatelessScope(state_mapping=mapping):
                return tf.cast(model(given, training=False), tf.float32)

        with self._lock:
            if key not in self._compiled:
                shapes = [model.inputs[0].shape, *(variable.shape for variable in variables)]
                self._compiled[key] = tf.function(
                    compute,
                    input_signature=[tf.TensorSpec(shape, tf.float32) for shape in shapes],
                    autograph=False,
                ).get_concrete_function()
            return self._compiled[key]

    def _in_parts(
        self, compute: "Callable[..., tf.Tensor]", rows: np.ndarray, values: Sequence[np.ndarray]
    ) -> np.ndarray:
        """Return what `compute` gives, computed for some images at a time."""
        import tensorflow as tf

        with tf.device(DEVICE):
            given = [tf.constant(value, tf.float32) for value in values]
            parts = [
                compute(tf.constant(rows[start : start + self._at_a_time], tf.float32), *given)
                for start in range(0, len(rows), self._at_a_time)
            ]
        return np.concatenate([part.numpy() for part in parts])


_switchboards: weakref.WeakKeyDictionary[Classifier, Switchboard] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def switchboard_of(classifier: Classifier) -> Switchboard:
    """Return a classifier's network with switches, cloned once while the classifier lives."""
    with _lock:
        if classifier not in _switchboards:
            _switchboards[classifier] = Switchboard(network_of(classifier))
        return _switchboards[classifier]


def _weight(variable: Any) -> Weight:
    import keras

    value = np.array(keras.ops.convert_to_numpy(variable), np.float32)
    value.flags.writeable = False
    return Weight(value, is_bias(variable))
