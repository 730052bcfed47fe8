"""What augmentation would do to training images, as a picture to look at before training."""

import numpy as np
import tensorflow as tf

from core.charts import sheet
from core.data import Dataset
from core.hyperparameters import Hyperparameters
from core.training.augmentation import augment

_NUM_IMAGES = 8
_NUM_ROWS = 3
# Always the same, so that moving one setting shows what that setting does.
_SEED = 2026


def example_images(dataset: Dataset) -> np.ndarray:
    """Return a training image of each of the first eight digits, shape `(8, 28, 28)`."""
    _, first = np.unique(dataset.y_train, return_index=True)
    return dataset.x_train[first[:_NUM_IMAGES]]


def preview_augmentation(images: np.ndarray, hyperparameters: Hyperparameters) -> bytes:
    """Return a PNG: the images as they are, and below them three rows as training might see them.

    Args:
        images: float32 array of shape `(n, 28, 28)` in [0, 1], ink 1.
        hyperparameters: the settings to show.
    """
    seeds = [tf.constant([_SEED, row], tf.int32) for row in range(_NUM_ROWS)]
    augmented = [augment(tf.constant(images), hyperparameters, seed).numpy() for seed in seeds]
    return sheet([images, *augmented])
