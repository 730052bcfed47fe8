"""What training does to images so that a network meets handwriting that is not in the data.

Works on whole batches inside TensorFlow's graph. Validation and test images never come here.
"""

import numpy as np
import tensorflow as tf

from core.hyperparameters import Hyperparameters

_CENTER = 13.5  # of a 28-pixel axis whose first pixel has coordinate 0
_SIZE = 28
# Elastic distortion: random moves at this many places along each side, smooth in between.
_ELASTIC_GRID = 6
_AFFINE = ("rotation", "shift", "zoom", "shear")


def augment(images: tf.Tensor, hyperparameters: Hyperparameters, seed: tf.Tensor) -> tf.Tensor:
    """Thicken or thin, then turn, slant, enlarge, move and bend each image at random.

    Whatever moves pixels happens in a single bilinear resampling: several would blur.

    Args:
        images: float32 tensor of shape `(n, 28, 28)`, 0 is paper.
        hyperparameters: `rotation` in degrees, `shift`, `thickness` and `elastic` in pixels,
            `zoom` and `shear` as shares.
        seed: int32 tensor of shape `(2,)`; the same seed gives the same result.

    Returns:
        float32 tensor of shape `(n, 28, 28)`; what comes in from outside is paper.
    """
    if hyperparameters.thickness:
        images = _change_thickness(images, hyperparameters.thickness, seed + 1)
    if hyperparameters.elastic:
        return _bend(images, hyperparameters, seed)
    if not any(getattr(hyperparameters, field) for field in _AFFINE):
        return images
    zero = tf.zeros(tf.shape(images)[:1])
    moved = tf.raw_ops.ImageProjectiveTransformV3(
        images=images[..., None],
        transforms=tf.stack([*_draw_affine(images, hyperparameters, seed), zero, zero], axis=1),
        output_shape=[_SIZE, _SIZE],
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
    )
    return moved[..., 0]


def _draw_affine(
    images: tf.Tensor, hyperparameters: Hyperparameters, seed: tf.Tensor
) -> tuple[tf.Tensor, ...]:
    """Draw turn, slant, zoom and shift for each image.

    Returns:
        Six tensors a, b, c, d, e, f of shape `(n,)`: the pixel (x, y) of the result comes from
        (a x + b y + c, d x + e y + f) of the image.
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
    # Each pixel of the result is mapped to a place in the source, so these are the inverse of what
    # happens to the ink; with ranges symmetric about zero, only the zoom has to be turned round.
    cos, sin = tf.cos(angle), tf.sin(angle)
    scale_x, scale_y = 1.0 / (1.0 + zoom_x), 1.0 / (1.0 + zoom_y)
    a, b = cos * scale_x, (shear * cos - sin) * scale_y
    c, d = sin * scale_x, (shear * sin + cos) * scale_y
    offset_x = _CENTER - a * _CENTER - b * _CENTER + shift_x
    offset_y = _CENTER - c * _CENTER - d * _CENTER + shift_y
    return a, b, offset_x, c, d, offset_y


def _change_thickness(images: tf.Tensor, limit: float, seed: tf.Tensor) -> tf.Tensor:
    """Mix each image with its own dilation or erosion, which move every outline by a pixel."""
    padded = images[..., None]
    amount = tf.random.stateless_uniform((tf.shape(images)[0], 1, 1, 1), seed, -limit, limit)
    thicker = tf.nn.max_pool2d(padded, 3, 1, "SAME")
    thinner = -tf.nn.max_pool2d(-padded, 3, 1, "SAME")
    mixed = tf.where(
        amount > 0,
        padded + amount * (thicker - padded),
        padded + amount * (padded - thinner),
    )
    # Erosion takes the strongest ink of thin lines too; what is left is a thinner pen, not a paler.
    strongest = tf.reduce_max(padded, axis=[1, 2, 3], keepdims=True)
    left = tf.reduce_max(mixed, axis=[1, 2, 3], keepdims=True)
    mixed *= tf.minimum(strongest / tf.maximum(left, 1e-3), 3.0)
    return mixed[..., 0]


def _bend(images: tf.Tensor, hyperparameters: Hyperparameters, seed: tf.Tensor) -> tf.Tensor:
    """Move every pixel by a smooth random field, together with the affine changes.

    Elastic distortion after Simard, Steinkraus and Platt 2003 ("Best practices for convolutional
    neural networks applied to visual document analysis"). They smooth a random move for each pixel
    with a Gaussian; here few random moves are interpolated, which costs far less and is as smooth.
    """
    num_images = tf.shape(images)[0]
    coarse = tf.random.stateless_normal(
        (num_images, _ELASTIC_GRID, _ELASTIC_GRID, 2), seed + 2, stddev=hyperparameters.elastic
    )
    moves = tf.image.resize(coarse, (_SIZE, _SIZE), "bicubic")
    a, b, c, d, e, f = (
        value[:, None, None] for value in _draw_affine(images, hyperparameters, seed)
    )
    y, x = np.mgrid[:_SIZE, :_SIZE].astype(np.float32)
    return _sample(images, a * x + b * y + c + moves[..., 0], d * x + e * y + f + moves[..., 1])


def _sample(images: tf.Tensor, x: tf.Tensor, y: tf.Tensor) -> tf.Tensor:
    """Read each image at places between its pixels, bilinearly; outside is paper."""
    # With a frame of paper, whatever lies outside reads from the frame.
    padded = tf.pad(images, [[0, 0], [1, 1], [1, 1]])
    side = _SIZE + 2
    x = tf.clip_by_value(x + 1.0, 0.0, side - 1.001)
    y = tf.clip_by_value(y + 1.0, 0.0, side - 1.001)
    left, top = tf.floor(x), tf.floor(y)
    right_share, lower_share = x - left, y - top
    start = tf.range(tf.shape(images)[0])[:, None, None] * side * side
    corner = start + tf.cast(top, tf.int32) * side + tf.cast(left, tf.int32)
    pixels = tf.reshape(padded, [-1])
    upper = tf.gather(pixels, corner) * (1 - right_share) + (
        tf.gather(pixels, corner + 1) * right_share
    )
    lower = tf.gather(pixels, corner + side) * (1 - right_share) + (
        tf.gather(pixels, corner + side + 1) * right_share
    )
    return upper * (1 - lower_share) + lower * lower_share
