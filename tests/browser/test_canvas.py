"""What the canvas does beside taking strokes: it invites, keeps, undoes and tells hands apart."""

import re

from playwright.sync_api import Page, expect

from tests.browser.pen import (
    DIGITS,
    Fingers,
    answer,
    canvas,
    clear,
    clear_button,
    draw,
    draw_with_finger,
    expect_answer,
    open_draw,
)


def _invitation(page: Page) -> str:
    """Return what is written on the canvas, without quotes."""
    container = page.locator(".st-key-digit_canvas .dc-container")
    return container.evaluate("box => getComputedStyle(box, '::after').content").strip('"')


def test_the_empty_canvas_has_a_name_invites_and_explains_itself(page: Page, server):
    open_draw(page, server.url)
    expect(page.get_by_role("img", name="Draw a digit here")).to_be_visible()
    assert _invitation(page) == "Draw a digit here"
    expect(page.locator(".st-key-prediction")).to_contain_text("No answer yet")
    expect(page.get_by_alt_text("The drawing, shrunk and centred")).to_have_count(0)
    draw(page, DIGITS[7][0:1])
    assert _invitation(page) == ""
    expect_answer(page, 7)
    expect(page.get_by_alt_text("The drawing, shrunk and centred")).to_be_visible()
    clear(page)
    assert _invitation(page) == "Draw a digit here"


def test_the_canvas_has_no_controls_but_ours(page: Page, server):
    open_draw(page, server.url)
    canvas(page).hover()
    controls = page.locator(".st-key-digit_canvas button")
    assert controls.count() > 0, "the component's own toolbar is elsewhere now"
    for control in controls.all():
        expect(control).to_be_hidden()


def test_ctrl_z_undoes_unless_somebody_is_typing(page: Page, server):
    open_draw(page, server.url)
    draw(page, DIGITS[7])
    expect_answer(page, 7)
    page.get_by_label("Model", exact=True).focus()
    page.keyboard.press("Control+z")
    page.wait_for_timeout(500)
    expect_answer(page, 7)
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Control+z")
    expect_answer(page, None)
    expect(page.locator(".st-key-undo_stroke button")).to_be_disabled()


def test_a_palm_beside_the_finger_leaves_the_digit_alone(phone: Page, server):
    open_draw(phone, server.url)
    hands = {
        "larger than a finger": {"radius": 60.0},
        "no larger than a finger, but still": {"radius": 15.0},
    }
    for what, hand in hands.items():
        fingers = Fingers(phone)
        fingers.press(1, 0.9, 0.9, **hand)
        fingers.draw(2, DIGITS[4])
        fingers.move(1, 0.7, 0.95)
        fingers.lift(1)
        expect(answer(phone), what).to_have_text(re.compile("4"), timeout=60_000)
        clear(phone)
    # A larger hand that slid before the finger came takes its ink with it.
    fingers = Fingers(phone)
    fingers.press(1, 0.9, 0.9, radius=40)
    fingers.move(1, 0.5, 0.95)
    fingers.draw(2, DIGITS[7])
    fingers.lift(1)
    expect_answer(phone, 7)
    # A hand that comes later, and a second finger, draw nothing.
    clear(phone)
    fingers = Fingers(phone)
    fingers.press(2, 0.5, 0.2)
    for y in (0.3, 0.4):
        fingers.move(2, 0.5, y)
    fingers.press(3, 0.1, 0.9)
    fingers.move(3, 0.9, 0.9)
    for y in (0.5, 0.6, 0.7, 0.8):
        fingers.move(2, 0.5, y)
    fingers.lift(3)
    fingers.lift(2)
    expect_answer(phone, 1)


def test_a_tap_leaves_a_dot(phone: Page, server):
    open_draw(phone, server.url)
    fingers = Fingers(phone)
    fingers.press(0, 0.5, 0.5)
    fingers.lift(0)
    expect(phone.get_by_text("A single dot is not a digit yet")).to_be_visible(timeout=60_000)


def test_a_reload_right_after_the_last_stroke_keeps_the_drawing(page: Page, server):
    open_draw(page, server.url)
    draw(page, DIGITS[4])
    page.reload()
    canvas(page).wait_for()
    expect_answer(page, 4)
    page.locator(".st-key-undo_stroke button").click()
    expect(answer(page)).not_to_have_text(re.compile("4"))
    draw(page, DIGITS[4][1:])
    expect_answer(page, 4)
    clear(page)
    page.reload()
    canvas(page).wait_for()
    expect(page.get_by_text("Draw a digit from 0 to 9")).to_be_visible(timeout=60_000)
    expect(clear_button(page)).to_be_disabled()


def test_another_page_right_after_the_last_stroke_keeps_the_drawing(phone: Page, server):
    open_draw(phone, server.url)
    draw_with_finger(phone, DIGITS[7])
    phone.get_by_role("link", name="Runs").click()
    expect(canvas(phone)).to_have_count(0)
    phone.get_by_role("link", name="Draw").click()
    canvas(phone).wait_for()
    expect_answer(phone, 7)


def test_what_a_browser_keeps_is_shown_to_no_other(new_context, server):
    first, second = (new_context().new_page() for _ in range(2))
    open_draw(first, server.url)
    draw(first, DIGITS[7])
    expect_answer(first, 7)
    open_draw(second, server.url)
    expect(second.get_by_text("Draw a digit from 0 to 9")).to_be_visible(timeout=60_000)
    expect_answer(second, None)
