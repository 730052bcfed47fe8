"""Whether differences between models are more than chance. Knows neither models nor images."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

SIGNIFICANCE = 0.05


@dataclass(frozen=True)
class Difference:
    """Two models' answers to the same images.

    Attributes:
        first: one's name; so is `second` the other's.
        only_first: images that only the first read right; so for `only_second`.
        p_value: how likely a difference at least as large would be if both were equally good, by
            McNemar's exact test.
        is_significant: whether that is too unlikely at 5 %, after Holm's correction for as many
            pairs as were compared.
    """

    first: str
    second: str
    only_first: int
    only_second: int
    p_value: float
    is_significant: bool


def compare_answers(correct: Mapping[str, np.ndarray]) -> list[Difference]:
    """Compare each two of some models.

    McNemar 1947, "Note on the sampling error of the difference between correlated proportions or
    percentages": images that both read right, or neither, say nothing.

    Args:
        correct: by the name of the model, bool `(n,)`: which images it read right; the same images
            for all of them.

    Raises:
        ValueError: there are not as many answers of each model.
    """
    if len({len(answers) for answers in correct.values()}) > 1:
        raise ValueError("expected the same images for each model, received different numbers")
    pairs = []
    for (first, own), (second, other) in combinations(correct.items(), 2):
        counts = int((own & ~other).sum()), int((other & ~own).sum())
        pairs.append((first, second, counts, _mcnemar(*counts)))
    unlikely = set(holm([p_value for *_, p_value in pairs]))
    return [
        Difference(first, second, *counts, p_value, number in unlikely)
        for number, (first, second, counts, p_value) in enumerate(pairs)
    ]


def holm(p_values: Sequence[float]) -> list[int]:
    """Return the indices of the p-values that are significant at 5 % by Holm's procedure.

    Holm 1979, "A simple sequentially rejective multiple test procedure".
    """
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    for place, index in enumerate(order):
        if p_values[index] > SIGNIFICANCE / (len(p_values) - place):
            return order[:place]
    return order


def _mcnemar(only_first: int, only_second: int) -> float:
    from scipy.stats import binomtest

    differing = only_first + only_second
    return float(binomtest(only_first, differing).pvalue) if differing else 1.0
