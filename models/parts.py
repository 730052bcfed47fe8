"""Parts that several networks share: initial weights, batch normalisation, the output layer."""

import keras
from keras import layers

# Not every name that Keras knows: "ones" and the like have no use here.
_INITIAL_WEIGHTS = ("glorot_uniform", "he_normal", "lecun_normal", "small_normal", "zeros")


def kernel_initializer(initial_weights: str) -> keras.Initializer:
    """Return a new initializer: layers that shared one would begin with equal weights.

    Its random numbers depend on `keras.utils.set_random_seed`.

    Args:
        initial_weights: distribution of the weights before training. "glorot_uniform" (Glorot and
            Bengio 2010) suits tanh and sigmoid, "he_normal" (He et al. 2015, arXiv 1502.01852)
            relu and its variants, "lecun_normal" (LeCun et al. 1998, "Efficient BackProp") keeps
            the variance of a linear layer. "small_normal" has standard deviation 0.01 whatever the
            layer's size (Krizhevsky et al. 2012): signals vanish in deep networks. With "zeros"
            all neurons of a layer are alike, and most of them never learn.

    Raises:
        ValueError: the name is none of these.
    """
    if initial_weights not in _INITIAL_WEIGHTS:
        raise ValueError(
            f"initial_weights must be one of {', '.join(_INITIAL_WEIGHTS)}, "
            f"but received {initial_weights!r}."
        )
    if initial_weights == "small_normal":
        return keras.initializers.RandomNormal(stddev=0.01)
    return keras.initializers.get(initial_weights)


def normalization(batch_normalization: bool) -> list[keras.Layer]:
    """Return the layer between weights and activation, if any.

    Batch normalisation (Ioffe and Szegedy 2015, arXiv 1502.03167) subtracts the mean and learns
    its own, so that the layer before it needs no bias.
    """
    # Keras's momentum of 0.99 needs hundreds of steps before validation is right.
    return [layers.BatchNormalization(momentum=0.9)] if batch_normalization else []


def output(initial_weights: str) -> keras.Layer:
    """Return the last layer of a network: ten probabilities."""
    return layers.Dense(
        10, activation="softmax", kernel_initializer=kernel_initializer(initial_weights)
    )
