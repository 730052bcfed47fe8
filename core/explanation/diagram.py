"""A network as one diagram: its strongest channels for an image, and what passes between them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.classifier import Classifier
from core.explanation.flow import MOST_UNITS, Flow
from core.explanation.network import network_of, score_weights
from core.explanation.stages import IMAGE, Stage, as_channels, kept, stages_of

_MOST_COLUMNS = 6  # between image and answer, that can be told apart on a phone


@dataclass(frozen=True, eq=False)
class Column:
    """A layer in the diagram, with its strongest channels or neurons, the strongest first.

    Attributes:
        name: of the layer, such as "Conv 2"; the first is "Image", with the image as its channel.
        units: which channels or neurons they are, `(k,)`.
        total: how many there are.
        values: what they give, float32 `(k, height, width)`, or `(k,)`.
        contributions: how much each adds to the digit's logit, float32 `(k,)`.
    """

    name: str
    units: np.ndarray
    total: int
    values: np.ndarray
    contributions: np.ndarray


@dataclass(frozen=True, eq=False)
class Paths:
    """The strongest paths from an image to a digit.

    Attributes:
        columns: the image, and layers through which everything passes.
        links: for each column how much of a unit's contribution passes through a unit of the next,
            float32 `(k, k of the next)`; for the last `(k, 1)`, to the digit's logit.
        digit: the digit.
        probabilities: the answer, `(10,)`.
    """

    columns: tuple[Column, ...]
    links: tuple[np.ndarray, ...]
    digit: int
    probabilities: np.ndarray


def strongest_paths(classifier: Classifier, image: np.ndarray, digit: int) -> Paths:
    """Return the channels of each layer that count most for a digit, and what passes between them.

    A unit's contribution is its conductance (see `core.explanation.flow`): the change of the
    digit's logit on the way from blank paper to the image that passes through the unit. Those of a
    layer sum to the difference between the logits of image and paper. A link is the part of a
    unit's contribution that passes through a unit of the next layer, by the chain rule: the links
    to all units of the next layer sum to the contribution. Before a layer without activation it is
    weight times activation times what that unit counts for.

    Layers that only pool channels, and those that an addition bypasses, are left out; of more than
    6, evenly spread ones are kept.
    """
    network = network_of(classifier)
    stages = _columns(stages_of(network))
    flow = kept(network, "flow", lambda: Flow(network, [stage.tensor for stage in stages]))
    values, contributions, way = flow.contributions(image, score_weights(digit))
    chosen = [np.argsort(-np.abs(one), kind="stable")[:MOST_UNITS] for one in contributions]
    links = [one[units] for one, units in zip(flow.links(way, chosen[1:]), chosen, strict=False)]
    links.append(contributions[-1][chosen[-1], None])
    columns = [
        Column(name, units, len(one), as_channels(value)[0][units], one[units])
        for name, units, value, one in zip(
            [IMAGE, *(stage.short for stage in stages)], chosen, values, contributions, strict=True
        )
    ]
    probabilities = network.probabilities(image[None])[0]
    return Paths(tuple(columns), tuple(links), digit, probabilities)


def _columns(stages: Sequence[Stage]) -> list[Stage]:
    """Return the stages that are shown between image and answer."""
    found = [stage for stage in stages if stage.is_passage and not stage.is_pooling]
    if len(found) <= _MOST_COLUMNS:
        return found
    return [found[i] for i in np.linspace(0, len(found) - 1, _MOST_COLUMNS).round().astype(int)]
