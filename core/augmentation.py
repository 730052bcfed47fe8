"""What training does to images so that a network meets handwriting that is not in the data.

Works on whole batches inside TensorFlow's graph. Validation and test images never come here.
"""

import numpy as np
import tensorflow as tf

from core.hyperparameters import Hyperparameters

_CENTER = 13.5  # of a 28-pixel axis whose first pixel has coordinate 0


def augments(hyperparameters: Hyperparameters) -> bool:
    """Tell whether these settings change training images at all."""
    return any(
        (
            hyperparameters.rotation,
            hyperparameters.shift,
            hyperparameters.zoom,
            hyperparameters.shear,
        )
    )


def augment(images: tf.Tensor, hyperparameters: Hyperparameters, seed: tf.Tensor) -> tf.Tensor:
    """Turn, slant, enlarge and move each image at random, all in one bilinear resampling.

    Args:
        images: float32 tensor of shape `(n, 28, 28)`, 0 is paper.
        hyperparameters: `rotation` in degrees, `shift` in pixels, `zoom` and `shear` as shares.
        seed: int32 tensor of shape `(2,)`; the same seed gives the same result.

    Returns:
        float32 tensor of shape `(n, 28, 28)`; what comes in from outside is paper.
    """
    limits = np.array(
        [
            np.deg2rad(hyperparameters.rotation),
            hyperparameters.shear,
            hyperparameters.zoom,
            hyperparameters.zoom,
            hyperparameters.shift,
            hyperparameters.shift,
        ],
        np.float32,
    )
    num_images = tf.shape(images)[0]
    draws = tf.random.stateless_uniform((num_images, 6), seed, -1.0, 1.0) * limits
    angle, shear, zoom_x, zoom_y, shift_x, shift_y = tf.unstack(draws, axis=1)
    # ImageProjectiveTransform maps each pixel of the result to a place in the source, so these
    # are the inverse of what happens to the ink; with ranges symmetric about zero, only the zoom
    # has to be turned round.
    cos, sin = tf.cos(angle), tf.sin(angle)
    scale_x, scale_y = 1.0 / (1.0 + zoom_x), 1.0 / (1.0 + zoom_y)
    a, b = cos * scale_x, (shear * cos - sin) * scale_y
    c, d = sin * scale_x, (shear * sin + cos) * scale_y
    offset_x = _CENTER - a * _CENTER - b * _CENTER + shift_x
    offset_y = _CENTER - c * _CENTER - d * _CENTER + shift_y
    zero = tf.zeros_like(a)
    transforms = tf.stack([a, b, offset_x, c, d, offset_y, zero, zero], axis=1)
    moved = tf.raw_ops.ImageProjectiveTransformV3(
        images=images[..., None],
        transforms=transforms,
        output_shape=[28, 28],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
    )
    return moved[..., 0]
