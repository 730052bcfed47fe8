"""Start runs on the page Train and read what it shows."""

import re

from playwright.sync_api import Locator, Page, expect

# Long enough to be watched, stopped, left and killed; a step is small, so two cores do them fast.
LONG_RUN = "architecture=mlp&hidden_units=256&batch_size=1&epochs=200"
SHORT_RUN = "architecture=mlp&hidden_units=32&epochs=2"


def open_form(page: Page, url: str, settings: str) -> None:
    """Open the page Train with these settings in the form, ready to start."""
    page.goto(f"{url}/train?{settings}")
    expect(start_button(page)).to_be_enabled(timeout=60_000)
    expect(page.get_by_text("training images,")).to_be_visible(timeout=60_000)


def start_training(page: Page, url: str, settings: str) -> None:
    """Open the page Train with these settings and start a run."""
    open_form(page, url, settings)
    start_button(page).click()


def start_button(page: Page) -> Locator:
    """Return the button that starts."""
    return page.locator(".st-key-start_training button")


def stop_button(page: Page) -> Locator:
    """Return the button that stops."""
    return page.locator(".st-key-stop_training button")


def pause_button(page: Page) -> Locator:
    """Return the button that pauses."""
    return page.locator(".st-key-pause_training button")


def resume_button(page: Page) -> Locator:
    """Return the button that resumes."""
    return page.locator(".st-key-resume_training button")


def expect_status(page: Page, word: str) -> None:
    """Wait until the run on the page has this status."""
    # A worker that starts imports TensorFlow first.
    expect(page.locator(".st-key-training_status")).to_have_text(
        re.compile(rf"^\s*{word}"), timeout=90_000
    )


def curve(page: Page, measure: str) -> Locator:
    """Return the training curve of the chart of "loss" or "accuracy"."""
    return page.locator(f".st-key-{measure}_chart .scatterlayer path.js-line").first


def expect_curve_to_move(page: Page, measure: str) -> None:
    """Wait until the training curve is another than now."""
    expect(curve(page, measure)).to_be_attached(timeout=60_000)
    before = curve(page, measure).get_attribute("d")
    expect(curve(page, measure)).not_to_have_attribute("d", before or "")


def stop_and_wait(page: Page) -> None:
    """Stop the run on the page and wait until what it reached is measured."""
    stop_button(page).click()
    expect_status(page, "stopped")
    expect(page.get_by_text("Test accuracy")).to_be_visible()


def watch_for_doubles(page: Page, *parts: str) -> None:
    """Begin to count how often a part of the page, by its key, is there twice for a moment."""
    page.evaluate(
        """(parts) => {
            window.doubles = 0;
            new MutationObserver(() => {
                window.doubles += parts.filter(
                    (part) => document.querySelectorAll(`.st-key-${part}`).length > 1
                ).length;
            }).observe(document.body, { childList: true, subtree: true });
        }""",
        parts,
    )


def expect_no_doubles(page: Page) -> None:
    """Hold that nothing has been there twice since `watch_for_doubles`."""
    assert page.evaluate("window.doubles") == 0
