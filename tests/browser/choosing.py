"""Choose an option of a list on a page."""

import re

from playwright.sync_api import Page, TimeoutError


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
