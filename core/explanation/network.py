"""A classifier's network taken apart: its logits, their gradients, and what each layer gives.

Imports TensorFlow when the first network is taken apart. Never changes the network.
"""

import threading
import weakref
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.special

from core.classifier import Calibration, Classifier

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

# Explanations leave the GPU to training and to what people draw: 28 x 28 pixels need none.
DEVICE = "/CPU:0"
_MOST_AT_A_TIME = 250  # images
# What the outputs of all layers for these images may take, in numbers: 400 MB with gradients.
_MOST_OUTPUTS = 50_000_000


class NotExplained(Exception):
    """There is no such explanation; the message says why, in one sentence for the user."""


class Network:
    """A network and what explanations ask of it; thread-safe.

    Attributes:
        model: the network itself, from images `(n, 28, 28)` to probabilities `(n, 10)`. Whoever
            wants other weights clones it.
        layers: its layers after the input, in the order in which they are computed.
        prepared: the names of what has been computed once, which takes longer than afterwards.
        tensors: what each of them gives, by the layer's name; for `outputs` and `with_gradients`.
    """

    def __init__(self, model: "keras.Model", calibration: Calibration | None = None) -> None:
        """Take `model` apart; `calibration` is applied to the probabilities."""
        import keras

        self.model = model
        self.layers = [x for x in model.layers if not isinstance(x, keras.layers.InputLayer)]
        self.prepared: set[str] = set()
        self._calibration = calibration or Calibration()
        self._inputs, self.tensors = _tensors(model)
        self._features, self._logits = _before_softmax(self.layers, self._inputs, self.tensors)
        self._logits_model = keras.Model(self._inputs, self._logits)
        outputs = sum(_size(tensor) for tensor in self.tensors.values())
        self._at_a_time = int(np.clip(_MOST_OUTPUTS // max(1, outputs), 1, _MOST_AT_A_TIME))
        self._compiled: dict[Any, Any] = {}
        self._lock = threading.Lock()

    @property
    def logits_model(self) -> "keras.Model":
        """Return the network from images to logits, always a functional model, to be cloned."""
        return self._logits_model

    @property
    def images_at_a_time(self) -> int:
        """Return for how many images all layers may be computed at once."""
        return self._at_a_time

    def logits(self, images: np.ndarray) -> np.ndarray:
        """Return float32 logits `(n, 10)` for images `(n, 28, 28)`, floats in [0, 1], ink 1."""
        import tensorflow as tf

        def compute(pixels: "tf.Tensor") -> "tf.Tensor":
            return tf.cast(self._logits_model(pixels, training=False), tf.float32)

        return self._in_parts(self._trace("logits", compute, 1), images)[0]

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        """Return calibrated probabilities `(n, 10)`, as `Classifier.predict_batch` gives them."""
        raw: np.ndarray = scipy.special.softmax(self.logits(images), axis=-1)
        return self._calibration.apply(raw)

    def gradients(self, images: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return the gradient of a weighted sum of logits for the pixels.

        Args:
            images: floats of shape `(n, 28, 28)`.
            weights: of each logit, shape `(10,)`, or `(n, 10)` with other ones for each image.

        Returns:
            float32 array of shape `(n, 28, 28)`.
        """
        import tensorflow as tf

        def compute(pixels: "tf.Tensor", weights: "tf.Tensor") -> "tf.Tensor":
            with tf.GradientTape() as tape:
                tape.watch(pixels)
                logits = tf.cast(self._logits_model(pixels, training=False), tf.float32)
                score = tf.reduce_sum(logits * weights)
            return tape.gradient(score, pixels)

        wide = np.broadcast_to(np.asarray(weights, np.float32), (len(images), 10))
        return self._in_parts(self._trace("gradients", compute, 2), images, wide)[0]

    def odds_gradients(self, images: np.ndarray, digits: Collection[int]) -> np.ndarray:
        """Return for each pixel how much it raises the odds of some digits against all others.

        For one digit it has the direction of the cross-entropy's gradient, and does not vanish
        where the network is sure. Of several digits, it raises most what is least probable.

        Args:
            images: floats of shape `(n, 28, 28)`.
            digits: some of 0 to 9, not all.

        Returns:
            The gradient of the odds' logarithm, float32 of shape `(n, 28, 28)`.
        """
        import tensorflow as tf

        def compute(pixels: "tf.Tensor", chosen: "tf.Tensor") -> "tf.Tensor":
            with tf.GradientTape() as tape:
                tape.watch(pixels)
                logits = tf.cast(self._logits_model(pixels, training=False), tf.float32)
                least = -tf.reduce_logsumexp(tf.where(chosen > 0, -logits, -np.inf), axis=1)
                others = tf.reduce_logsumexp(tf.where(chosen > 0, -np.inf, logits), axis=1)
                score = tf.reduce_sum(least - others)
            return tape.gradient(score, pixels)

        chosen = np.isin(np.arange(10), list(digits)).astype(np.float32)
        rows = np.broadcast_to(chosen, (len(images), 10))
        return self._in_parts(self._trace("odds", compute, 2), images, rows)[0]

    def features(self, images: np.ndarray) -> np.ndarray:
        """Return what the last layer with weights gets, float32 `(n, features)`."""
        features = self.outputs(images, [self._features])[0]
        return features.reshape(len(features), -1)

    def score_model(self, weights: np.ndarray) -> "keras.Model":
        """Return a model that gives a weighted sum of logits, `(n, 1)`, for a library to explain.

        `weights` has shape `(10,)`. It takes a list of one array, and shares the network's weights.
        """
        import keras

        layer = keras.layers.Dense(1, use_bias=False, dtype="float32")
        score = layer(self._logits)
        layer.set_weights([np.asarray(weights, np.float32)[:, None]])
        return keras.Model(keras.tree.flatten(self._inputs), score)

    def features_and_logits(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return `features` and `logits` of the same images, in half the time."""
        features, logits = self.outputs(images, [self._features, self._logits])
        return features.reshape(len(features), -1), logits

    def outputs(
        self, images: np.ndarray, tensors: "Sequence[keras.KerasTensor]"
    ) -> list[np.ndarray]:
        """Return the values of some of the model's tensors, such as `layer.output`.

        They may be large: `images` has few images, or `tensors` are small.
        """
        import tensorflow as tf

        key = ("outputs", *map(id, tensors))
        submodel = self._submodel(key, tensors)

        def compute(pixels: "tf.Tensor") -> "list[tf.Tensor]":
            given = submodel(pixels, training=False)
            return [tf.cast(x, tf.float32) for x in (given if isinstance(given, list) else [given])]

        return self._in_parts(self._trace(("traced", *key), compute, 1), images)

    def with_gradients(
        self, images: np.ndarray, tensor: "keras.KerasTensor", weights: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the values of one of the model's tensors, and the gradient of a sum for them.

        `images` and `weights` are those of `gradients`.
        """
        import tensorflow as tf

        key = ("with gradients", id(tensor))
        submodel = self._submodel(key, [tensor, self._logits])

        def compute(pixels: "tf.Tensor", weights: "tf.Tensor") -> "list[tf.Tensor]":
            with tf.GradientTape() as tape:
                tape.watch(pixels)
                values, logits = submodel(pixels, training=False)
                score = tf.reduce_sum(tf.cast(logits, tf.float32) * weights)
            return [tf.cast(x, tf.float32) for x in (values, tape.gradient(score, values))]

        wide = np.broadcast_to(np.asarray(weights, np.float32), (len(images), 10))
        values, gradients = self._in_parts(self._trace(("traced", *key), compute, 2), images, wide)
        return values, gradients

    @property
    def inputs(self) -> Any:
        """What the model gets, in the graph of `tensors`: one symbolic tensor, or a list of it."""
        return self._inputs

    def submodel(self, tensors: "Sequence[keras.KerasTensor]") -> "keras.Model":
        """Return a model from images to some of the model's tensors and, last, to the logits."""
        return self._submodel(("submodel", *map(id, tensors)), [*tensors, self._logits])

    def _submodel(self, key: Any, tensors: "Sequence[keras.KerasTensor]") -> "keras.Model":
        import keras

        with self._lock:
            if key not in self._compiled:
                self._compiled[key] = keras.Model(self._inputs, list(tensors))
            return self._compiled[key]

    def _trace(
        self, key: Any, compute: "Callable[..., Any]", num_arguments: int
    ) -> "Callable[..., Any]":
        """Return `compute` as one TensorFlow function of images, and of rows of ten numbers."""
        import tensorflow as tf

        def placed(*arguments: "tf.Tensor") -> Any:
            with tf.device(DEVICE):
                return compute(*arguments)

        with self._lock:
            if key not in self._compiled:
                shapes = [(None, 28, 28), (None, 10)][:num_arguments]
                self._compiled[key] = tf.function(
                    placed,
                    input_signature=[tf.TensorSpec(shape, tf.float32) for shape in shapes],
                    autograph=False,
                ).get_concrete_function()
            return self._compiled[key]

    def _in_parts(self, compute: "Callable[..., Any]", *arguments: np.ndarray) -> list[np.ndarray]:
        """Return what `compute` gives, a tensor or several, computed for some images at a time."""
        results = []
        for part in zip(*(self._parts_of(np.asarray(a)) for a in arguments), strict=True):
            given = compute(*part)
            results.append([x.numpy() for x in (given if isinstance(given, list) else [given])])
        return [np.concatenate(values) for values in zip(*results, strict=True)]

    def _parts_of(self, rows: np.ndarray) -> "list[tf.Tensor]":
        import tensorflow as tf

        starts = range(0, max(1, len(rows)), self._at_a_time)
        with tf.device(DEVICE):
            parts = (rows[start : start + self._at_a_time] for start in starts)
            return [tf.constant(part.astype(np.float32)) for part in parts]


def score_weights(digit: int, against: int | None = None) -> np.ndarray:
    """Return weights of the logits whose sum says how much speaks for a digit, shape `(10,)`.

    Args:
        digit: 0 to 9.
        against: another digit; the sum is then the difference of the two logits, which is the
            logarithm of how many times more probable `digit` is. None for the digit's logit alone.
    """
    weights = np.zeros(10, np.float32)
    weights[digit] = 1
    if against is not None:
        weights[against] -= 1
    return weights


_networks: weakref.WeakKeyDictionary[Classifier, Network] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def network_of(classifier: Classifier) -> Network:
    """Return a classifier's network, taken apart once for as long as the classifier lives."""
    with _lock:
        if classifier not in _networks:
            _networks[classifier] = Network(classifier.model, classifier.calibration)
        return _networks[classifier]


def _size(tensor: "keras.KerasTensor") -> int:
    return int(np.prod([side or 1 for side in tensor.shape[1:]]))


def _tensors(model: "keras.Model") -> "tuple[Any, dict[str, Any]]":
    """Return a model's input, and what each layer gives, all in one graph."""
    import keras

    if not isinstance(model, keras.Sequential):
        layers = {layer.name: layer.output for layer in model.layers}
        return model.inputs, layers
    # Its layers' own `output` may belong to an earlier graph, of when it was put together.
    x = inputs = keras.Input((28, 28))
    tensors = {}
    for layer in model.layers:
        x = tensors[layer.name] = layer(x)
    return inputs, tensors


def _before_softmax(
    layers: "list[keras.Layer]", inputs: Any, tensors: dict[str, Any]
) -> tuple[Any, Any]:
    """Return the tensors of the last features and of the logits.

    A model that ends in another way than with softmax gets the logarithms of its probabilities,
    which are logits up to a constant.
    """
    import keras

    last = layers[-1]
    before = tensors[layers[-2].name] if len(layers) > 1 else inputs
    is_softmax = getattr(last, "activation", None) is keras.activations.softmax
    if isinstance(last, keras.layers.Dense) and is_softmax:
        # A layer of its own, with the same weights: the model's stays as it is.
        linear = keras.layers.Dense.from_config(
            {**last.get_config(), "activation": "linear", "name": f"{last.name}_logits"}
        )
        logits = linear(before)
        linear.set_weights(last.get_weights())
        return before, logits
    if is_softmax or isinstance(last, keras.layers.Softmax):
        return before, before
    return before, keras.ops.log(keras.ops.maximum(tensors[last.name], 1e-30))
