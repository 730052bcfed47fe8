"""Click where a page that is still computing would lose it: options, tabs, buttons, rows."""

import re

from playwright.sync_api import Page, TimeoutError, expect


def choose(page: Page, label: str, option: str | re.Pattern[str]) -> None:
    """Choose an option by its whole name, or by a pattern."""
    chosen = page.get_by_role("option", name=option, exact=isinstance(option, str))
    for _ in range(5):
        page.get_by_role("combobox", name=label, exact=True).click()
        try:
            chosen.click(timeout=3000)
        except TimeoutError:  # the list closes where what arrives moves it
            continue
        return
    raise AssertionError(f"{label} has no option {option}")


def wait_until_idle(page: Page) -> None:
    """Wait until the page's script has ended; twice a click before that had no effect."""
    app = page.locator("[data-testid=stApp]")
    expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=60_000)


def tick_run(page: Page, row: int) -> None:
    """Tick a row of the table of runs, which is drawn on a canvas."""
    rows = page.locator(".st-key-runs_table canvas").first
    expect(rows).to_be_visible()  # other runs are another table
    box = rows.bounding_box()
    assert box
    page.mouse.click(box["x"] + 20, box["y"] + 36 + 66 * row + 33)
    wait_until_idle(page)
