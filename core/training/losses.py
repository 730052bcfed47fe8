"""The losses that the settings offer. Does not know who computes with them."""

import keras
import tensorflow as tf

from core.hyperparameters import Hyperparameters

_NUM_DIGITS = 10


def losses(
    hyperparameters: Hyperparameters, targets: tf.Tensor, probabilities: tf.Tensor
) -> tf.Tensor:
    """Return the loss of each image, shape `(n,)`.

    Args:
        hyperparameters: give the loss and its label smoothing.
        targets: the right digits, integers of shape `(n,)`, or probabilities to learn, floats of
            shape `(n, 10)`, which are taken as they are.
        probabilities: of shape `(n, 10)`; Keras takes the logits where the last layer is softmax.
    """
    if targets.shape.rank == 2:
        return keras.losses.categorical_crossentropy(targets, probabilities)
    if hyperparameters.loss == "mean_squared_error":
        return keras.losses.mean_squared_error(tf.one_hot(targets, _NUM_DIGITS), probabilities)
    if not hyperparameters.label_smoothing:
        return keras.losses.sparse_categorical_crossentropy(targets, probabilities)
    return keras.losses.categorical_crossentropy(
        tf.one_hot(targets, _NUM_DIGITS),
        probabilities,
        label_smoothing=hyperparameters.label_smoothing,
    )
