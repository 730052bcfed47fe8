"""A small vision transformer: divides the image into patches that attend to each other."""

import keras
from keras import layers

from models.parts import kernel_initializer, output


def vit(
    *,
    patch_size: int = 7,
    embedding_size: int = 64,
    attention_heads: int = 4,
    transformer_blocks: int = 2,
    activation: str = "gelu",
    dropout: float = 0.1,
    initial_weights: str = "glorot_uniform",
) -> keras.Model:
    """Build a vision transformer (Dosovitskiy et al. 2020, arXiv 2010.11929).

    As in the paper, each block normalises before attention and before its dense layers. It differs
    in these: the answer comes from the mean of all patches and not from a class token (Beyer et
    al. 2022, arXiv 2205.01580), and a block's hidden layer is twice as wide as the embedding and
    not four times.

    Args:
        patch_size: width and height of a patch, in pixels; divides 28. Half of it gives four times
            as many patches.
        embedding_size: length of the vector that represents each patch.
        attention_heads: attention heads in each block; divides `embedding_size`.
        transformer_blocks: blocks of attention and two dense layers.
        activation: activation of the hidden layer in each block.
        dropout: share of the embedding, and of the output of each part of a block, dropped in
            training, in [0, 1).
        initial_weights: a name that `kernel_initializer` knows.

    Returns:
        An uncompiled model, `(n, 28, 28)` to `(n, 10)` probabilities.

    Raises:
        ValueError: `patch_size` does not divide 28 or `attention_heads` not `embedding_size`.
    """
    if 28 % patch_size:
        raise ValueError(f"patch_size must divide 28, but received {patch_size}.")
    if embedding_size % attention_heads:
        raise ValueError(
            f"embedding_size must be divisible by attention_heads, "
            f"but received {embedding_size} and {attention_heads}."
        )

    def dense(units: int, activation: str | None = None) -> keras.Layer:
        return layers.Dense(
            units, activation=activation, kernel_initializer=kernel_initializer(initial_weights)
        )

    def normalized(x: keras.KerasTensor) -> keras.KerasTensor:
        return layers.LayerNormalization(epsilon=1e-6)(x)

    patches = 28 // patch_size  # in each direction
    images = keras.Input((28, 28))
    x = layers.Reshape((patches, patch_size, patches, patch_size))(images)
    # The paper's equation 1 in one layer: all patches share the weights `yxe`, and the bias `rce`
    # is the position embedding. It begins as large as the embedded patches, not at the paper's
    # 0.02, where few images trained it little.
    x = layers.EinsumDense(
        "nrycx,yxe->nrce",
        output_shape=(patches, patches, embedding_size),
        bias_axes="rce",
        kernel_initializer=kernel_initializer(initial_weights),
        bias_initializer=keras.initializers.RandomNormal(stddev=0.5),
    )(x)
    x = layers.Reshape((patches**2, embedding_size))(x)
    x = layers.Dropout(dropout)(x)
    for _ in range(transformer_blocks):
        y = normalized(x)
        y = layers.MultiHeadAttention(
            attention_heads,
            embedding_size // attention_heads,
            kernel_initializer=kernel_initializer(initial_weights),
        )(y, y)
        x = layers.Add()([x, layers.Dropout(dropout)(y)])
        y = dense(2 * embedding_size, activation)(normalized(x))
        y = dense(embedding_size)(layers.Dropout(dropout)(y))
        x = layers.Add()([x, layers.Dropout(dropout)(y)])
    x = layers.GlobalAveragePooling1D()(normalized(x))
    return keras.Model(images, output(initial_weights)(x), name="vit")
