"""The Train page at the widths that people have: Start in reach, the run in view, nothing lost."""

import json
import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.training_page import (
    LONG_RUN,
    SHORT_RUN,
    curve,
    expect_curve_to_move,
    expect_status,
    open_form,
    start_button,
    start_training,
    stop_and_wait,
)
from tests.helpers import wait_until

_HEIGHTS = {320: 640, 390: 844, 768: 1024, 1280: 800, 1920: 1080}


def _box(element: Locator) -> dict[str, float]:
    """Return where an element is; a chart that is just drawn anew is nowhere for a moment."""
    return dict(wait_until(element.first.bounding_box))


def _expect_in_window(page: Page, selector: str) -> None:
    """Wait until an element is in the window, whole, and not under what stands at its edge."""
    page.wait_for_function(
        """(selector) => {
            const box = document.querySelector(selector).getBoundingClientRect();
            const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
            const seen = document.elementFromPoint(x, y);
            return box.top >= 0 && box.bottom <= innerHeight && !!seen?.closest(selector);
        }""",
        arg=selector,
    )


def test_at_every_width_start_is_in_reach_and_the_run_in_view(page: Page, server):
    page.set_viewport_size({"width": 1280, "height": 800})
    open_form(page, server.url, LONG_RUN)
    _expect_in_window(page, ".st-key-start_training button")
    expect(page.get_by_role("heading", name="New run")).to_be_visible()
    start_button(page).click()
    expect_curve_to_move(page, "loss")
    for width, height in _HEIGHTS.items():
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(1500)  # charts take their new size
        _expect_in_window(page, ".st-key-start_training button")
        _expect_in_window(page, ".st-key-stop_training button")
        main = page.locator("[data-testid=stMain]")
        assert main.evaluate("element => element.scrollWidth <= element.clientWidth")
        form, run = (_box(page.locator(f".st-key-{name}_header")) for name in ("form", "run"))
        loss, accuracy = (
            _box(page.locator(f".st-key-{name}_chart")) for name in ("loss", "accuracy")
        )
        if width < 1024:
            assert run["y"] < form["y"]
            assert loss["y"] + loss["height"] <= accuracy["y"]
        else:
            assert run["y"] == form["y"]
            assert loss["y"] == accuracy["y"]
        # What there is of 200 epochs fills most of the chart.
        drawn = _box(curve(page, "loss"))
        plot = _box(page.locator(".st-key-loss_chart .nsewdrag"))
        assert drawn["width"] > 0.5 * plot["width"]


def test_on_a_phone_the_run_comes_first_and_starting_goes_to_it(phone: Page, server):
    start_training(phone, server.url, LONG_RUN)
    expect_curve_to_move(phone, "loss")
    stop_and_wait(phone)
    # Down to the end of the form, where a person has just changed something.
    phone.locator(".st-key-setting_groups").get_by_role("tab").last.click()
    start_button(phone).click()
    wait_until(lambda: len(list(server.runs.glob("*/run.json"))) == 2)
    newest = max(path.parent.name for path in server.runs.glob("*/run.json"))
    phone.wait_for_url(re.compile(newest))
    _expect_in_window(phone, ".st-key-run_header h3")
    _expect_in_window(phone, ".st-key-training_status")
    expect_status(phone, "running")


def test_start_then_leaving_at_once_keeps_the_run(page: Page, server):
    open_form(page, server.url, SHORT_RUN)
    link = page.get_by_role("link", name="Draw")
    start_button(page).click(no_wait_after=True)
    link.click(no_wait_after=True)
    (record,) = wait_until(lambda: list(server.runs.glob("*/run.json")))
    wait_until(lambda: json.loads(record.read_text())["status"] == "completed", seconds=90)
    page.get_by_role("link", name="Train").click()
    expect_status(page, "completed")


def test_the_whole_range_is_one_switch_for_the_session(page: Page, server):
    start_training(page, server.url, "architecture=mlp&hidden_units=128&epochs=8")
    expect_status(page, "completed")
    lowest = page.locator(".st-key-accuracy_chart .ytick text").first
    expect(lowest).not_to_have_text("0%")
    losses = page.locator(".st-key-loss_chart .ytick text")
    expect(losses.first).not_to_have_text("0")
    page.get_by_text("Whole range").click()
    expect(lowest).to_have_text("0%")
    expect(losses.first).to_have_text("0")
    page.get_by_role("link", name="Runs").click()
    expect(page.locator(".st-key-overlay_accuracy_chart .ytick text").first).to_have_text("0%")


def test_whose_settings_are_where_is_said_and_those_of_a_run_can_be_used(page: Page, server):
    start_training(page, server.url, "architecture=mlp&hidden_units=40&epochs=1")
    header = page.locator(".st-key-run_header")
    expect(header).to_contain_text("holds the same settings")
    expect_status(page, "completed")
    expect(page.get_by_text("Change the learning rate")).to_have_count(0)
    page.get_by_text("99 % in seconds").click()
    expect(header).to_contain_text(re.compile("holds other settings: .*Architecture"))
    page.locator(".st-key-use_run_settings button").click()
    expect(page.get_by_label("Hidden layers", exact=True)).to_have_value("40")
    expect(header).to_contain_text("holds the same settings")


@pytest.mark.parametrize("width", [390, 1280])
def test_what_is_refused_says_why_beside_a_start_that_cannot_be_pressed(page: Page, server, width):
    page.set_viewport_size({"width": width, "height": _HEIGHTS[width]})
    page.goto(f"{server.url}/train?filters=1024,1024,1024,1024&kernel_size=7")
    expect(start_button(page)).to_be_disabled(timeout=60_000)
    bar = page.locator(".st-key-start_bar")
    expect(bar).to_contain_text("Choose fewer or smaller layers")
    reason = bar.get_by_role("alert").bounding_box()
    assert reason and reason["y"] + reason["height"] <= _HEIGHTS[width]
    _expect_in_window(page, ".st-key-start_training button")
