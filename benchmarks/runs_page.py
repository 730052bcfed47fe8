"""How long the Runs page takes with hundreds of runs, from a click on its link to the whole table.

    python -m benchmarks.runs_page --runs 500 --records 2000

Drives the real server in a real browser. Runs are written as training would write them; nothing is
trained. Prints a line of JSON for each result.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Page, sync_playwright

from core.hyperparameters import Hyperparameters
from core.runs import DataRecord, EpochRecord, Results, Run, RunStore, StepRecord
from tests.browser.install import LAUNCH_ARGUMENTS, install_browser
from tests.browser.pen import DIGITS, draw, expect_answer, open_draw
from tests.browser.server import Server

_DATA = DataRecord(name="images", fingerprint="f", num_train=9000, num_val=1000, num_test=1000)
_EPOCHS = 20


def fill(store: RunStore, *, num_runs: int, num_records: int) -> None:
    """Create completed runs, each with so many records of training."""
    for number in range(num_runs):
        learning_rate = 1e-4 * (1 + number)
        settings = Hyperparameters(seed=number, learning_rate=learning_rate, epochs=_EPOCHS)
        run = store.create(settings, f"run {number}")
        records = "".join(_lines(num_records))
        (run.directory / "metrics.jsonl").write_text(records, encoding="utf-8")
        _complete(run, number)


def _lines(num_records: int) -> Sequence[str]:
    lines, every = [], max(1, num_records // _EPOCHS)
    for step in range(1, num_records + 1):
        at: dict[str, Any] = {
            "step": step,
            "epoch": step / every,
            "images": 32 * step,
            "seconds": step / 10,
        }
        loss = 1 / step
        record = StepRecord(**at, loss=loss, accuracy=1 - loss, learning_rate=0.01)
        lines.append(record.model_dump_json() + "\n")
        if step % every == 0:
            epoch = EpochRecord(
                **at, loss=loss, accuracy=1 - loss, val_loss=loss, val_accuracy=1 - loss
            )
            lines.append(epoch.model_dump_json() + "\n")
    return lines


def _complete(run: Run, number: int) -> None:
    results = Results(
        best_epoch=_EPOCHS,
        val_loss=0.1,
        val_accuracy=0.9,
        test_loss=0.1,
        test_accuracy=0.9 + number % 90 / 1000,
        seconds=10.0 + number,
        images_per_second=900.0,
        drawn_accuracy=0.9,
        drawn_count=100,
        drawn_name="drawn",
    )
    run.update(status="completed", data=_DATA, results=results, num_parameters=1000 + number)


def seconds_to(page: Page, *, link: str, shows: str) -> float:
    """Return the seconds from a click on a link of the navigation to what the page shows."""
    page.get_by_role("link", name="Draw", exact=True).click()
    page.locator(".st-key-prediction").wait_for()
    page.wait_for_timeout(1500)
    begin = time.perf_counter()
    page.get_by_role("link", name=link, exact=True).click()
    page.locator(shows).first.wait_for()
    return time.perf_counter() - begin


def main() -> None:
    """Measure the table and the curves of the newest run, and the points of all of them."""
    parser = argparse.ArgumentParser(description="Measure the Runs page.")
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--records", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=install_browser(), args=LAUNCH_ARGUMENTS
        )
        with Server(
            Path(folder), environment={"DIGIT_LAB_MAX_RUNS": str(arguments.runs + 10)}
        ) as server:
            fill(RunStore(server.runs), num_runs=arguments.runs, num_records=arguments.records)
            page = browser.new_page()
            open_draw(page, server.url)
            draw(page, DIGITS[7])  # once it is read, the server has loaded all that it needs
            expect_answer(page, 7)
            first = seconds_to(page, link="Runs", shows=".st-key-overlay_loss_chart .js-line")
            again = [
                seconds_to(page, link="Runs", shows=".st-key-overlay_loss_chart .js-line")
                for _ in range(arguments.repeats)
            ]
            begin = time.perf_counter()
            page.get_by_role("tab", name="Scatter").click()
            page.locator(".st-key-runs_scatter .points path").first.wait_for()
            points = time.perf_counter() - begin
        browser.close()
    runs = f"{arguments.runs} runs of {arguments.records} records"
    for what, value in (
        ("Runs opened, the first time", first),
        ("Runs opened again", median(again)),
        ("all runs as points", points),
    ):
        print(json.dumps({"result": f"{what}, {runs}", "unit": "s", "value": round(value, 2)}))


if __name__ == "__main__":
    main()
