"""How far training is from what this machine could compute at best.

    python -m benchmarks.arithmetic_limit

Measures the machine's rate of matrix products, counts the floating-point operations of one image
in training, and compares the images per second that follow with those of training steps. The limit
leaves out everything but products: memory, pooling, activations, the optimizer.
"""

import argparse
import json
import statistics
import time

import keras
import numpy as np
import tensorflow as tf

from core.hyperparameters import PRESETS, Hyperparameters
from core.training import MAX_STEPS, TrainingSteps, build_model, build_optimizer

_SIDE = 2048
_IMAGES = 4096


def matrix_product_rate(repeats: int) -> float:
    """Return the most floating-point operations a second in products of float32 matrices."""
    matrix = tf.random.normal((_SIDE, _SIDE))
    multiply = tf.function(lambda: tf.reduce_sum(matrix @ matrix))
    multiply()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        float(multiply())
        seconds.append(time.perf_counter() - start)
    return 2 * _SIDE**3 / min(seconds)


def operations_per_image(model: keras.Model) -> int:
    """Count the floating-point operations of the products in one training step, for one image.

    Forward, once more for the gradient of the weights, and once more for the gradient of the
    input, which the first layer with weights does not need.
    """
    total, is_first = 0, True
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dense):
            products = int(np.prod(layer.kernel.shape))
        elif isinstance(layer, keras.layers.Conv2D):
            _, height, width, _ = layer.output.shape
            products = int(np.prod(layer.kernel.shape)) * height * width
        else:
            continue
        total += 2 * products * (2 if is_first else 3)
        is_first = False
    return total


def images_per_second(settings: Hyperparameters, repeats: int) -> float:
    """Return the median speed of training steps on made-up images."""
    model = build_model(settings)
    random = np.random.default_rng(0)
    steps = TrainingSteps(
        model,
        build_optimizer(settings),
        random.random((_IMAGES, 28, 28), np.float32),
        random.integers(0, 10, _IMAGES),
        settings,
        batch_size=settings.batch_size,
    )
    count = min(MAX_STEPS, max(1, 20_000 // settings.batch_size))
    indices = random.integers(0, _IMAGES, (count, settings.batch_size))
    rates = np.full(count, 1e-4, np.float32)
    steps(indices, rates, 0)  # compiles
    speeds = []
    for number in range(repeats):
        start = time.perf_counter()
        steps(indices, rates, (number + 1) * count)
        speeds.append(indices.size / (time.perf_counter() - start))
    return statistics.median(speeds)


def main() -> None:
    """Measure and print one line of JSON per preset."""
    parser = argparse.ArgumentParser(description="Compare training with the arithmetic limit.")
    parser.add_argument("--mnist", help="not used; every benchmark takes it")
    parser.add_argument("--repeats", type=int, default=7)
    arguments = parser.parse_args()
    rate = matrix_product_rate(arguments.repeats)
    for name in ("article", "fast"):
        operations = operations_per_image(build_model(PRESETS[name]))
        speed = images_per_second(PRESETS[name], arguments.repeats)
        line = {
            "result": f"arithmetic limit, preset {name}",
            "matrix_products_gflops": round(rate / 1e9, 1),
            "operations_per_image": operations,
            "images_per_second_at_the_limit": round(rate / operations),
            "images_per_second": round(speed),
            "share_of_the_limit": round(speed * operations / rate, 3),
            "count": arguments.repeats,
        }
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
