"""Draw in a real browser, with mouse and finger, and be read by the shipped model."""

import pytest
from playwright.sync_api import Page, expect

from core.drawing import DrawingStore
from tests.browser.pen import (
    DIGITS,
    answer,
    canvas,
    clear,
    clear_button,
    draw,
    draw_with_finger,
    expect_answer,
    open_draw,
)


def test_each_digit_drawn_with_the_mouse_is_read(page: Page, server):
    open_draw(page, server.url)
    for digit, strokes in DIGITS.items():
        draw(page, strokes)
        expect_answer(page, digit)
        expect(page.get_by_text("Read in")).to_contain_text("CPU")
        clear(page)


def test_a_digit_drawn_with_a_finger_is_read_and_the_page_does_not_scroll(phone: Page, server):
    open_draw(phone, server.url)
    for digit in (1, 3, 4):
        before = canvas(phone).bounding_box()
        draw_with_finger(phone, DIGITS[digit])
        expect_answer(phone, digit)
        assert canvas(phone).bounding_box() == before
        clear(phone)


@pytest.mark.parametrize("path", ["/", "/train", "/runs"])
def test_nothing_scrolls_sideways_on_a_phone(phone: Page, server, path):
    phone.goto(server.url + path)
    expect(phone.locator(".stMainBlockContainer")).to_be_visible()
    expect(phone.locator("[data-testid=stStatusWidget]")).to_have_count(0)
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    main = phone.locator("[data-testid=stMain]")
    assert main.evaluate("main => main.scrollWidth <= main.clientWidth")


def test_what_is_not_a_digit_gets_no_answer_and_the_page_says_why(page: Page, server):
    open_draw(page, server.url)
    hint = page.get_by_text("Draw a digit from 0 to 9")
    expect_answer(page, None)
    expect(hint).to_be_visible(timeout=60_000)
    draw(page, [[(0.5, 0.5), (0.502, 0.5)]])
    expect(page.get_by_text("A single dot is not a digit yet")).to_be_visible(timeout=60_000)
    expect_answer(page, None)
    clear(page)
    expect(hint).to_be_visible()
    zigzag = [(0.15 + 0.7 * (i % 2), 0.12 + 0.055 * i) for i in range(14)]
    draw(page, [zigzag, [(y, x) for x, y in zigzag]])
    expect(page.locator(".st-key-prediction")).to_contain_text("I am not sure", timeout=60_000)
    expect_answer(page, None)
    expect(page.get_by_text("It looks most like")).to_be_visible()


def test_clear_empties_the_canvas_and_undo_brings_the_drawing_back(page: Page, server):
    open_draw(page, server.url)
    draw(page, DIGITS[7])
    expect_answer(page, 7)
    clear(page)
    expect(clear_button(page)).to_be_disabled()
    page.locator(".st-key-undo_stroke button").click()
    expect_answer(page, 7)
    clear(page)
    draw(page, DIGITS[1])
    expect_answer(page, 1)


def test_undo_takes_back_one_stroke_at_a_time(page: Page, server):
    open_draw(page, server.url)
    draw(page, DIGITS[7])
    expect_answer(page, 7)
    before = page.locator(".stImage img").get_attribute("src")
    draw(page, [[(0.1, 0.1), (0.9, 0.1)], [(0.1, 0.9), (0.9, 0.9)]])
    expect(page.locator(".stImage img")).not_to_have_attribute("src", before)
    undo = page.locator(".st-key-undo_stroke button")
    for _ in range(2):
        undo.click()
    expect_answer(page, 7)
    expect(page.locator(".stImage img")).to_have_attribute("src", before)
    undo.click()
    expect_answer(page, None)
    expect(undo).to_be_disabled()


def test_the_lens_shows_that_normalising_is_what_lets_a_small_digit_be_read(page: Page, server):
    open_draw(page, server.url)
    draw(page, [[(0.68 + 0.3 * x, 0.68 + 0.3 * y) for x, y in stroke] for stroke in DIGITS[7]])
    expect_answer(page, 7)
    page.get_by_text("Show how the network saw it").click()
    normalised = page.locator("[data-testid=stVerticalBlock]").filter(
        has=page.get_by_text("Normalised", exact=True)
    )
    expect(normalised.last).to_contain_text("read as 7")
    expect(page.get_by_text("Merely shrunk", exact=True)).to_be_visible()
    expect(page.get_by_text("6. Centred")).to_be_visible()


