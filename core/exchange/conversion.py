"""Write a trained network in another format. TensorFlow is imported where it is used."""

import math
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.classifier import Classifier
from core.exchange.formats import Format

if TYPE_CHECKING:
    import keras


def convert(
    source: Path, format: Format, target: Path, *, examples: np.ndarray | None = None
) -> None:
    """Write the network of a `.keras` file in another format.

    Args:
        source: of the network, `(n, 28, 28)` to `(n, 10)` probabilities.
        format: of what is written.
        target: where to write it.
        examples: float32 images `(n, 28, 28)` in [0, 1] as the network will meet them, by which
            8 bits are divided: those that it was not tested on. Only "litert_int8" needs them.

    Raises:
        ModelError: the file cannot be used.
        Exception: whatever a converter raises.
    """
    model = Classifier.load(source).model  # which looks at the file first
    if format == "keras":
        shutil.copyfile(source, target)
        return
    model = _rebuilt(model, format)
    if format == "saved_model":
        with tempfile.TemporaryDirectory() as folder:
            model.export(folder, format="tf_saved_model", verbose=False)
            archive = shutil.make_archive(str(Path(folder) / "zipped"), "zip", folder)
            shutil.copyfile(archive, target)
    elif format == "onnx":
        model(np.zeros((1, 28, 28), np.float32))  # or Keras does not know what it takes
        model.export(target, format="onnx", verbose=False)
    else:
        _export_litert(model, target, examples if format == "litert_int8" else None)


def _export_litert(model: "keras.Model", target: Path, examples: np.ndarray | None) -> None:
    import keras
    import tensorflow as tf

    options: dict[str, Any] = {}
    is_recurrent = any(isinstance(layer, keras.layers.RNN) for layer in model.layers)
    if examples is not None:
        options["optimizations"] = [tf.lite.Optimize.DEFAULT]
        # Of a recurrent network LiteRT can count the weights in 8 bits, not the sums.
        if not is_recurrent:
            options["representative_dataset"] = lambda: ([image[None]] for image in examples)
    # The converter goes by the end of the name.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.tflite"
        model.export(path, format="litert", verbose=False, **options)
        shutil.copyfile(path, target)


def _rebuilt(model: "keras.Model", format: Format) -> "keras.Model":
    """Return a network of the same weights that a format's converter understands."""
    import keras

    def rebuild(layer: "keras.Layer") -> "keras.Layer":
        return type(layer).from_config({**layer.get_config(), **_changes(layer, format)})

    if not any(_changes(layer, format) for layer in model.layers):
        return model
    copy = keras.models.clone_model(model, clone_function=rebuild)
    copy.set_weights(model.get_weights())
    return copy


def _changes(layer: "keras.Layer", format: Format) -> dict[str, Any]:
    """Return what of a layer's configuration has to be another."""
    import keras

    changes: dict[str, Any] = {}
    if layer.compute_dtype != "float32":  # bfloat16 is known to few programs
        changes["dtype"] = "float32"
    # LiteRT has no loops of its own; written out, the steps are layers like any other.
    if format in ("litert", "litert_int8") and isinstance(layer, keras.layers.RNN):
        changes["unroll"] = True
    # ONNX has the error function, and not its complement, of which TensorFlow makes GELU.
    if format == "onnx" and getattr(layer, "activation", None) is keras.activations.gelu:
        changes["activation"] = _gelu
    return changes


def _gelu(x: Any) -> Any:
    import keras

    return 0.5 * x * (1.0 + keras.ops.erf(x / math.sqrt(2.0)))
