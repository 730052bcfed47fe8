"""What it costs training that a page shows it live, against plain `model.fit` side by side.

    python -m benchmarks.training_speed --mnist mnist.npz

Three ways take turns with the same network, data and settings: `model.fit` as Keras comes,
`model.fit` compiled as this app compiles it, and a run of the app that a browser watches. The
browser has the lowest priority, since it shares this machine's cores and a user's does not. Only
the time inside `fit` counts, validation and compilation included. Does not judge the models.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlencode

import psutil
from playwright.sync_api import Browser, sync_playwright

from core.dataset import load_dataset
from core.hyperparameters import PRESETS, Hyperparameters
from core.runs import RunStore
from tests.browser.install import LAUNCH_ARGUMENTS, install_browser
from tests.browser.server import Server
from tests.browser.training_page import curve, expect_status, start_training

_LOWEST_PRIORITY = 19
SETTINGS = {
    "the article's network": PRESETS["article"].model_copy(update={"epochs": 2}),
    "the default network": Hyperparameters(epochs=1),
}


def fit_plainly(settings: Hyperparameters, mnist: Path | None, *, as_the_app: bool) -> float:
    """Train in this process and return the images per second.

    Args:
        settings: the run's settings.
        mnist: an `mnist.npz`, or None for the embedded images.
        as_the_app: compile with the app's steps per execution and without XLA.
    """
    from core.training import build_model, build_optimizer, choose_steps_per_execution

    data = load_dataset(mnist).split(validation_split=settings.validation_split)
    steps_per_epoch = -(-len(data.x_train) // settings.batch_size)
    model = build_model(settings)
    options = {}
    if as_the_app:
        steps = choose_steps_per_execution(
            model, batch_size=settings.batch_size, steps_per_epoch=steps_per_epoch
        )
        options = {"steps_per_execution": steps, "jit_compile": False}
    model.compile(
        optimizer=build_optimizer(settings, num_steps=steps_per_epoch * settings.epochs),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        **options,
    )
    start = time.perf_counter()
    model.fit(
        data.x_train,
        data.y_train,
        batch_size=settings.batch_size,
        epochs=settings.epochs,
        validation_data=(data.x_val, data.y_val),
        verbose=0,
    )
    return settings.epochs * len(data.x_train) / (time.perf_counter() - start)


def fit_in_new_process(name: str, mnist: Path | None, *, as_the_app: bool) -> float:
    """Call `fit_plainly` in a fresh process, as a script of somebody's own would be."""
    command = [sys.executable, "-m", "benchmarks.training_speed", "--fit", name]
    command += ["--as-the-app"] if as_the_app else []
    command += ["--mnist", str(mnist)] if mnist else []
    result = subprocess.run(command, capture_output=True, check=True)
    return float(result.stdout.split()[-1])


def train_watched(browser: Browser, server: Server, settings: Hyperparameters) -> float:
    """Start a run on the page Train, watch it to its end, and return its images per second."""
    page = browser.new_context().new_page()
    start_training(page, server.url, urlencode(settings.to_query()))
    expect_status(page, "running")
    for process in psutil.Process(os.getpid()).children(recursive=True):
        if "chrom" in process.name():
            process.nice(_LOWEST_PRIORITY)
    curve(page, "loss").wait_for(state="attached", timeout=60_000)
    page.wait_for_function(
        """() => document.querySelector('.st-key-training_status').innerText
            .startsWith('completed')""",
        timeout=600_000,
    )
    page.context.close()
    results = RunStore(server.runs).list()[0].read().results
    assert results
    return results.images_per_second


def main() -> None:
    """Measure and print one line of JSON per result."""
    parser = argparse.ArgumentParser(description="Measure what live plotting costs training.")
    parser.add_argument("--mnist", type=Path, help="an mnist.npz; the embedded images without it")
    parser.add_argument("--repeats", type=int, default=3, help="turns of each way")
    parser.add_argument("--fit", choices=SETTINGS, help=argparse.SUPPRESS)
    parser.add_argument("--as-the-app", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    mnist = arguments.mnist and arguments.mnist.resolve()
    if arguments.fit:
        settings = SETTINGS[arguments.fit]
        print(fit_plainly(settings, mnist, as_the_app=arguments.as_the_app))
        return
    environment = {"DIGIT_LAB_MNIST": str(mnist)} if mnist else {}
    with (
        tempfile.TemporaryDirectory() as folder,
        Server(Path(folder), environment=environment) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=install_browser(), args=LAUNCH_ARGUMENTS
        )
        for name, settings in SETTINGS.items():
            speeds: dict[str, list[float]] = {"plain": [], "compiled alike": [], "watched": []}
            for _ in range(arguments.repeats):
                speeds["plain"].append(fit_in_new_process(name, mnist, as_the_app=False))
                speeds["compiled alike"].append(fit_in_new_process(name, mnist, as_the_app=True))
                speeds["watched"].append(train_watched(browser, server, settings))
            _print(name, speeds)
        browser.close()


def _print(name: str, speeds: dict[str, Sequence[float]]) -> None:
    medians = {way: statistics.median(values) for way, values in speeds.items()}
    result = {
        "result": f"images per second, {name}",
        **{way: round(median) for way, median in medians.items()},
        "watched / plain": round(medians["watched"] / medians["plain"], 3),
        "watched / compiled alike": round(medians["watched"] / medians["compiled alike"], 3),
        "count": len(speeds["plain"]),
    }
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
