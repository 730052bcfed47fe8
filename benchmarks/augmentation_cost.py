"""Measure what augmentation costs on this machine; one JSON line for each result.

    python -m benchmarks.augmentation_cost

Trains the network of a preset on random images with and without augmentation, alternating, so that
other work on the machine strikes both alike. The images do not matter to the time.
"""

import argparse
import json
import time
from collections.abc import Sequence

import numpy as np

from core.hyperparameters import PRESETS, Hyperparameters
from core.training import MAX_STEPS, TrainingSteps, build_model, build_optimizer

_NONE = {"rotation": 0, "shift": 0, "zoom": 0, "shear": 0, "thickness": 0, "elastic": 0}
_ALL = {"rotation": 12, "shift": 2, "zoom": 0.1, "shear": 0.2, "thickness": 0.5, "elastic": 0.6}


def main(arguments: Sequence[str] | None = None) -> None:
    """Time training with none, and with all of the augmentation."""
    parser = argparse.ArgumentParser(description="Measure what augmentation costs.")
    parser.add_argument("--preset", choices=list(PRESETS), default="accurate")
    parser.add_argument("--images", type=int, default=6400, help="images in one measurement")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args(arguments)
    preset = PRESETS[options.preset]
    kinds = {
        "none": preset.model_copy(update=_NONE),
        "all": preset.model_copy(update=_ALL),
    }
    trainers = {name: _Trainer(kind, options.images) for name, kind in kinds.items()}
    seconds: dict[str, list[float]] = {name: [] for name in kinds}
    for _ in range(options.repeats):
        for name, trainer in trainers.items():
            seconds[name].append(trainer.epoch())
    # The fastest run of each is the one least disturbed.
    best = {name: min(times) for name, times in seconds.items()}
    for name, value in best.items():
        print(
            json.dumps(
                {
                    "measured": f"training, augmentation: {name}",
                    "preset": options.preset,
                    "milliseconds_per_image": 1000 * value / options.images,
                }
            )
        )
    share = (best["all"] - best["none"]) / best["all"]
    print(json.dumps({"measured": "augmentation's share of training time", "share": share}))


class _Trainer:
    """A network that trains one epoch at a time."""

    def __init__(self, hyperparameters: Hyperparameters, num_images: int) -> None:
        rng = np.random.default_rng(0)
        images = rng.random((num_images, 28, 28), np.float32)
        labels = rng.integers(0, 10, num_images).astype(np.uint8)
        size = min(hyperparameters.batch_size, num_images)
        # Whole batches only: a smaller one would be built and timed apart.
        self._order = np.arange(num_images // size * size).reshape(-1, size)
        self._rates = np.full(len(self._order), hyperparameters.learning_rate, np.float32)
        self._steps = TrainingSteps(
            build_model(hyperparameters),
            build_optimizer(hyperparameters),
            images,
            labels,
            hyperparameters,
            batch_size=size,
        )
        self.epoch()  # builds the graph

    def epoch(self) -> float:
        """Train on all images once; return the seconds."""
        start = time.perf_counter()
        for first in range(0, len(self._order), MAX_STEPS):
            part = slice(first, first + MAX_STEPS)
            self._steps(self._order[part], self._rates[part], first)
        return time.perf_counter() - start


if __name__ == "__main__":
    main()
