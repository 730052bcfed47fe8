"""Write a Keras network as the Python that builds it, as a person would.

From the network itself and not from the settings that made it, so that no list of architectures
has to be kept here. Keras is imported where it is used.
"""

import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

_WIDTH = 76  # letters of a call, which leaves room in a line of 88
_BOTH_WAYS = ("kernel_size", "pool_size", "strides", "dilation_rate")
_TAKE_A_LIST = {
    *("Add", "Average", "Concatenate", "Dot"),
    *("Maximum", "Minimum", "Multiply", "Subtract"),
}
_NAMES = ("x", "y", "z", "u", "v", "w")


def network_source(model: "keras.Model") -> str:
    """Return lines of Python that leave an untrained copy of a network in `model`.

    They expect `import keras` and `from keras import layers`.

    Raises:
        ValueError: it holds another network, or more branches than can be named.
    """
    import keras

    for layer in model.layers:
        if isinstance(layer, keras.Model):
            raise ValueError("a network inside another cannot be written as a script")
    if isinstance(model, keras.Sequential):
        return _sequential(model)
    return _functional(model)


def _sequential(model: "keras.Sequential") -> str:
    parts = [f"keras.Input({_literal(model.input_shape[1:])})", *map(_layer, model.layers)]
    inner = "\n".join(_indented(f"{part},", 8) for part in parts)
    return f"model = keras.Sequential(\n    [\n{inner}\n    ]\n)"


def _functional(model: "keras.Model") -> str:
    """Name each tensor as its input where nothing else needs that any more."""
    images = model.inputs[0]
    names = {id(images): "images"}
    lines = [f"images = keras.Input({_literal(tuple(images.shape[1:]))})"]
    calls = list(_calls(model))
    uses = [id(tensor) for _, taken, _ in calls for tensor in taken]
    for layer, taken, given in calls:
        for tensor in taken:
            uses.remove(id(tensor))
        free = [names[id(t)] for t in taken if id(t) not in uses and names[id(t)] in _NAMES]
        held = {names[tensor] for tensor in set(uses) if tensor in names}
        name = next((n for n in (*free, *_NAMES) if n not in held), None)
        if name is None:
            raise ValueError("the network has too many branches to be written as a script")
        arguments = [names[id(tensor)] for tensor in taken]
        # Attention to itself, which Keras counts as one input.
        if type(layer).__name__ in _TAKE_A_LIST:
            said = f"[{', '.join(arguments)}]"
        else:
            said = ", ".join(arguments)
        names[id(given)] = name
        lines.append(f"{name} = {_layer(layer)}({said})")
    lines.append(f"model = keras.Model(images, {names[id(model.outputs[0])]})")
    return "\n".join(lines)


def _calls(model: "keras.Model") -> Iterator[tuple["keras.Layer", list[Any], Any]]:
    """Yield each layer but the first with what it takes, in Keras's order, and what it gives."""
    for layer in model.layers:
        node = layer._inbound_nodes[0]
        if not node.is_input:
            yield layer, list(node.arguments.keras_tensors), node.outputs[0]


def _layer(layer: "keras.Layer") -> str:
    return _call("layers", type(layer), layer.get_config(), built=layer.get_build_config())


def _call(
    module: str,
    kind: type,
    config: Mapping[str, Any],
    *,
    built: Mapping[str, Any] | None = None,
) -> str:
    """Return the call that makes an object of this class, without what is so by default.

    A layer that is `built` has written down what it found out about its input.
    """
    parameters = [
        parameter
        for parameter in inspect.signature(kind).parameters.values()
        if parameter.name in config and parameter.name != "name"
    ]
    required = [p.name for p in parameters if p.default is inspect.Parameter.empty]
    plain = kind(**{name: config[name] for name in required})
    if built:
        with suppress(ValueError):  # the default, such as no padding, may not fit a small input
            plain.build_from_config(built)
    usual = plain.get_config()
    arguments = [_value(name, config[name]) for name in required]
    arguments += [
        f"{p.name}={_value(p.name, config[p.name])}"
        for p in parameters
        if p.name not in required and config[p.name] != usual[p.name]
    ]
    if config.get("dtype") != usual.get("dtype"):  # in mixed precision
        arguments.append(f'dtype="{config["dtype"]["config"]["name"]}"')
    return call_source(f"{module}.{kind.__name__}", arguments)


def call_source(function: str, arguments: Sequence[str]) -> str:
    """Return a call in one line or, where that is too long, with each argument in its own."""
    line = f"{function}({', '.join(arguments)})"
    if len(line) <= _WIDTH:
        return line
    inner = "\n".join(_indented(f"{argument},", 4) for argument in arguments)
    return f"{function}(\n{inner}\n)"


def _value(name: str, value: Any) -> str:
    """Write the value of a parameter; what is the same in each direction once."""
    if name in _BOTH_WAYS and isinstance(value, list | tuple) and len(set(value)) == 1:
        return _literal(value[0])
    return _literal(value)


def _literal(value: Any) -> str:
    """Write a value of a layer's configuration as Python."""
    if isinstance(value, dict) and "class_name" in value:
        return _initializer(value)
    if isinstance(value, list | tuple):
        return f"({', '.join(map(_literal, value))}{',' if len(value) == 1 else ''})"
    return f'"{value}"' if isinstance(value, str) else repr(value)


def _initializer(described: Mapping[str, Any]) -> str:
    import keras

    kind = getattr(keras.initializers, str(described["class_name"]))
    config = described["config"]
    if kind().get_config() == config:
        return f'"{re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.__name__).lower()}"'
    return _call("keras.initializers", kind, config)


def _indented(text: str, width: int) -> str:
    return "\n".join(" " * width + line for line in text.splitlines())
