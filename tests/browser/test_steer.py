"""Steer a run in a real browser: pause, resume, another learning rate, more epochs; and a queue."""

import re
import time

from playwright.sync_api import Page, expect

from tests.browser.pen import DIGITS, draw, expect_answer, open_draw
from tests.browser.training_page import (
    LONG_RUN,
    curve,
    expect_curve_to_move,
    expect_status,
    pause_button,
    resume_button,
    start_button,
    start_training,
    stop_and_wait,
)


def test_pause_holds_the_curves_and_resume_moves_them_even_after_a_reload(page: Page, server):
    start_training(page, server.url, LONG_RUN)
    expect_curve_to_move(page, "loss")
    pressed = time.monotonic()
    pause_button(page).click()
    expect_status(page, "paused")
    # The aim is a second; a busy machine gets three before this fails.
    assert time.monotonic() - pressed < 3
    page.wait_for_timeout(1500)  # what was on its way to the page has arrived
    held = curve(page, "loss").get_attribute("d")
    page.reload()
    expect_status(page, "paused")
    expect(curve(page, "loss")).to_have_attribute("d", held or "")
    pressed = time.monotonic()
    resume_button(page).click()
    expect_status(page, "running")
    assert time.monotonic() - pressed < 3
    expect_curve_to_move(page, "loss")


def test_a_changed_learning_rate_leaves_its_mark_on_both_curves(page: Page, server):
    start_training(page, server.url, LONG_RUN + "&learning_rate_schedule=constant")
    expect_curve_to_move(page, "loss")
    page.get_by_text("Change the learning rate").click()
    rate = page.locator(".st-key-new_learning_rate input")
    expect(rate).to_have_value("0.003")
    rate.fill("0.0005")
    rate.press("Enter")
    page.locator(".st-key-change_learning_rate button").click()
    for measure in ("loss", "accuracy"):
        mark = page.locator(f".st-key-{measure}_chart .annotation-text")
        expect(mark).to_contain_text(re.compile("^0.003 . 0.0005"))


def test_a_stopped_run_goes_on_to_its_end_and_then_for_more_epochs(page: Page, server):
    start_training(page, server.url, LONG_RUN.replace("epochs=200", "epochs=8"))
    expect_curve_to_move(page, "loss")
    stop_and_wait(page)
    resume_button(page).click()
    expect_status(page, "completed")
    progress = page.locator(".st-key-training_progress")
    expect(progress).to_contain_text("Epoch 8 of 8")
    page.get_by_text("Train for more epochs").click()
    epochs = page.locator(".st-key-epochs_to_add input")
    epochs.fill("1")
    epochs.press("Enter")
    page.locator(".st-key-more_epochs button").click()
    expect(progress).to_contain_text("of 9")
    expect_status(page, "completed")
    expect(progress).to_contain_text("Epoch 9 of 9")


def test_the_last_drawing_rides_along_and_can_be_looked_at_again(page: Page, server):
    open_draw(page, server.url)
    draw(page, DIGITS[7])
    expect_answer(page, 7)
    page.get_by_role("link", name="Train").click()
    page.get_by_text("One hidden layer (128)").click()
    expect(page.get_by_text("training images,")).to_be_visible(timeout=60_000)
    start_button(page).click()
    insights = page.locator(".st-key-insights")
    expect(insights.locator(".st-key-drawing_bars .bars path").first).to_be_attached(timeout=90_000)
    expect_status(page, "completed")
    reading = insights.get_by_text("it reads your drawing as")
    last = reading.inner_text()
    slider = insights.get_by_role("slider")
    slider.focus()
    slider.press("Home")
    expect(reading).not_to_have_text(last)
    page.get_by_text("Inside the layers").click()
    expect(insights).to_contain_text(re.compile("first layer|first look inside"))


def test_a_lesson_goes_wrong_and_the_coach_says_why(page: Page, server):
    page.goto(f"{server.url}/train")
    page.get_by_text("Learning rate too high").click()
    expect(page.get_by_text("training images,")).to_be_visible(timeout=60_000)
    expect(start_button(page)).to_be_enabled()
    start_button(page).click()
    expect(page.locator(".st-key-coach")).to_contain_text(
        "The learning rate is most likely too high", timeout=90_000
    )
    expect_status(page, "completed")
