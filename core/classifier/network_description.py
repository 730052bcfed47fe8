"""Look at the description of a network before Keras builds it: of what it is made, how large it is.

It may come from anybody. Keras's safe mode keeps it from bringing code along, but not from asking
for a layer of a trillion weights, or having a layer read a file. Nothing here takes memory for
weights.
"""

import json
import math
from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING, Any

from core.reading import UnusableFile

if TYPE_CHECKING:
    import keras

# In bytes. The configuration of our largest network has 200,000.
MOST_DESCRIPTION = 1_000_000
MOST_VALUES = 100_000
_MOST_LAYERS, _MOST_CALLS, _MOST_DEPTH = 400, 2000, 40
# All outputs of all layers for one image: 200 MB.
_MOST_OUTPUTS = 50_000_000
# Where Keras's own classes are that have no code or file of their own, by module.
_ANY_CLASS = {"keras.initializers", "keras.regularizers", "keras.constraints"}
_OPERATIONS = {"keras.src.ops.numpy", "keras.src.ops.nn"}
_MODELS = {"Sequential", "Functional", "Model"}
_CLASSES = {
    "keras": {*_MODELS, "DTypePolicy"},
    "keras.models": _MODELS,
    "keras.src.models.functional": _MODELS,
    "keras.src.models.sequential": _MODELS,
    "keras.dtype_policies": {"DTypePolicy"},
    # What a network becomes part of another by.
    "keras.src.ops.core": {"ConvertToTensor"},
}
# Left out are layers with code (Lambda), with a model or a vocabulary in another file, and those
# that know no images.
_NAMES = (
    "InputLayer Activation ActivityRegularization Add AlphaDropout Attention Average "
    "AveragePooling1D AveragePooling2D BatchNormalization Bidirectional CenterCrop Concatenate "
    "Conv1D Conv1DTranspose Conv2D Conv2DTranspose Cropping1D Cropping2D Dense DepthwiseConv1D "
    "DepthwiseConv2D Dot Dropout ELU EinsumDense Embedding Flatten GELU GRU GRUCell "
    "GaussianDropout GaussianNoise GlobalAveragePooling1D GlobalAveragePooling2D "
    "GlobalMaxPooling1D GlobalMaxPooling2D GroupNormalization GroupQueryAttention Identity LSTM "
    "LSTMCell LayerNormalization LeakyReLU Masking MaxPooling1D MaxPooling2D Maximum Minimum "
    "MultiHeadAttention Multiply Normalization PReLU Permute RMSNormalization ReLU RepeatVector "
    "Rescaling Reshape Resizing SeparableConv1D SeparableConv2D SimpleRNN SimpleRNNCell Softmax "
    "SpatialDropout1D SpatialDropout2D Subtract ThresholdedReLU TimeDistributed UnitNormalization "
    "UpSampling1D UpSampling2D ZeroPadding1D ZeroPadding2D"
)
_LAYERS = set(_NAMES.split())
_LEGACY = {"DTypePolicy", "Policy", "__tuple__"}


def read_description(content: bytes, *, is_legacy: bool = False) -> dict[str, Any]:
    """Return the description of a network of Keras's own layers.

    Args:
        content: as JSON.
        is_legacy: whether it is as Keras 2 wrote it, where a class has a name and no module.

    Raises:
        UnusableFile: it is made of anything else, or is damaged.
    """
    try:
        config = json.loads(content)
    except (ValueError, RecursionError):
        raise UnusableFile("the description of its network is damaged") from None
    if not isinstance(config, dict) or config.get("class_name") not in _MODELS:
        raise UnusableFile("it does not describe a network")
    # How it was trained is of no interest, and may name what is not there.
    config = {**config, "compile_config": None}
    num_layers = 0
    for described in _walk(config):
        if described.get("unroll"):
            raise UnusableFile("it has an unrolled layer, which takes too long to build")
        if "class_name" in described or "module" in described or "registered_name" in described:
            _check_class(described, is_legacy=is_legacy)
            num_layers += described.get("class_name") in _LAYERS
    if num_layers > _MOST_LAYERS:
        raise UnusableFile(f"it has {num_layers} layers, more than {_MOST_LAYERS}")
    if (num_calls := _num_calls(config)) > _MOST_CALLS:
        raise UnusableFile(f"it calls its layers {num_calls:,} times, more than {_MOST_CALLS:,}")
    return config


