"""How well a model reads each person's drawings, and for whom it works less well than for others.

Knows nothing of models: it gets which drawings were read right, and who drew them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.evaluation.report import wilson_interval
from core.evaluation.significance import holm


@dataclass(frozen=True)
class WriterAccuracy:
    """How well a model reads what one person drew.

    Attributes:
        writer: who drew; "" stands for all drawings of which that was not said.
        count: their drawings.
        correct: those of them that were read right.
        accuracy: share read right, in [0, 1].
        interval: 95 % confidence interval of `accuracy`, see `wilson_interval`.
        others: accuracy on the drawings of all other writers together, those not named left out;
            None where there is no other writer.
        differs: whether the model reads this writer better or worse than the others, by more than
            chance explains; see `accuracy_by_writer`.
    """

    writer: str
    count: int
    correct: int
    accuracy: float
    interval: tuple[float, float]
    others: float | None
    differs: bool


def accuracy_by_writer(correct: np.ndarray, writers: Sequence[str]) -> list[WriterAccuracy]:
    """Return how well a model reads each writer, the worst accuracy first.

    A writer `differs` where both hold: the 95 % interval of their accuracy excludes the accuracy of
    the others, and Fisher's exact test of their right and wrong answers against those of the others
    is significant at 5 % after Holm's correction for as many tests as there are writers. Without
    the second, among 20 equal writers one would be expected to stand out. Who is not named may be
    anybody, so "" is neither tested nor among the others. Both assume that drawings are
    independent: count two pictures of one written digit once.

    Args:
        correct: bool array of shape `(n,)`: whether each drawing was read right.
        writers: who drew each, "" where that is not known; n of them.

    Raises:
        ValueError: there are not as many writers as answers.
    """
    if len(correct) != len(writers):
        raise ValueError(f"expected {len(correct)} writers, one a drawing, received {len(writers)}")
    counts: dict[str, tuple[int, int]] = {}
    for is_right, writer in zip(correct.tolist(), writers, strict=True):
        right, count = counts.get(writer, (0, 0))
        counts[writer] = right + bool(is_right), count + 1
    named = [own for writer, own in counts.items() if writer]
    all_right, in_all = sum(right for right, _ in named), sum(count for _, count in named)
    others = {
        writer: (all_right - right, in_all - count) if writer else (all_right, in_all)
        for writer, (right, count) in counts.items()
    }
    tested = [writer for writer in counts if writer and others[writer][1]]
    p_values = [_fisher(counts[writer], others[writer]) for writer in tested]
    unlikely = {tested[index] for index in holm(p_values)}
    found = []
    for writer, (right, count) in counts.items():
        others_right, num_others = others[writer]
        rest = others_right / num_others if num_others else None
        low, high = wilson_interval(right, count)
        found.append(
            WriterAccuracy(
                writer=writer,
                count=count,
                correct=right,
                accuracy=right / count,
                interval=(low, high),
                others=rest,
                differs=writer in unlikely and rest is not None and not low <= rest <= high,
            )
        )
    return sorted(found, key=lambda one: (one.accuracy, one.writer))


def _fisher(own: tuple[int, int], others: tuple[int, int]) -> float:
    """Return the p-value that two counts `(right, all)` have the same chance to be right."""
    from scipy.stats import fisher_exact

    return float(fisher_exact([[right, count - right] for right, count in (own, others)]).pvalue)
