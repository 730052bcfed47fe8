"""Look at a `.keras` file before Keras opens it: how large it is, and of what its network is made.

A model may come from anybody. Keras's safe mode keeps it from bringing code along, but not from
asking for a layer of a trillion weights, unpacking to gigabytes, or having a layer read a file.
Nothing here computes with the network, or takes memory for its weights.
"""

import io
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.reading import UnusableFile, file_fingerprint, open_file, open_zip
from core.settings import ServerSettings

_CONFIG, _WEIGHTS = "config.json", "model.weights.h5"
_PARTS = {_CONFIG, _WEIGHTS, "metadata.json"}
# In bytes. The configuration of our largest network has 200,000.
_MOST_CONFIG = 1_000_000
# A weight may be a float64, and HDF5 needs some for each layer.
_BYTES_OF_WEIGHT, _BYTES_BESIDE = 8, 3_000_000
_MOST_LAYERS, _MOST_DEPTH, _MOST_VALUES = 400, 40, 100_000
# All outputs of all layers for one image: 200 MB.
_MOST_OUTPUTS = 50_000_000
# Small networks are read also where the server's owner lets nobody train larger ones.
_ALWAYS_ALLOWED = 1_000_000
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


def model_fingerprint(path: Path) -> str:
    """Return 12 hexadecimal digits that depend on each byte of a model's file.

    Raises:
        OSError: the file cannot be opened, or is larger than one that `check_model_file` accepts.
    """
    return file_fingerprint(path, most=_most_bytes(ServerSettings().max_parameters))


def check_model_file(path: Path, *, max_parameters: int) -> int:
    """Refuse a `.keras` file that is not a network of a reasonable size, made of Keras's layers.

    Args:
        path: of the file.
        max_parameters: weights that it may have.

    Returns:
        How many numbers the network's layers give for one image, all together.

    Raises:
        UnusableFile: the file is refused; the message says why.
        OSError: the file cannot be opened.
        Exception: whatever Keras and h5py raise where what is damaged leads them.
    """
    max_parameters = max(max_parameters, _ALWAYS_ALLOWED)
    most_weights, most = _most_weights(max_parameters), _most_bytes(max_parameters)
    with (
        open_file(path, most=most) as file,
        open_zip(file, most=most, most_entries=len(_PARTS)) as archive,
    ):
        names = set(archive.namelist())
        if not {_CONFIG, _WEIGHTS} <= names <= _PARTS:
            raise UnusableFile("it does not hold what Keras writes into a model's file")
        if archive.getinfo(_CONFIG).file_size > _MOST_CONFIG:
            raise UnusableFile("the description of its network is too long")
        config = _read_config(archive.read(_CONFIG))
        outputs = _measure(config, max_parameters)
        _check_weights(archive.read(_WEIGHTS), most_weights)
    return outputs


def _most_bytes(max_parameters: int) -> int:
    """Return how many bytes a file may have whose network has so many weights at most."""
    return _most_weights(max_parameters) + 2 * _MOST_CONFIG


def _most_weights(max_parameters: int) -> int:
    return _BYTES_OF_WEIGHT * max(max_parameters, _ALWAYS_ALLOWED) + _BYTES_BESIDE


def _read_config(content: bytes) -> dict[str, Any]:
    """Return the description of a network of Keras's own layers."""
    try:
        config = json.loads(content)
    except (ValueError, RecursionError):
        raise UnusableFile("the description of its network is damaged") from None
    if not isinstance(config, dict) or config.get("class_name") not in _MODELS:
        raise UnusableFile("it does not describe a network")
    num_layers = 0
    for described in _walk(config):
        if described.get("unroll") is True:
            raise UnusableFile("it has an unrolled layer, which takes too long to build")
        if "class_name" in described or "module" in described or "registered_name" in described:
            _check_class(described)
            num_layers += described.get("module") == "keras.layers"
    if num_layers > _MOST_LAYERS:
        raise UnusableFile(f"it has {num_layers} layers, more than {_MOST_LAYERS}")
    # How it was trained is of no interest, and may name what is not there.
    return {**config, "compile_config": None}


def _walk(config: Any) -> Iterator[dict[str, Any]]:
    """Yield every dictionary in a configuration, which may be neither large nor deep."""
    level, seen = [config], 0
    for _ in range(_MOST_DEPTH):
        seen += len(level)
        if seen > _MOST_VALUES:
            raise UnusableFile("the description of its network is too long")
        yield from (value for value in level if isinstance(value, dict))
        level = [inner for value in level for inner in _inside(value)]
    if level:
        raise UnusableFile("the description of its network is nested too deeply")


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [*value.values()]
    return value if isinstance(value, list) else []


def _check_class(described: dict[str, Any]) -> None:
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
    elif module in _ANY_CLASS | _OPERATIONS:
        is_ours = name.isidentifier() and name[:1].isupper()
    else:
        is_ours = name in _CLASSES.get(module or "", ())
    if not is_ours or registered not in (None, name):
        raise UnusableFile(f"it is made of {name[:40]!r}, which is not one of Keras's plain layers")


def _measure(config: dict[str, Any], max_parameters: int) -> int:
    """Return how many numbers the layers give for one image; refuse too many, and weights.

    In a graph, TensorFlow notes what it would compute, and gives no weight any memory.
    """
    import keras
    import tensorflow as tf

    graph = tf.Graph()
    with graph.as_default():
        model = keras.saving.deserialize_keras_object(config, safe_mode=True)
        if not isinstance(model, keras.Model):
            raise UnusableFile("it does not describe a network")
        num_parameters = model.count_params()
        if num_parameters > 1.05 * max_parameters:  # some count what is not trained, some do not
            raise UnusableFile(
                f"its network has {num_parameters:,} weights, more than the {max_parameters:,} "
                "that this server allows"
            )
        if tuple(model.input_shape) != (None, 28, 28) or tuple(model.output_shape) != (None, 10):
            raise UnusableFile(
                "expected a model from (n, 28, 28) images to (n, 10) probabilities, "
                f"received one from {model.input_shape} to {model.output_shape}"
            )
        first = len(graph.get_operations())
        model(tf.compat.v1.placeholder(tf.float32, (1, 28, 28)), training=False)
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


def _check_weights(content: bytes, most: int) -> None:
    """Refuse weights that unpack to more than `most` bytes, or are not numbers."""
    import h5py

    sizes = [0]

    def add(_: str, item: Any) -> None:
        if not isinstance(item, h5py.Dataset):
            return
        if item.dtype.kind not in "fiub" and item.dtype.str != "|V2":  # which is bfloat16
            raise UnusableFile("its weights are not numbers")
        sizes.append(math.prod(item.shape or ()) * item.dtype.itemsize)
        if sum(sizes) > most or len(sizes) > _MOST_VALUES:
            raise UnusableFile("its weights unpack to more than its network can have")

    with h5py.File(io.BytesIO(content), "r") as file:
        file.visititems(add)