def test_a_named_drawing_is_kept_once_and_another_name_replaces_it(page: Page, server):
    def kept():
        return [path.parent.name for path in server.drawings.glob("*/*.png")]

    open_draw(page, server.url)
    draw(page, DIGITS[7])
    expect_answer(page, 7)
    page.get_by_role("radio", name="7", exact=True).click()
    expect(page.get_by_text("Kept as a 7")).to_contain_text("sent nowhere")
    assert kept() == ["7"]
    page.get_by_role("radio", name="1", exact=True).click()
    expect(page.get_by_text("Kept as a 1")).to_be_visible()
    assert kept() == ["1"]
    clear_button(page).click()
    draw(page, DIGITS[0])
    expect_answer(page, 0)
    expect(page.get_by_text("Kept as a")).to_have_count(0)
    assert kept() == ["1"]


def test_who_draws_is_kept_with_what_is_labelled_from_then_on(page: Page, server):
    def label_as(digit):
        page.get_by_role("radio", name=str(digit), exact=True).click()
        return page.get_by_text(f"Kept as a {digit}")

    popover = page.locator(".st-key-writer_popover button")
    typed, shown = "**Ada** :red[x] <b>$y$</b>", "**Ada** :red[x] <…"
    page.set_viewport_size({"width": 1280, "height": 800})
    open_draw(page, server.url)
    draw(page, DIGITS[7])
    expect_answer(page, 7)
    expect(label_as(7)).not_to_contain_text("drawn by")
    expect(popover).to_be_in_viewport(ratio=1)
    popover.click()
    page.get_by_label("Drawn by (optional nickname)").fill(f" {typed} ")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    # Shown as typed, here and on the other page.
    expect(popover).to_contain_text(f"Drawn by {shown}")
    for part in (popover, page.locator(".st-key-footer")):
        expect(part).to_be_in_viewport(ratio=1)
    clear(page)
    draw(page, DIGITS[1])
    expect_answer(page, 1)
    expect(label_as(1)).to_contain_text(f", drawn by {typed}, and sent nowhere")
    page.get_by_role("link", name="Evaluate").click()
    expect(page.locator(".st-key-drawings_gallery img")).to_have_count(2)
    expect(page.locator(".st-key-drawings_gallery").get_by_text(f"by {typed}")).to_have_count(1)
    page.get_by_role("link", name="Draw").click()
    expect_answer(page, 1)
    expect(popover).to_contain_text(f"Drawn by {shown}")
    writers = {drawing.label: drawing.writer for drawing in DrawingStore(server.drawings).list()}
    assert writers == {7: "", 1: typed}


def test_a_number_is_read_digit_by_digit_with_a_box_around_each(page: Page, server):
    open_draw(page, server.url)
    page.get_by_text("A number", exact=True).click()
    expect(page.get_by_text("its digits side by side")).to_be_visible(timeout=60_000)
    for place, digit in enumerate((2, 0, 4, 7)):
        draw(page, [[(0.05 + 0.24 * place + 0.18 * x, 0.1 + 0.8 * y) for x, y in stroke]
                    for stroke in DIGITS[digit]])  # fmt: skip
    expect(answer(page)).to_have_text("2047")
    expect(page.get_by_alt_text("The drawing with a box around each digit")).to_be_visible()
    page.get_by_text("A digit", exact=True).click()
    expect_answer(page, None)


def test_the_drawing_survives_a_visit_to_another_page(page: Page, server):
    open_draw(page, server.url)
    draw(page, DIGITS[3])
    expect_answer(page, 3)
    page.get_by_role("link", name="Runs").click()
    expect(canvas(page)).to_have_count(0)
    page.get_by_role("link", name="Draw").click()
    canvas(page).wait_for()
    expect_answer(page, 3)
    clear(page)


def test_everything_is_visible_without_scrolling_on_a_laptop(page: Page, server):
    page.set_viewport_size({"width": 1280, "height": 800})
    open_draw(page, server.url)
    draw(page, DIGITS[2])
    expect_answer(page, 2)
    for part in (
        page.locator(".st-key-digit_canvas"),
        page.locator(".st-key-clear_canvas"),
        page.locator(".st-key-prediction"),
        page.locator(".st-key-probabilities .main-svg").first,
        page.get_by_text("Read in"),
    ):
        expect(part).to_be_in_viewport(ratio=1)


def test_two_people_draw_at_the_same_time(new_context, server):
    first, second = (new_context().new_page() for _ in range(2))
    for page in (first, second):
        open_draw(page, server.url)
    draw(first, DIGITS[7])
    draw(second, DIGITS[0])
    expect_answer(first, 7)
    expect_answer(second, 0)
