"""How long the shipped model's answer takes to be explained; one JSON line for each result.

    python -m benchmarks.explanation --mnist mnist.npz

Each explanation of ten test images, after one that does not count: importing libraries and tracing
the network take longer the first time. Does not judge the explanations.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, get_args

import numpy as np

from benchmarks.evaluation import read_images
from core.classifier import Classifier
from core.evaluation import ImageSet
from core.explanation import (
    Attribution,
    Intervention,
    Method,
    SampledMethod,
    accuracy_after,
    answer_after,
    attribute,
    attribute_sampled,
    change_answer,
    deletion_and_insertion,
    evidence_for_all,
    exciting_images,
    imagine,
    morph,
    project,
    randomised,
    see_layers,
    strongest_paths,
)
from core.settings import PRETRAINED

_IMAGES = 10


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print one line of JSON per result."""
    parser = argparse.ArgumentParser(description="Measure how long explanations take.")
    parser.add_argument("--mnist", type=Path, help="an mnist.npz; the embedded images without it")
    options = parser.parse_args(arguments)
    images, labels, name = read_images(options.mnist)
    classifier = Classifier.load(PRETRAINED)
    for result, explain in explanations(classifier, ImageSet(name, images, labels)).items():
        seconds = [_seconds(explain, image) for image in images[: _IMAGES + 1]]
        _print(result, name, seconds[1:])


def explanations(classifier: Classifier, images: ImageSet) -> dict[str, Callable[..., Any]]:
    """Return what explains one image, given that image, by its name."""

    def note(share: float) -> None:
        """Report progress to nobody."""

    def compare(image: np.ndarray) -> object:
        maps = (("map", attribute(classifier, "gradient", image, 3)),)
        return deletion_and_insertion(classifier, image, maps, 3)

    off = Intervention(switched_off=((0, 0),))
    found: dict[str, Callable[..., Any]] = {}
    for method in get_args(Method):
        found[method] = partial(attribute, classifier, method, digit=3)
        # A map that needs no time: how far both agree is not what is measured.
        found[f"{method}, random weights"] = partial(
            randomised, classifier, method, Attribution(images.images[0], 0.0), digit=3
        )
    found |= {
        "evidence for each digit": partial(evidence_for_all, classifier),
        "deletion and insertion": compare,
        "layers": partial(see_layers, classifier),
        "diagram": partial(strongest_paths, classifier, digit=3),
        "images that excite a channel": lambda _: exciting_images(classifier, images, 1),
        "position among 2,000 images, by PCA": lambda image: project(classifier, image, images),
        "change by one step": partial(change_answer, classifier, target=None, method="fgsm"),
        "change by many steps": partial(change_answer, classifier, target=None, method="pgd"),
        "morph": partial(morph, classifier, end=images.images[0]),
        "imagined digit": lambda _: imagine(classifier, 3),
        "answer with a channel off": lambda image: answer_after(classifier, image, off),
        "accuracy with a channel off": lambda _: accuracy_after(classifier, images, off),
    }
    for sampled in get_args(SampledMethod):
        found[sampled] = partial(attribute_sampled, classifier, note, sampled, digit=3)
    return found


def _seconds(explain: Callable[..., object], image: np.ndarray) -> float:
    start = time.perf_counter()
    explain(image)
    return time.perf_counter() - start


def _print(what: str, data: str, seconds: Sequence[float]) -> None:
    result = {
        "result": what,
        "unit": "ms",
        "data": data,
        "median": round(1000 * statistics.median(seconds)),
        "max": round(1000 * max(seconds)),
        "count": len(seconds),
    }
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
