"""Whether the server grows with the runs it has trained.

    python -m benchmarks.server_memory --mnist mnist.npz

Starts short runs one after the other on the Train page, in a browser, and reads the memory of the
server and of its training process after the 5th and after the last. Does not judge the models.
"""

import argparse
import json
import tempfile
from functools import partial
from pathlib import Path

import psutil
from playwright.sync_api import expect, sync_playwright

from core.runs import RunStore
from tests.browser.install import LAUNCH_ARGUMENTS, install_browser
from tests.browser.server import Server
from tests.browser.training_page import open_form, start_button
from tests.helpers import wait_until, worker_processes

_SETTINGS = "architecture=mlp&epochs=1&training_share=0.1"
_FIRST = 5


def megabytes(process: psutil.Process) -> float:
    """Return the memory that a process holds."""
    return process.memory_info().rss / 2**20


def _has_runs(store: RunStore, count: int) -> bool:
    return len(store.list()) == count


def main() -> None:
    """Measure and print one line of JSON."""
    parser = argparse.ArgumentParser(description="Measure the server's memory over many runs.")
    parser.add_argument("--mnist", type=Path, help="an mnist.npz; the embedded images without it")
    parser.add_argument("--runs", type=int, default=50, help="how many runs to train")
    arguments = parser.parse_args()
    mnist = arguments.mnist and str(arguments.mnist.resolve())
    memory: dict[int, tuple[float, float]] = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        Server(Path(folder), environment={"DIGIT_LAB_MNIST": mnist} if mnist else {}) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=install_browser(), args=LAUNCH_ARGUMENTS
        )
        page = browser.new_page()
        store = RunStore(server.runs)
        open_form(page, server.url, _SETTINGS)
        assert server.process
        for number in range(1, arguments.runs + 1):
            expect(start_button(page)).to_be_enabled()
            page.wait_for_timeout(1600)  # two clicks at once are taken for one
            start_button(page).click()
            wait_until(partial(_has_runs, store, number))
            wait_until(lambda: store.list()[0].read().is_finished, seconds=120)
            wait_until(lambda: not store.list()[0].is_busy(), seconds=120)
            if number in (_FIRST, arguments.runs):
                (worker,) = worker_processes(server.process.pid)
                memory[number] = megabytes(psutil.Process(server.process.pid)), megabytes(worker)
        browser.close()
    early, late = memory[_FIRST], memory[arguments.runs]
    line = {
        "result": f"memory after {arguments.runs} runs against after {_FIRST}",
        "server_ratio": round(late[0] / early[0], 3),
        "worker_ratio": round(late[1] / early[1], 3),
        "server_and_worker_ratio": round(sum(late) / sum(early), 3),
        "server_megabytes": [round(early[0]), round(late[0])],
        "worker_megabytes": [round(early[1]), round(late[1])],
    }
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
