"""Run a network in its own format, by the program that is made for it, as its users will.

Each runtime is imported where it is used.
"""

import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from core.exchange.formats import Format

Answer = Callable[[np.ndarray], np.ndarray]
_TIMED_DIGITS = 50
_AT_A_TIME = 250  # images, whose outputs of all layers have to fit into the memory


@dataclass(frozen=True, eq=False)
class Measured:
    """What a converted network does.

    Attributes:
        answers: float32 `(n, 10)`, for the images that it was given.
        milliseconds: for one digit, the median of some.
    """

    answers: np.ndarray
    milliseconds: float


def measure(path: Path, format: Format, images: np.ndarray) -> Measured:
    """Classify float32 images `(n, 28, 28)` in [0, 1], one at a time where that is timed.

    Raises:
        Exception: whatever the runtime raises where it cannot run the file.
    """
    with tempfile.TemporaryDirectory() as folder:
        answer = _OPENERS[format](path, Path(folder))
        answer(images[:1])  # some prepare with the first image
        times = []
        for image in images[:_TIMED_DIGITS]:
            start = time.perf_counter()
            answer(image[None])
            times.append(time.perf_counter() - start)
        starts = range(0, len(images), _AT_A_TIME)
        answers = [answer(images[start : start + _AT_A_TIME]) for start in starts]
        return Measured(np.concatenate(answers), 1000 * median(times))


def _open_keras(path: Path, _: Path) -> Answer:
    import keras
    import tensorflow as tf

    model = keras.saving.load_model(path, compile=False, safe_mode=True)
    function = tf.function(lambda images: model(images, training=False))
    return lambda images: function(tf.constant(images)).numpy()


def _open_litert(path: Path, _: Path) -> Answer:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(path), num_threads=1)
    interpreter.allocate_tensors()
    taken, given = interpreter.get_input_details()[0], interpreter.get_output_details()[0]

    def answer(images: np.ndarray) -> np.ndarray:
        answers = []
        for image in images:
            interpreter.set_tensor(taken["index"], image[None])
            interpreter.invoke()
            answers.append(interpreter.get_tensor(given["index"])[0])
        return np.array(answers, np.float32)

    return answer


def _open_onnx(path: Path, _: Path) -> Answer:
    import onnxruntime

    session = onnxruntime.InferenceSession(path)
    name = session.get_inputs()[0].name
    return lambda images: session.run(None, {name: images})[0]


def _open_saved_model(path: Path, folder: Path) -> Answer:
    import tensorflow as tf

    with zipfile.ZipFile(path) as archive:  # which this app has written itself
        archive.extractall(folder)
    model = tf.saved_model.load(folder)
    return lambda images: model.serve(tf.constant(images)).numpy()


_OPENERS: dict[Format, Callable[[Path, Path], Answer]] = {
    "keras": _open_keras,
    "litert": _open_litert,
    "litert_int8": _open_litert,
    "onnx": _open_onnx,
    "saved_model": _open_saved_model,
}
