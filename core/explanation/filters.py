"""The weights that see the image itself, as pictures."""

from typing import TYPE_CHECKING, Any

import numpy as np

from core.classifier import Classifier

if TYPE_CHECKING:
    import keras

_MOST_FILTERS = 64
_PIXELS = 28 * 28


def first_filters(classifier: Classifier) -> np.ndarray:
    """Return the weights of a classifier's first layer, as `filter_pictures` does."""
    return filter_pictures(classifier.model)


def filter_pictures(model: "keras.Model") -> np.ndarray:
    """Return the weights that see the image, as images: float32 `(n, height, width)`.

    A picture for each of the first 64 neurons or filters; one of all neurons for a network that
    sees a row of pixels at a time.
    """
    import keras

    kernel = keras.ops.convert_to_numpy(_first_kernel(model))
    if kernel.ndim == 4:  # of a convolution: height, width, channels, filters
        kernel = kernel.mean(axis=2)
    if kernel.ndim == 3:  # of image patches: height, width, filters
        kernels = kernel.transpose(2, 0, 1)
    elif kernel.shape[0] == _PIXELS:
        kernels = kernel.T.reshape(-1, 28, 28)
    else:  # of a row of pixels at a time: one picture of all its neurons
        kernels = kernel[None]
    return kernels[:_MOST_FILTERS].astype(np.float32)


def _first_kernel(model: "keras.Model") -> Any:
    return next(w for layer in model.layers for w in layer.weights if len(w.shape) > 1)