def _num_calls(value: Any) -> int:
    """Return how often layers are called for an image: a network in another as often as it is."""
    calls = sum(map(_num_calls, _inside(value)))
    if not isinstance(value, dict):
        return calls
    nodes = value.get("inbound_nodes")
    times = len(nodes) if isinstance(nodes, list) else 1
    return max(1, times) * (calls + (value.get("class_name") in _LAYERS))


def _walk(config: Any) -> Iterator[dict[str, Any]]:
    """Yield every dictionary in a configuration, which may be neither large nor deep."""
    level, seen = [config], 0
    for _ in range(_MOST_DEPTH):
        seen += len(level)
        if seen > MOST_VALUES:
            raise UnusableFile("the description of its network is too long")
        yield from (value for value in level if isinstance(value, dict))
        level = [inner for value in level for inner in _inside(value)]
    if level:
        raise UnusableFile("the description of its network is nested too deeply")


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [*value.values()]
    return value if isinstance(value, list) else []


def _check_class(described: dict[str, Any], *, is_legacy: bool) -> None:
    """Refuse what is not one of Keras's own classes that only compute."""
    name, module = described.get("class_name"), described.get("module")
    registered = described.get("registered_name")
    if not isinstance(name, str) or not isinstance(module, str | None):
        raise UnusableFile("the description of its network is damaged")
    if name == "__keras_tensor__":
        return
    if name == "function":  # such as an activation, by its name
        is_ours = module in ("builtins", "keras.activations") and registered in ("function", None)
    elif module == "keras.layers":
        is_ours = name in _LAYERS
    elif module is None and is_legacy:
        is_ours = name in _LAYERS | _MODELS | _LEGACY or _is_rule(name)
    elif module in _ANY_CLASS | _OPERATIONS:
        is_ours = name.isidentifier() and name[:1].isupper()
    else:
        is_ours = name in _CLASSES.get(module or "", ())
    if not is_ours or registered not in (None, name):
        raise UnusableFile(f"it is made of {name[:40]!r}, which is not one of Keras's plain layers")


def _is_rule(name: str) -> bool:
    """Tell whether a class is one of Keras's that make first weights, or hold weights small."""
    import keras

    modules = (keras.initializers, keras.regularizers, keras.constraints)
    return name[:1].isupper() and any(hasattr(module, name) for module in modules)


def measure_network(
    build: "Callable[[], keras.Model]", *, max_parameters: int, inputs: Collection[tuple[int, ...]]
) -> int:
    """Return how many numbers the layers give for one image; refuse too many, and weights.

    In a graph, TensorFlow notes what it would compute, and gives no weight any memory.

    Args:
        build: makes the network of what it is described as.
        max_parameters: weights that it may have.
        inputs: the shapes of an image that it may take.
    """
    import keras
    import tensorflow as tf

    graph = tf.Graph()
    with graph.as_default():
        model = build()
        if not isinstance(model, keras.Model):
            raise UnusableFile("it does not describe a network")
        num_parameters = model.count_params()
        if num_parameters > 1.05 * max_parameters:  # some count what is not trained, some do not
            raise UnusableFile(
                f"its network has {num_parameters:,} weights, more than the {max_parameters:,} "
                "that this server allows"
            )
        taken, given = model.input_shape, model.output_shape
        if not isinstance(taken, tuple) or taken[1:] not in inputs or given != (None, 10):
            accepted = " or ".join(f"(n, {', '.join(map(str, shape))})" for shape in inputs)
            raise UnusableFile(
                f"expected a model from {accepted} images to (n, 10) probabilities, "
                f"received one from {taken} to {given}"
            )
        first = len(graph.get_operations())
        model(tf.compat.v1.placeholder(tf.float32, (1, *taken[1:])), training=False)
    outputs = sum(
        math.prod(size or 1 for size in output.shape.as_list())
        for operation in graph.get_operations()[first:]
        if operation.type != "ReadVariableOp"  # a weight
        for output in operation.outputs
        if output.shape.rank is not None
    )
    if outputs > _MOST_OUTPUTS:
        raise UnusableFile(f"its layers would give {outputs:,} numbers for one image")
    return int(outputs)
