"""Share each batch among several devices, so that the step stays the same up to rounding."""

from collections.abc import Callable

import keras
import tensorflow as tf

_Result = tuple[tf.Tensor, tf.Tensor]


def run_in_shares(
    strategy: tf.distribute.Strategy,
    update: Callable[..., _Result],
    images: tf.Tensor,
    targets: tf.Tensor,
    *more: tf.Tensor,
) -> _Result:
    """Let each replica update its copy of the weights with its share of a batch.

    Args:
        strategy: has the replicas.
        update: called in each with its images, its targets, the size of the whole batch and
            `more`; returns the sum of its losses and how many images it classified correctly.
        images: the whole batch, shape `(n, 28, 28)`.
        targets: of shape `(n,)` or `(n, 10)`.
        *more: what every replica gets as it is.

    Returns:
        Both sums over all replicas.
    """
    replicas = strategy.num_replicas_in_sync
    # A batch with too few images for all replicas is repeated, which changes no mean.
    copies = tf.where(tf.shape(targets)[0] < replicas, replicas, 1)
    images, targets = tf.repeat(images, copies, axis=0), tf.repeat(targets, copies, axis=0)
    size = tf.cast(tf.shape(targets)[0], tf.float32)
    shares = [
        strategy.experimental_distribute_values_from_function(
            lambda context, whole=whole: whole[context.replica_id_in_sync_group :: replicas]
        )
        for whole in (images, targets)
    ]
    results = strategy.run(update, (*shares, size, *more))
    loss, correct = (strategy.reduce("SUM", part, axis=None) for part in results)
    return loss / tf.cast(copies, tf.float32), correct // copies


def normalize_whole_batches(model: keras.Model) -> None:
    """Let batch normalisation measure what all replicas have, and not each its own share."""
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.synchronized = True
