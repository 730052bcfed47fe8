"""Ask why in a real browser: for one's own drawing, two digits, and other models."""

import re

from playwright.sync_api import Page, TimeoutError, expect

from tests.browser.pen import DIGITS, draw, draw_with_finger, expect_answer, open_draw

_MAP = ".st-key-attribution_map img"


def _choose(page: Page, label: str, option: str | re.Pattern[str]) -> None:
    chosen = page.get_by_role("option", name=option, exact=isinstance(option, str))
    for _ in range(5):
        page.get_by_role("combobox", name=label, exact=True).click()
        try:
            chosen.click(timeout=3000)
        except TimeoutError:  # the list closes where a picture that arrives moves it
            continue
        return
    raise AssertionError(f"{label} has no option {option}")


def test_why_shows_the_ink_that_decided_of_ones_own_drawing(page: Page, server):
    open_draw(page, server.url)
    draw(page, DIGITS[4])
    expect_answer(page, 4)
    page.locator(".st-key-explain_drawing button").click()
    shown = page.locator(_MAP)
    expect(shown).to_be_visible(timeout=60_000)
    expect(page.locator(".st-key-explained_answer")).to_contain_text("Your drawing: 4")
    expect(shown).to_have_attribute("alt", re.compile("Your drawing, with the ink that decided"))

    # The contrast with another digit is another map.
    before = shown.get_attribute("src")
    _choose(page, "and not", "9")
    expect(page.get_by_text("Why 4 and not 9?")).to_be_visible()
    expect(shown).not_to_have_attribute("src", before)
    expect(page.locator(".st-key-map_occlusion img")).to_be_visible()
    expect(page.locator(".st-key-evidence img")).to_have_count(10)

    # The address holds the drawing: a reload, or somebody with the link, sees the same.
    page.reload()
    expect(page.locator(".st-key-explained_answer")).to_contain_text("Your drawing: 4")
    expect(shown).to_be_visible()


def test_a_finger_draws_and_asks_why(phone: Page, server):
    open_draw(phone, server.url)
    draw_with_finger(phone, DIGITS[3])
    expect_answer(phone, 3)
    phone.locator(".st-key-explain_drawing button").tap()
    expect(phone.locator(_MAP)).to_be_visible(timeout=60_000)
    main = phone.locator("[data-testid=stMain]")
    assert main.evaluate("main => main.scrollWidth <= main.clientWidth")


def test_without_a_drawing_the_page_explains_a_test_image(page: Page, server):
    page.goto(f"{server.url}/explain")
    expect(page.locator(".st-key-explained_answer")).to_contain_text("Image 1 (", timeout=60_000)
    page.goto(f"{server.url}/explain?on=drawing")
    expect(page.get_by_text("Draw a digit first")).to_be_visible()
    page.get_by_role("link", name="Draw a digit").click()
    expect(page.locator(".st-key-digit_canvas")).to_be_visible()
