"""How a model's accuracy falls when images are distorted. Knows no figure, page or file.

Hendrycks and Dietterich 2019, "Benchmarking neural network robustness to common corruptions and
perturbations", and Mu and Gilmer 2019, "MNIST-C", measure in the same way.
"""

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Annotated, NamedTuple, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from core.evaluation.distortions import DISTORTIONS
from core.evaluation.report import wilson_interval

_MOST_IMAGES = 10**6
_MOST_LEVELS = 50
_NAMES = frozenset(distortion.name for distortion in DISTORTIONS)


class RobustnessPoint(BaseModel):
    """How many images were read correctly at one level of a distortion."""

    # Strict: what only looks like a number, in a damaged file, is none.
    model_config = ConfigDict(frozen=True, strict=True)

    level: Annotated[float, Field(ge=-1000, le=1000, allow_inf_nan=False)]
    correct: Annotated[int, Field(ge=0, le=_MOST_IMAGES)]


class LevelAccuracy(NamedTuple):
    """The accuracy at one level, and its 95 % confidence interval, in [0, 1]."""

    level: float
    accuracy: float
    interval: tuple[float, float]


class Robustness(BaseModel):
    """How well a model reads distorted images; JSON keeps it as it is.

    A file of it may come from anywhere: what no measurement gives is refused with a ValueError.

    Attributes:
        count: images at each level.
        curves: for each distortion, by its name, what was measured, in ascending order of level. A
            file of another version may lack some.
    """

    model_config = ConfigDict(frozen=True, strict=True)

    count: Annotated[int, Field(ge=1, le=_MOST_IMAGES)]
    curves: Annotated[
        Mapping[str, Annotated[tuple[RobustnessPoint, ...], Field(max_length=_MOST_LEVELS)]],
        Field(max_length=len(_NAMES)),
    ]

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.curves.keys() <= _NAMES:
            raise PydanticCustomError("names", "there is a distortion of an unknown name")
        for points in self.curves.values():
            if any(point.correct > self.count for point in points):
                raise PydanticCustomError("count", "more are correct than there are images")
            if any(one.level >= other.level for one, other in pairwise(points)):
                raise PydanticCustomError("order", "the levels are not in ascending order")
        return self

    def accuracies(self, name: str) -> tuple[LevelAccuracy, ...]:
        """Return the accuracy at each level of the distortion of this name; empty without it."""
        return tuple(
            LevelAccuracy(
                point.level,
                point.correct / self.count,
                wilson_interval(point.correct, self.count),
            )
            for point in self.curves.get(name, ())
        )


def sample_images(
    images: np.ndarray, labels: np.ndarray, most: int = 1000
) -> tuple[np.ndarray, np.ndarray]:
    """Return at most so many images, and their labels, with each digit in proportion.

    The same images give the same sample: evenly spaced in the order of the digits.
    """
    if len(labels) <= most:
        return images, labels
    places = (np.arange(most) + 0.5) * len(labels) / most
    chosen = np.argsort(labels, kind="stable")[places.astype(int)]
    return images[chosen], labels[chosen]


def measure_robustness(
    predict: Callable[[np.ndarray], np.ndarray],
    images: np.ndarray,
    labels: np.ndarray,
    *,
    on_progress: Callable[[float], None] = lambda share: None,
) -> Robustness:
    """Measure accuracy at every level of every distortion.

    Args:
        predict: returns probabilities `(n, 10)` for float32 images `(n, 28, 28)`.
        images: shape `(n, 28, 28)`, n > 0; floats in [0, 1] or integers in [0, 255].
        labels: their digits, shape `(n,)`.
        on_progress: called after each step with the share that is done, at the end with 1.

    Raises:
        ValueError: there are no images.
    """
    if len(labels) == 0:
        raise ValueError("expected at least one image, received none")
    scale = 255 if np.issubdtype(images.dtype, np.integer) else 1
    images = images.astype(np.float32) / np.float32(scale)
    num_steps = 1 + sum(len(distortion.levels) - 1 for distortion in DISTORTIONS)
    num_done = 0

    def count_correct(distorted: np.ndarray) -> int:
        nonlocal num_done
        correct = int((predict(distorted).argmax(axis=1) == labels).sum())
        num_done += 1
        on_progress(num_done / num_steps)
        return correct

    undistorted = count_correct(images)
    curves = {
        distortion.name: tuple(
            RobustnessPoint(
                level=level,
                correct=undistorted
                if level == distortion.neutral
                else count_correct(distortion.apply(images, level)),
            )
            for level in distortion.levels
        )
        for distortion in DISTORTIONS
    }
    return Robustness(count=len(labels), curves=curves)
