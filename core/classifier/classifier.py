"""Read a digit with a trained network. Does not know how the network was trained.

TensorFlow takes seconds to import, so it is imported when the first model is loaded, and pages
may import this module at no cost.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.classifier.calibration import Calibration, load_calibration

if TYPE_CHECKING:
    import keras
    import tensorflow as tf


class ModelError(Exception):
    """A model file cannot be used; the message says which and why, in one sentence."""


@dataclass(frozen=True)
class Prediction:
    """A network's answer for one image.

    Attributes:
        digit: the most probable digit, 0 to 9.
        confidence: its probability, in [0, 1].
        probabilities: float32 array of shape `(10,)` that sums to 1.
        device: what computed the answer, such as "CPU".
        is_sure: False where the confidence is below the threshold of the model's calibration: the
            image may not be a digit. Always True for a model without calibration.
    """

    digit: int
    confidence: float
    probabilities: np.ndarray
    device: str
    is_sure: bool = True


class Classifier:
    """A network loaded for inference, with its own copy of the weights; thread-safe."""

    def __init__(self, model: "keras.Model", calibration: Calibration | None = None) -> None:
        """Compile `model` for inference and call it once to warm up.

        Args:
            model: from images `(n, 28, 28)` to probabilities `(n, 10)`.
            calibration: applied to the probabilities; None leaves them as they are.

        Raises:
            ValueError: the model has another shape.
        """
        from core.devices import name_cpu, prepare_devices

        if tuple(model.input_shape) != (None, 28, 28) or tuple(model.output_shape) != (None, 10):
            raise ValueError(
                "expected a model from (n, 28, 28) images to (n, 10) probabilities, "
                f"received one from {model.input_shape} to {model.output_shape}"
            )
        self.calibration = calibration or Calibration()
        self._gpu, self._cpu = prepare_devices(), name_cpu()
        self._model = model
        self._place: str | None = None  # wherever TensorFlow likes
        self._answer = self._trace()
        self.predict_batch(np.zeros((1, 28, 28), np.float32))

    def _trace(self) -> "Callable[[tf.Tensor], tf.Tensor]":
        """Return the model as one function of images.

        It is faster than `model.predict` (1 ms against 160 ms for a digit) and, unlike it, safe to
        call from several sessions' threads.
        """
        import tensorflow as tf

        def answer(images: tf.Tensor) -> tf.Tensor:
            with tf.device(self._place):
                return self._model(images, training=False)

        signature = [tf.TensorSpec((None, 28, 28), tf.float32)]
        traced = tf.function(answer, input_signature=signature, autograph=False)
        return traced.get_concrete_function()

    def _compute(self, pixels: np.ndarray) -> "tf.Tensor":
        """Return probabilities `(n, 10)`; on the CPU from when the GPU's memory is taken."""
        import tensorflow as tf

        from core.devices import CPU_INSTEAD, is_out_of_gpu_memory

        try:
            with tf.device(self._place):
                return self._answer(tf.constant(pixels))
        except Exception as error:
            if self._place or not is_out_of_gpu_memory(error):
                raise
        self._place, self._cpu = "/CPU:0", CPU_INSTEAD
        self._answer = self._trace()
        return self._compute(pixels)

    @classmethod
    def load(cls, path: Path | str) -> "Classifier":
        """Load a `.keras` file, and the calibration beside it where there is one.

        Never runs code that the file contains.

        Raises:
            ModelError: the file does not exist, is damaged, or holds a model of another shape.
        """
        from core.devices import prepare_devices, with_gpu_or_without

        prepare_devices()
        import keras

        path = Path(path)
        if not path.is_file():
            raise ModelError(f"There is no model at {path}.")
        try:
            model = with_gpu_or_without(
                lambda: keras.saving.load_model(path, compile=False, safe_mode=True)
            )
            return cls(model, load_calibration(path))
        except Exception as error:  # Keras raises whatever the damaged part of the file leads to.
            reason = str(error).strip().splitlines()[0] if str(error).strip() else "no reason given"
            raise ModelError(f"{path.name} is not a usable model: {reason}") from error

    def predict(self, image: np.ndarray) -> Prediction:
        """Read one image.

        Args:
            image: array of shape `(28, 28)`; floats in [0, 1] or integers in [0, 255]; 0 is paper.

        Raises:
            ValueError: the image has another shape or holds numbers that are not finite.
        """
        image = np.asarray(image)
        if image.shape != (28, 28):
            raise ValueError(f"expected an image of shape (28, 28), received {image.shape}")
        answer = self._compute(_unit(image)[None])
        probabilities = self.calibration.apply(answer[0].numpy())
        digit = int(probabilities.argmax())
        return Prediction(
            digit=digit,
            confidence=float(probabilities[digit]),
            probabilities=probabilities,
            device=self._gpu if "GPU" in answer.device else self._cpu,
            is_sure=bool(self.calibration.is_sure(probabilities)),
        )

    def predict_batch(self, images: np.ndarray) -> np.ndarray:
        """Return float32 probabilities `(n, 10)` for images `(n, 28, 28)`, as for `predict`."""
        images = np.asarray(images)
        if images.ndim != 3 or images.shape[1:] != (28, 28):
            raise ValueError(f"expected images of shape (n, 28, 28), received {images.shape}")
        if len(images) == 0:
            return np.zeros((0, 10), np.float32)
        pixels = _unit(images)
        parts = (pixels[start : start + 500] for start in range(0, len(pixels), 500))
        answers = [self._compute(part).numpy() for part in parts]
        return self.calibration.apply(np.concatenate(answers))


def _unit(images: np.ndarray) -> np.ndarray:
    if np.issubdtype(images.dtype, np.integer):
        return images.astype(np.float32) / np.float32(255)
    if not np.isfinite(images).all():
        raise ValueError("expected finite numbers, received NaN or infinity")
    return images.astype(np.float32)
