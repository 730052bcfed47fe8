"""How large a network is, by arithmetic: weights, values kept while training, operations.

Follows the builders in `models` layer by layer and builds nothing, so that a page can tell within
microseconds, and settings that no machine could train are refused before any memory is taken.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from core.hyperparameters import Hyperparameters

_SIDE = 28
_DIGITS = 10


@dataclass(frozen=True)
class NetworkSize:
    """What a network, or a part of one, takes.

    Attributes:
        num_parameters: its weights, as `keras.Model.count_params` counts them.
        activations_per_image: values that training keeps of each image until the gradients are
            computed: the outputs of all layers.
        operations_per_image: multiplications, each with an addition, of a forward pass.
    """

    num_parameters: int
    activations_per_image: int
    operations_per_image: int


def network_size(hyperparameters: Hyperparameters) -> NetworkSize:
    """Return the size of the network that these settings describe."""
    parts = [*_ARCHITECTURES[hyperparameters.architecture](hyperparameters)]
    return NetworkSize(
        num_parameters=sum(part.num_parameters for part in parts),
        activations_per_image=sum(part.activations_per_image for part in parts),
        operations_per_image=sum(part.operations_per_image for part in parts),
    )


def _dense(inputs: int, outputs: int, *, positions: int = 1, bias: bool = True) -> NetworkSize:
    """Return the size of a dense layer that is applied at each of some positions."""
    weights = inputs * outputs
    return NetworkSize(weights + bias * outputs, positions * outputs, positions * weights)


def _convolution(
    channels: int, filters: int, kernel_size: int, side: int, *, bias: bool
) -> NetworkSize:
    """Return the size of a convolution whose output is `side` pixels wide and high."""
    return _dense(kernel_size**2 * channels, filters, positions=side**2, bias=bias)


def _output(inputs: int) -> NetworkSize:
    return _dense(inputs, _DIGITS)


def _unweighted(*sizes: int) -> NetworkSize:
    """Return the size of layers without weights: activation, dropout, pooling, sum."""
    return NetworkSize(0, sum(sizes), 0)


def _normalization(channels: int, *, positions: int = 1, per_channel: int) -> NetworkSize:
    """Return the size of a normalisation with so many numbers for each channel."""
    return NetworkSize(per_channel * channels, positions * channels, 0)


def _batch_normalization(
    hyperparameters: Hyperparameters, channels: int, *, positions: int = 1
) -> Iterable[NetworkSize]:
    """Return what `models.parts.normalization` adds: four numbers for each channel."""
    if hyperparameters.batch_normalization:
        yield _normalization(channels, positions=positions, per_channel=4)


def _mlp(hyperparameters: Hyperparameters) -> Iterable[NetworkSize]:
    normalized = hyperparameters.batch_normalization
    inputs = _SIDE**2
    for units in hyperparameters.hidden_units:
        yield _dense(inputs, units, bias=not normalized)
        yield from _batch_normalization(hyperparameters, units)
        yield _unweighted(units, units * normalized)  # dropout, and the activation of its own
        inputs = units
    yield _output(inputs)


def _lenet5(hyperparameters: Hyperparameters) -> Iterable[NetworkSize]:
    bias = not hyperparameters.batch_normalization
    for channels, filters, side in ((1, 6, 28), (6, 16, 10)):
        yield _convolution(channels, filters, 5, side, bias=bias)
        yield from _batch_normalization(hyperparameters, filters, positions=side**2)
        yield _unweighted(filters * side**2, filters * (side // 2) ** 2)
    for inputs, units in ((16 * 5**2, 120), (120, 84)):
        yield _dense(inputs, units, bias=bias)
        yield from _batch_normalization(hyperparameters, units)
        yield _unweighted(units, units)
    yield _output(84)


def _convnet(hyperparameters: Hyperparameters) -> Iterable[NetworkSize]:
    bias = not hyperparameters.batch_normalization
    channels, side = 1, _SIDE
    for filters, sides in zip(
        hyperparameters.filters, hyperparameters.convnet_sides(), strict=True
    ):
        for side in sides[: hyperparameters.convolutions_per_block]:
            yield _convolution(channels, filters, hyperparameters.kernel_size, side, bias=bias)
            yield from _batch_normalization(hyperparameters, filters, positions=side**2)
            yield _unweighted(filters * side**2)
            channels = filters
        for side in sides[hyperparameters.convolutions_per_block :]:  # max pooling
            yield _unweighted(filters * side**2)
    inputs = channels * side**2
    yield _unweighted(inputs)
    if hyperparameters.dense_units:
        yield _dense(inputs, hyperparameters.dense_units)
        inputs = hyperparameters.dense_units
        yield _unweighted(inputs)
    yield _output(inputs)


def _resnet(hyperparameters: Hyperparameters) -> Iterable[NetworkSize]:
    def convolution(channels: int, filters: int, size: int, side: int) -> Iterable[NetworkSize]:
        bias = not hyperparameters.batch_normalization
        yield _convolution(channels, filters, size, side, bias=bias)
        yield from _batch_normalization(hyperparameters, filters, positions=side**2)

    channels, side = hyperparameters.filters[0], _SIDE // 2
    yield from convolution(1, channels, 5, side)
    yield _unweighted(channels * side**2)
    for stage, filters in enumerate(hyperparameters.filters):
        for number in range(hyperparameters.residual_blocks):
            halves = stage > 0 and number == 0
            side = -(-side // 2) if halves else side
            yield from convolution(channels, filters, 3, side)
            yield from convolution(filters, filters, 3, side)
            if halves or channels != filters:
                yield from convolution(channels, filters, 1, side)
            yield _unweighted(*[filters * side**2] * 3)  # two activations and the sum
            channels = filters
    yield _unweighted(channels, channels)
    yield _output(channels)


def _lstm(hyperparameters: Hyperparameters) -> Iterable[NetworkSize]:
    units = hyperparameters.lstm_units
    gates = _dense(_SIDE + units, 4 * units, positions=_SIDE)
    yield gates
    yield _unweighted(*[_SIDE * units] * 2, units)  # cell and state at each row, dropout
    yield _output(units)


def _vit(hyperparameters: Hyperparameters) -> Iterable[NetworkSize]:
    size, heads = hyperparameters.embedding_size, hyperparameters.attention_heads
    patches = (_SIDE // hyperparameters.patch_size) ** 2
    values = patches * size
    normalization = _normalization(size, positions=patches, per_channel=2)
    yield _dense(hyperparameters.patch_size**2, size, positions=patches, bias=False)
    yield NetworkSize(values, values, 0)  # the position embedding, dropout
    for _ in range(hyperparameters.transformer_blocks):
        yield normalization
        yield from [_dense(size, size, positions=patches)] * 4  # query, key, value, output
        # Scores and their softmax in each head, then the sum of the values.
        yield NetworkSize(0, 2 * heads * patches**2 + values, 2 * patches * values)
        yield _unweighted(values, values)  # dropout, sum
        yield normalization
        yield _dense(size, 2 * size, positions=patches)
        yield _dense(2 * size, size, positions=patches)
        yield _unweighted(2 * values, values, values)  # two dropouts, sum
    yield normalization
    yield _unweighted(size, size)
    yield _output(size)


_ARCHITECTURES = {
    "mlp": _mlp,
    "lenet5": _lenet5,
    "convnet": _convnet,
    "resnet": _resnet,
    "lstm": _lstm,
    "vit": _vit,
}
