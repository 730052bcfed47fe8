"""Networks whose reasons are known, because they were put there by hand."""

import keras
import numpy as np
from keras import layers

from core.classifier import Classifier

# Where the ink lies that alone speaks for a 3.
RULE = (slice(8, 12), slice(5, 9))


def rule_network(*, strength: float = 1.5) -> Classifier:
    """Return a network that reads the more surely as a 3, the more ink is in `RULE`."""
    kernel = np.zeros((28, 28, 10), np.float32)
    kernel[(*RULE, 3)] = strength
    dense = layers.Dense(10, activation="softmax")
    model = keras.Sequential([keras.Input((28, 28)), layers.Flatten(), dense])
    dense.set_weights([kernel.reshape(784, 10), np.zeros(10, np.float32)])
    return Classifier(model)


def bars_network() -> Classifier:
    """Return a convolutional network: upright bars speak for a 1, level ones for a 7."""
    convolution = layers.Conv2D(2, 5, padding="same", activation="relu")
    dense = layers.Dense(10, activation="softmax")
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            layers.Reshape((28, 28, 1)),
            convolution,
            layers.GlobalAveragePooling2D(),
            dense,
        ]
    )
    upright = np.full((5, 5), -0.25, np.float32)
    upright[:, 2] = 1
    kernel = np.stack([upright, upright.T], axis=-1)[:, :, None, :]
    convolution.set_weights([kernel, np.full(2, -3.0, np.float32)])
    weights = np.zeros((2, 10), np.float32)
    weights[0, 1], weights[1, 7] = 40, 40
    dense.set_weights([weights, np.zeros(10, np.float32)])
    return Classifier(model)


def scribble() -> np.ndarray:
    """Return an image with ink in `RULE` and elsewhere."""
    image = np.zeros((28, 28), np.float32)
    image[6:14, 4:10] = 0.9
    image[4:24, 18:21] = 1
    return image


def two_bars() -> np.ndarray:
    """Return an image with an upright bar on the left and a level one on the right."""
    image = np.zeros((28, 28), np.float32)
    image[6:20, 6] = 1
    image[13, 15:26] = 1
    return image
