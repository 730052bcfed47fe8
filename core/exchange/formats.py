"""The formats in which a network leaves the app: what each is called and for, and who runs it."""

import re
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal

_UNSAFE = re.compile(r"[^\w .,()+-]+")
Format = Literal["keras", "litert", "litert_int8", "onnx", "saved_model"]


@dataclass(frozen=True)
class FormatInfo:
    """A format of model files.

    Attributes:
        label: what to call it.
        suffix: what a file's name ends with.
        purpose: what it is for.
        packages: modules that converting and running it need beside TensorFlow.
    """

    label: str
    suffix: str
    purpose: str
    packages: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """Return which of its packages are not installed."""
        return tuple(name for name in self.packages if find_spec(name) is None)


FORMATS: dict[Format, FormatInfo] = {
    "keras": FormatInfo("Keras", ".keras", "Python with Keras, to train further or to import here"),
    "litert": FormatInfo("LiteRT", ".tflite", "phones and small devices", ("ai_edge_litert",)),
    "litert_int8": FormatInfo(
        "LiteRT, 8 bits",
        ".int8.tflite",
        "small devices: a quarter of the size, computed in whole numbers",
        ("ai_edge_litert",),
    ),
    "onnx": FormatInfo(
        "ONNX", ".onnx", "ONNX Runtime, also in a browser", ("tf2onnx", "onnxruntime")
    ),
    "saved_model": FormatInfo(
        "SavedModel", ".savedmodel.zip", "TensorFlow Serving, and TensorFlow in other languages"
    ),
}


def file_name(name: str, suffix: str = "") -> str:
    """Return what a file can be called on any system that holds something with this name."""
    return (_UNSAFE.sub("_", name).strip(" .") or "run") + suffix
