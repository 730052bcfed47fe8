"""A network as a person would list it: stages from the image to the answer, with plain names.

A stage is a layer with weights together with the normalisation, activation, addition and dropout
that follow it, or a layer that pools. What only reshapes is none.
"""

import threading
import weakref
from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from core.explanation.layer_names import layer_names
from core.explanation.network import Network

if TYPE_CHECKING:
    import keras

T = TypeVar("T")
IMAGE, ANSWER = "Image", "Answer"
_BLOCK = ("Residual block", "Block")


@dataclass(frozen=True, eq=False)
class Stage:
    """A part of a network.

    Attributes:
        name: such as "Convolution 2".
        short: the same for where there is little room, such as "Conv 2".
        layer: the Keras layer that it begins with.
        tensor: what comes out at its end, `(n, height, width, channels)`, `(n, places, channels)`
            or `(n, units)`.
        is_passage: whether everything on the way from image to answer passes through it.
        is_pooling: whether it only summarises each channel of the stage before.
    """

    name: str
    short: str
    layer: "keras.Layer"
    tensor: Any
    is_passage: bool
    is_pooling: bool


def stages_of(network: Network) -> tuple[Stage, ...]:
    """Return a network's stages between image and answer, in the order of computation."""
    return kept(network, "stages", lambda: _find_stages(network))


def as_channels(values: np.ndarray) -> np.ndarray:
    """Return what a stage gives for some images with the channels first.

    Returns:
        An array of shape `(n, channels, height, width)`, or `(n, units)`. Places in one row, such
        as the patches of a vision transformer, are put in a square where that is possible.
    """
    if values.ndim == 2:
        return values
    if values.ndim == 3:
        side = round(values.shape[1] ** 0.5)
        shape = (side, side) if side**2 == values.shape[1] else (values.shape[1], 1)
        values = values.reshape(len(values), *shape, values.shape[-1])
    return np.moveaxis(values, -1, 1)


_kept: "weakref.WeakKeyDictionary[Network, dict[Hashable, Any]]" = weakref.WeakKeyDictionary()
_lock = threading.RLock()


def kept(network: Network, key: Hashable, make: Callable[[], T]) -> T:
    """Return what `make` gives, kept for as long as the network lives; it may not refer to it.

    For what costs time to build and depends on no image, such as a compiled function.
    """
    with _lock:
        of_network = _kept.setdefault(network, {})
        if key not in of_network:
            of_network[key] = make()
        found: T = of_network[key]
        return found


def inputs_of(network: Network, layer: "keras.Layer") -> list[Any]:
    """Return the tensors that a layer gets, in the graph of `network.tensors`."""
    import keras

    if isinstance(network.model, keras.Sequential):
        place = network.layers.index(layer)
        before = network.tensors[network.layers[place - 1].name] if place else network.inputs
        return list(keras.tree.flatten(before))
    return list(keras.tree.flatten(layer.input))


def _find_stages(network: Network) -> tuple[Stage, ...]:
    parents = _parents(network)
    children: dict[str, list[keras.Layer]] = {}
    for layer in network.layers:
        for name in parents[layer.name]:
            children.setdefault(name, []).append(layer)
    answer = network.layers[-1].name
    found: dict[str, Stage] = {}
    for layer in network.layers:
        is_pooling = "Pooling" in type(layer).__name__
        if not (is_pooling or layer.weights) or _only_adjusts(layer):
            continue
        end, adds = _end(layer, children)
        tensor = network.tensors[end.name]
        if end.name in found or end.name == answer or not _is_shown(tensor):
            continue
        is_map = len(tensor.shape) == 4
        name, short = _BLOCK if adds and is_map else layer_names(layer)
        is_passage = not _reaches_input(answer, parents, without=end.name)
        found[end.name] = Stage(name, short, layer, tensor, is_passage, is_pooling)
    return tuple(_numbered(found.values()))


def _parents(network: Network) -> dict[str, set[str]]:
    """Return the names of the layers whose outputs each layer gets; "" for the image."""
    import keras

    makers = {
        id(tensor): name
        for name, tensors in network.tensors.items()
        for tensor in keras.tree.flatten(tensors)
    }
    computed = {layer.name for layer in network.layers}
    parents = {}
    for layer in network.layers:
        names = {makers.get(id(tensor), "") for tensor in inputs_of(network, layer)}
        parents[layer.name] = {name if name in computed else "" for name in names}
    return parents


def _end(layer: "keras.Layer", children: "dict[str, list[keras.Layer]]") -> tuple[Any, bool]:
    """Return the last of the layers that only adjust what a layer gives, and whether one adds."""
    adds = False
    while len(after := children.get(layer.name, [])) == 1 and _only_adjusts(after[0]):
        layer = after[0]
        adds |= type(layer).__name__ == "Add"
    return layer, adds


def _only_adjusts(layer: "keras.Layer") -> bool:
    from keras import layers

    adjusting = (
        *(layers.BatchNormalization, layers.LayerNormalization, layers.Dropout, layers.Add),
        *(layers.Activation, layers.ReLU, layers.LeakyReLU, layers.ELU, layers.PReLU),
        layers.Softmax,
    )
    return isinstance(layer, adjusting)


def _is_shown(tensor: Any) -> bool:
    shape = getattr(tensor, "shape", ())  # several tensors have none
    return len(shape) in (2, 3, 4) and all(shape[1:])


def _reaches_input(name: str, parents: dict[str, set[str]], *, without: str) -> bool:
    """Return whether some way from a layer back to the image avoids another one."""
    seen, ahead = {without}, [name]
    while ahead:
        if (name := ahead.pop()) == "":
            return True
        if name not in seen:
            seen.add(name)
            ahead += parents[name]
    return False


def _numbered(stages: Iterable[Stage]) -> list[Stage]:
    """Number those of one name, where there are several."""
    stages, numbered = list(stages), []
    totals, counts = Counter(stage.name for stage in stages), Counter[str]()
    short_totals, short_counts = Counter(stage.short for stage in stages), Counter[str]()
    for stage in stages:
        counts[stage.name] += 1
        short_counts[stage.short] += 1
        number = f" {counts[stage.name]}" if totals[stage.name] > 1 else ""
        short = f" {short_counts[stage.short]}" if short_totals[stage.short] > 1 else ""
        numbered.append(replace(stage, name=stage.name + number, short=stage.short + short))
    return numbered
