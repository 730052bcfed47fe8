"""Click where a page that is still computing would lose it: options, tabs, buttons."""

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
