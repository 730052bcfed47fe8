"""Small networks with random weights, and one whose weights are known."""

from functools import cache

import keras
import numpy as np

from core.classifier import Classifier
from models import ARCHITECTURES

SMALL = {
    "mlp": {"hidden_units": (12, 8), "batch_normalization": True},
    "lenet5": {},
    "convnet": {"filters": (4, 6), "dense_units": 8},
    "resnet": {"filters": (4, 6)},
    "lstm": {"lstm_units": 12},
    "vit": {"embedding_size": 8, "attention_heads": 2, "transformer_blocks": 2},
}


@cache
def small_classifier(architecture):
    """Return a classifier that several tests share: to compile what explains it takes longest."""
    keras.utils.set_random_seed(1)
    return Classifier(ARCHITECTURES[architecture](**SMALL[architecture]))


def planted_classifier():
    """A convolution with two known filters, and an answer that counts what they find.

    The first filter is the difference of a pixel and its left neighbour, the second minus that. The
    sum of the first's outputs, a hundredth of it, is the logit of 3, and that of the second of 5.
    """
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            keras.layers.Reshape((28, 28, 1)),
            keras.layers.Conv2D(2, (1, 2), use_bias=False),
            keras.layers.Activation("relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    difference = np.array([-1.0, 1.0], np.float32).reshape(1, 2, 1)
    weights = np.zeros((28, 27, 2, 10), np.float32)
    weights[..., 0, 3] = weights[..., 1, 5] = 0.01
    model.set_weights(
        [np.stack([difference, -difference], axis=-1), weights.reshape(-1, 10), np.zeros(10)]
    )
    return Classifier(model)
