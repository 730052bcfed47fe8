"""What a person calls a kind of layer."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

# What is said of a layer by its class's name: in full, and short for where there is little room.
_NAMES = {
    "Conv": ("Convolution", "Conv"),
    "MaxPooling": ("Maximum pooling", "Pool"),
    "AveragePooling": ("Mean pooling", "Pool"),
    "GlobalAveragePooling1D": ("Mean of all patches", "Mean"),
    "GlobalAveragePooling": ("Mean of each channel", "Mean"),
    "GlobalMaxPooling": ("Maximum of each channel", "Max"),
    "MultiHeadAttention": ("Attention", "Attn"),
    "EinsumDense": ("Patches", "Patches"),
    "Dense": ("Dense", "Dense"),
}


def layer_names(layer: "keras.Layer") -> tuple[str, str]:
    """Return the name of a layer's kind, such as "Convolution", and a short one, such as "Conv"."""
    kind = type(layer).__name__
    for start, names in _NAMES.items():
        if kind.startswith(start):
            return names
    return kind, kind
