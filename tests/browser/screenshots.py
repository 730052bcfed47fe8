"""Take the pictures in the README anew.

    python -m tests.browser.screenshots

Draws a digit, trains the default network on what the server finds, and shoots each page.
"""

import argparse
import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from tests.browser.choosing import tick_run, wait_until_idle
from tests.browser.install import LAUNCH_ARGUMENTS, install_browser
from tests.browser.pen import DIGITS, draw, expect_answer, open_draw
from tests.browser.server import Server
from tests.browser.training_page import expect_status, start_training

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
_SIZE = {"width": 1280, "height": 800}
_SETTLE_MS = 1500  # charts slide into place


def shoot(page: Page, name: str) -> None:
    """Save what the page shows as `name`.png."""
    page.mouse.move(5, 795)
    page.wait_for_timeout(_SETTLE_MS)
    page.screenshot(path=FOLDER / f"{name}.png")


def main() -> None:
    """Shoot Draw, Explain, Learn, Train while it trains, two Runs compared and Evaluate."""
    parser = argparse.ArgumentParser(description="Take the README's pictures.")
    parser.add_argument("--mnist", type=Path, help="an mnist.npz; the embedded images without it")
    arguments = parser.parse_args()
    mnist = arguments.mnist and str(arguments.mnist.resolve())
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        Server(Path(folder), environment={"DIGIT_LAB_MNIST": mnist} if mnist else {}) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=install_browser(), args=LAUNCH_ARGUMENTS
        )
        page = browser.new_page(viewport=_SIZE)
        open_draw(page, server.url)
        draw(page, DIGITS[3])
        expect_answer(page, 3)
        shoot(page, "draw")
        page.locator(".st-key-explain_drawing button").click()
        expect(page.locator(".st-key-evidence img")).to_have_count(10, timeout=60_000)
        expect(page.locator("[data-testid=stStatusWidget]")).to_have_count(0)
        shoot(page, "explain")
        page.goto(f"{server.url}/learn")
        page.locator(".st-key-ten_steps button").click()
        expect(page.get_by_role("button", name="Back")).to_be_enabled()
        shoot(page, "learn")
        start_training(page, server.url, "architecture=mlp&epochs=5&batch_size=32")
        expect_status(page, "completed")
        start_training(page, server.url, "epochs=12&batch_size=32")
        expect_status(page, "running")
        expect(page.locator(".st-key-training_progress")).to_contain_text(
            "Epoch 8 of 12", timeout=300_000
        )
        shoot(page, "train")
        expect_status(page, "completed")
        expect(page.get_by_text("Drawn digits", exact=True)).to_be_visible(timeout=60_000)
        page.get_by_role("link", name="Runs").click()
        expect(page.locator(".js-line").first).to_be_attached()
        wait_until_idle(page)
        tick_run(page, 1)
        expect(page.locator(".st-key-overlay_accuracy_chart .js-line")).to_have_count(4)
        shoot(page, "runs")
        first = min(path.name for path in server.runs.glob("2*"))
        page.goto(f"{server.url}/evaluate?run={first}")
        expect(page.locator(".st-key-mistake_tiles button").first).to_be_visible()
        expect(page.locator(".st-key-robustness .js-plotly-plot")).to_have_count(7, timeout=120_000)
        page.locator(".st-key-mistake_tiles button").first.click()
        expect(page.locator(".st-key-chosen_image_answer .bars path").first).to_be_attached()
        shoot(page, "evaluate")
        browser.close()


if __name__ == "__main__":
    main()
