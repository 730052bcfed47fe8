"""What it costs training that a page shows it live.

    python -m benchmarks.training_speed --mnist mnist.npz

The same run of the app takes turns with and without a browser that watches it, so that other work
on the machine strikes both alike. The browser shares the machine's cores with the training, at its
usual priority: at the lowest it is at work for longer, and a network whose steps are short loses
more to it. Runs take about a minute, since a page looks more often at one that has just begun. Only
the time spent in training counts, validation and compilation included. Does not judge the models,
nor compare with plain Keras: `benchmarks.time_to_accuracy` does.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Browser, sync_playwright

from core.hyperparameters import PRESETS, Hyperparameters
from core.runs import RunStore
from tests.browser.install import LAUNCH_ARGUMENTS, install_browser
from tests.browser.server import Server
from tests.browser.training_page import curve, start_training

_SECONDS_PER_RUN = 600
SETTINGS = {
    "one hidden layer (128)": PRESETS["article"].model_copy(update={"epochs": 120}),
    "the default network": Hyperparameters(epochs=6),
}


def train(browser: Browser, server: Server, settings: Hyperparameters, *, watched: bool) -> float:
    """Start a run on the Train page and return its images per second.

    Args:
        browser: opens the page.
        server: trains.
        settings: the run's settings.
        watched: whether the page stays open until the run has ended, or closes at once.
    """
    page = browser.new_context().new_page()
    before = {run.id for run in RunStore(server.runs).list()}
    start_training(page, server.url, urlencode(settings.to_query()))
    store = RunStore(server.runs)
    deadline = time.monotonic() + _SECONDS_PER_RUN
    while not (new := [run for run in store.list() if run.id not in before]):
        time.sleep(0.1)
    if watched:
        curve(page, "loss").wait_for(state="attached", timeout=60_000)
    else:
        page.context.close()
    (run,) = new
    while not run.read().is_finished and time.monotonic() < deadline:
        time.sleep(0.5)
    if watched:
        page.context.close()
    record = run.read()
    if record.results is None:
        raise SystemExit(f"The run ended as {record.status}: {record.error}")
    return record.results.images_per_second


def main() -> None:
    """Measure and print one line of JSON per network."""
    parser = argparse.ArgumentParser(description="Measure what live plotting costs training.")
    parser.add_argument("--mnist", type=Path, help="an mnist.npz; the embedded images without it")
    parser.add_argument("--repeats", type=int, default=3, help="turns of each way")
    arguments = parser.parse_args()
    environment = {"DIGIT_LAB_MNIST": str(arguments.mnist.resolve())} if arguments.mnist else {}
    with (
        tempfile.TemporaryDirectory() as folder,
        Server(Path(folder), environment=environment) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=install_browser(), args=LAUNCH_ARGUMENTS
        )
        for name, settings in SETTINGS.items():
            # The first run of a worker loads the images and TensorFlow's libraries.
            train(browser, server, settings.model_copy(update={"epochs": 1}), watched=False)
            speeds: dict[str, list[float]] = {"watched": [], "unwatched": []}
            for _ in range(arguments.repeats):
                for way, values in speeds.items():
                    values.append(train(browser, server, settings, watched=way == "watched"))
            _print(name, speeds)
        browser.close()


def _print(name: str, speeds: Mapping[str, Sequence[float]]) -> None:
    medians = {way: statistics.median(values) for way, values in speeds.items()}
    result = {
        "result": f"images per second, {name}",
        **{way: round(median) for way, median in medians.items()},
        "watched / unwatched": round(medians["watched"] / medians["unwatched"], 3),
        "count": len(speeds["watched"]),
    }
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
