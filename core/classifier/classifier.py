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
from core.classifier.model_file import check_model_file, explain_newer_keras, keras_version
from core.data import as_floats
from core.reading import explain_os_error
from core.settings import PRETRAINED, ServerSettings

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

_MOST_AT_A_TIME = 500  # images
# What the outputs of all layers for these images may take, in numbers: 1 GB.
_MOST_OUTPUTS = 250_000_000
_LONGEST_REASON = 240  # characters


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

    def __init__(
        self,
        model: "keras.Model",
        calibration: Calibration | None = None,
        *,
        outputs_per_image: int = 1,
    ) -> None:
        """Compile `model` for inference and call it once to warm up.

        Args:
            model: from images `(n, 28, 28)` to probabilities `(n, 10)`.
            calibration: applied to the probabilities; None leaves them as they are.
            outputs_per_image: numbers that its layers give for one image; so many images are
                classified at a time that they do not take all memory.

        Raises:
            ValueError: the model has another shape, or does not answer with probabilities.
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
        at_a_time = _MOST_OUTPUTS // max(1, outputs_per_image)
        self._at_a_time = max(1, min(_MOST_AT_A_TIME, at_a_time))
        _check_answers(self._compute(_examples()).numpy())

    @property
    def model(self) -> "keras.Model":
        """Return the network, which others may look at but never change."""
        return self._model

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

        Never runs code that the file contains, and looks at its size before it takes memory.

        Raises:
            ModelError: the file does not exist, is damaged, is larger than a network that this
                server would train, or holds a model that does not give ten probabilities.
        """
        from core.devices import prepare_devices, with_gpu_or_without

        prepare_devices()
        import keras

        path = Path(path)
        if not path.is_file():
            raise ModelError(f"There is no model at {path.name}.")
        try:
            # The one that comes with the app needs no check, and a server that starts waits for it.
            max_parameters = ServerSettings().max_parameters
            outputs = (
                1 if path == PRETRAINED else check_model_file(path, max_parameters=max_parameters)
            )
            earlier = load_calibration(path)
            model = with_gpu_or_without(
                lambda: keras.saving.load_model(path, compile=False, safe_mode=True)
            )
            calibration = load_calibration(path)
            if earlier is None or calibration is None or earlier.model != calibration.model:
                # Training may have replaced the file meanwhile: whose weights these are is unknown.
                calibration = None
            return cls(model, calibration, outputs_per_image=outputs)
        except Exception as error:  # Keras raises whatever the damaged part of the file leads to.
            reason = _explain(error, path)
            reason = explain_newer_keras(keras_version(path), reason) or reason
        # Not from the error, whose frames hold whatever had been read.
        raise ModelError(f"{path.name} is not a usable model: {reason}")

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
        return self.calibration.apply(self.uncalibrated(images))

    def uncalibrated(self, images: np.ndarray) -> np.ndarray:
        """Return what `predict_batch` does, as the network gives it, without its calibration."""
        images = np.asarray(images)
        if images.ndim != 3 or images.shape[1:] != (28, 28):
            raise ValueError(f"expected images of shape (n, 28, 28), received {images.shape}")
        if len(images) == 0:
            return np.zeros((0, 10), np.float32)
        pixels = _unit(images)
        starts = range(0, len(pixels), self._at_a_time)
        parts = (pixels[start : start + self._at_a_time] for start in starts)
        answers = [self._compute(part).numpy() for part in parts]
        return np.concatenate(answers)


def _unit(images: np.ndarray) -> np.ndarray:
    if not np.isfinite(images).all():
        raise ValueError("expected finite numbers, received NaN or infinity")
    return as_floats(images)


def _examples() -> np.ndarray:
    """Return images that tell a network that gives probabilities: paper, ink, shades, noise."""
    noise = np.random.default_rng(0).random((2, 28, 28), np.float32)
    shades = np.tile(np.linspace(0, 1, 28, dtype=np.float32), (28, 1))
    return np.stack([np.zeros((28, 28), np.float32), np.ones_like(shades), shades, *noise])


def _check_answers(answers: np.ndarray) -> None:
    """Refuse answers that are not probabilities.

    Raises:
        ValueError: they are not.
    """
    if not np.isfinite(answers).all():
        raise ValueError("its answers are not numbers (NaN or infinity)")
    # A network in 16 bits is off by almost a hundredth.
    if answers.min() < -1e-3 or np.abs(answers.sum(axis=1) - 1).max() > 0.02:
        raise ValueError(
            "its answers are not probabilities: ten numbers from 0 to 1 that add up to 1, as a "
            "softmax layer at its end gives them"
        )


def _explain(error: Exception, path: Path) -> str:
    """Return the first line of what an error says, shortened, without the server's folders."""
    if isinstance(error, OSError) and error.errno:
        return explain_os_error(error)
    said = str(error).replace(str(path), path.name).replace(str(path.parent), "its folder")
    line = next(iter(said.strip().splitlines()), "") or "no reason given"
    seen = "".join(c for c in line if c.isprintable())
    return seen if len(seen) <= _LONGEST_REASON else f"{seen[: _LONGEST_REASON - 1]}…"
