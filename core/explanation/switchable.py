"""Which layers of a network have parts that can be switched off, and where.

Knows what layers are given and give, and computes nothing.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from core.explanation.layer_names import layer_names

if TYPE_CHECKING:
    import keras

Part = Literal["channel", "neuron", "unit", "head"]


@dataclass(frozen=True)
class Switchable:
    """A layer of which parts can be switched off.

    Attributes:
        name: such as "Convolution 1".
        part: what one of its parts is called; the units of a recurrent layer are those of its
            state, the heads those of an attention layer.
        count: how many parts it has.
        layer: what the layer itself is called.
        place: the layer whose outputs are masked, behind normalisation and activation, which may
            make something of a zero. None where zeros among the weights do.
        rows: the number of a weight of the layer whose rows belong to the parts and have to be
            zero, too: by these a state goes on to the next step, and a head to what follows.
    """

    name: str
    part: Part
    count: int
    layer: str
    place: str | None
    rows: int | None = None


def is_bias(variable: "keras.Variable") -> bool:
    """Tell whether a weight is added: a bias, or what a normalisation adds."""
    return variable.name in ("bias", "beta")


def find_switchable(model: "keras.Model") -> tuple[Switchable, ...]:
    """Find the layers whose parts can be switched off, but for the last, whose are the digits.

    Args:
        model: a functional one. Each of its layers is used once, as in what
            `keras.models.clone_model` returns; one that is used more often is left out.
    """
    numbers: Counter[str] = Counter()
    consumers = defaultdict(list)
    weighted = []
    for layer in model.layers:
        for tensor in _given(layer):
            consumers[id(tensor)].append(layer)
        if layer.trainable_weights:
            kind, _ = layer_names(layer)
            numbers[kind] += 1
            if _has_kernel(layer) and _given(layer) and hasattr(layer.output, "shape"):
                weighted.append((f"{kind} {numbers[kind]}", layer))
    return tuple(_switchable(name, layer, consumers) for name, layer in weighted[:-1])


def _switchable(
    name: str, layer: "keras.Layer", consumers: "dict[int, list[keras.Layer]]"
) -> Switchable:
    import keras

    if isinstance(layer, keras.layers.MultiHeadAttention):
        paths = [weight.path.rsplit("/", 2)[1:] for weight in layer.weights]
        rows = paths.index(["attention_output", "kernel"])
        return Switchable(name, "head", layer.weights[rows].shape[0], layer.name, None, rows)
    last = layer
    while len(following := consumers[id(last.output)]) == 1 and _keeps_channels(following[0]):
        last = following[0]
    count = layer.output.shape[-1]
    if isinstance(layer, keras.layers.LSTM | keras.layers.GRU | keras.layers.SimpleRNN):
        rows = [weight.name for weight in layer.weights].index("recurrent_kernel")
        return Switchable(name, "unit", count, layer.name, last.name, rows)
    part: Part = "channel" if len(layer.output.shape) == 4 else "neuron"
    return Switchable(name, part, count, layer.name, last.name)


def _given(layer: "keras.Layer") -> list[Any]:
    """Return what a layer is given; nothing where it is used more than once."""
    try:
        given = layer.input
    except (AttributeError, ValueError):
        return []
    return list(given) if isinstance(given, list | tuple) else [given]


def _has_kernel(layer: "keras.Layer") -> bool:
    return not _keeps_channels(layer) and any(
        len(weight.shape) > 1 and not is_bias(weight) for weight in layer.trainable_weights
    )


def _keeps_channels(layer: "keras.Layer") -> bool:
    """Tell whether a layer makes each channel of its own, and of nothing else."""
    import keras

    kinds = keras.layers
    normalisers = (kinds.BatchNormalization, kinds.Dropout)
    activations = (kinds.Activation, kinds.ReLU, kinds.LeakyReLU, kinds.PReLU, kinds.ELU)
    return isinstance(layer, normalisers + activations)
