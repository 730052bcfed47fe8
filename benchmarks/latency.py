"""How long a person waits: for the canvas, the first answer, after each stroke or moved number.

    python -m benchmarks.latency --mnist mnist.npz

Drives the real server in a real browser. The canvas itself waits 200 ms after the pen lifts
before it sends, which is reported apart from what this app adds. Does not judge the answers.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.install import LAUNCH_ARGUMENTS, install_browser
from tests.browser.pen import DIGITS, canvas, draw, expect_answer, open_draw
from tests.browser.server import Server
from tests.browser.training_page import LONG_RUN, expect_status, start_training, stop_and_wait

# What drawable-canvas 0.13 waits after a stroke before it sends.
CANVAS_WAIT_MS = 200.0

# The time is taken in the page, from the pen's event to the change of the answer's text, so that
# this script's own delays do not count.
WATCH_ANSWER = """() => {
    window.penUp = null;
    window.answered = null;
    window.addEventListener('mouseup', () => { window.penUp = performance.now(); },
        { capture: true, once: true });
    const target = document.querySelector('.stMainBlockContainer');
    const before = document.querySelector('.stImage img')?.src;  // none on an empty canvas
    const observer = new MutationObserver(() => {
        const image = document.querySelector('.stImage img');
        const text = document.querySelector(
            '.st-key-prediction [data-testid=stMetricValue]')?.innerText.trim();
        if (window.penUp && image && image.src !== before && /^\\d$/.test(text)) {
            window.answered = performance.now();
            observer.disconnect();
        }
    });
    observer.observe(target, { subtree: true, childList: true, characterData: true,
        attributes: true });
}"""

WATCH_LOSS = """() => {
    window.pressed = null;
    window.changed = null;
    window.addEventListener('keydown', () => { window.pressed = performance.now(); },
        { capture: true, once: true });
    const loss = () => document.querySelector(
        '.st-key-worked_loss [data-testid=stMetricValue]')?.innerText;
    const before = loss();
    const observer = new MutationObserver(() => {
        const now = loss();
        if (window.pressed && now && now !== before) {
            window.changed = performance.now();
            observer.disconnect();
        }
    });
    observer.observe(document.querySelector('.stMainBlockContainer'),
        { subtree: true, childList: true, characterData: true });
}"""


def measure_strokes(page: Page, count: int) -> list[float]:
    """Return the milliseconds from pen-up to a new answer, the canvas's own wait taken off."""
    added = []
    digits = [strokes for strokes in DIGITS.values() if len(strokes) == 1]
    for number in range(count):
        page.locator(".st-key-clear_canvas button").click()
        expect_answer(page, None)
        page.evaluate(WATCH_ANSWER)
        draw(page, digits[number % len(digits)])
        page.wait_for_function("window.answered", timeout=20_000)
        total = page.evaluate("window.answered - window.penUp")
        added.append(total - CANVAS_WAIT_MS)
    return added


def measure_moves(page: Page, url: str, count: int) -> list[float]:
    """Return the milliseconds from a key that moves a weight on Learn to the new loss."""
    page.goto(f"{url}/learn")
    slider = page.locator(".st-key-worked_value").get_by_role("slider")
    slider.wait_for()
    milliseconds = []
    for number in range(count):
        page.evaluate(WATCH_LOSS)
        slider.press("ArrowLeft" if number % 2 else "ArrowRight")
        page.wait_for_function("window.changed", timeout=20_000)
        milliseconds.append(page.evaluate("window.changed - window.pressed"))
    return milliseconds


def measure_opening(browser: Browser, folder: Path, mnist: Path | None) -> tuple[float, float]:
    """Return the seconds from opening a fresh server to the canvas and to the first answer."""
    with Server(folder, environment=_environment(mnist)) as server:
        page = browser.new_context().new_page()
        start = time.perf_counter()
        open_draw(page, server.url)
        seconds_to_canvas = time.perf_counter() - start
        draw(page, DIGITS[7])
        expect_answer(page, 7)
        seconds_to_answer = time.perf_counter() - start
        page.context.close()
    return seconds_to_canvas, seconds_to_answer


def main() -> None:
    """Measure and print one line of JSON per result."""
    parser = argparse.ArgumentParser(description="Measure what a person waits for.")
    parser.add_argument("--mnist", type=Path, help="an mnist.npz; the embedded images without it")
    parser.add_argument("--strokes", type=int, default=30, help="strokes measured idle and in use")
    parser.add_argument("--openings", type=int, default=5, help="fresh servers opened")
    arguments = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=install_browser(), args=LAUNCH_ARGUMENTS
        )
        openings = [
            measure_opening(browser, Path(folder) / f"opening-{number}", arguments.mnist)
            for number in range(arguments.openings)
        ]
        _print("page open to canvas visible, fresh server", "s", [first for first, _ in openings])
        _print("page open to first answer, fresh server", "s", [second for _, second in openings])
        with Server(Path(folder) / "strokes", environment=_environment(arguments.mnist)) as server:
            page = browser.new_page()
            open_draw(page, server.url)
            draw(page, DIGITS[7])
            expect_answer(page, 7)
            canvas(page).wait_for()
            measure_strokes(page, 3)
            idle = measure_strokes(page, arguments.strokes)
            with browser.new_page() as learn:
                moves = measure_moves(learn, server.url, arguments.strokes)
            trainer = browser.new_context().new_page()
            start_training(trainer, server.url, LONG_RUN)
            expect_status(trainer, "running")
            busy = measure_strokes(page, arguments.strokes)
            stop_and_wait(trainer)
        _print("pen-up to answer, added to the canvas's own 200 ms, idle", "ms", idle)
        _print("weight moved on Learn to the new loss, idle", "ms", moves)
        _print("pen-up to answer, added to the canvas's own 200 ms, while training", "ms", busy)
        browser.close()


def _environment(mnist: Path | None) -> dict[str, str]:
    return {"DIGIT_LAB_MNIST": str(mnist.resolve())} if mnist else {}


def _print(what: str, unit: str, values: Sequence[float]) -> None:
    result = {
        "result": what,
        "unit": unit,
        "median": round(statistics.median(values), 2),
        "min": round(min(values), 2),
        "max": round(max(values), 2),
        "count": len(values),
    }
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
