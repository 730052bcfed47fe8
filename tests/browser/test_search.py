"""Compare, several seeds and a search in a real browser, and on a phone."""

import re

from playwright.sync_api import Page, expect

from tests.browser.added_runs import add_runs
from tests.browser.choosing import tick_run, wait_until_idle
from tests.browser.training_page import open_form

_QUICK = "architecture=mlp&hidden_units=8&epochs=2&training_share=0.1&batch_size=32"


def test_two_runs_are_compared_with_a_verdict_and_found_by_their_note(page: Page, server):
    add_runs(server, 6)
    page.goto(f"{server.url}/runs")
    expect(page.locator(".st-key-overlay_loss_chart .js-line").first).to_be_attached()
    page.get_by_role("textbox", name="Note").fill("the best of all")
    page.get_by_role("textbox", name="Note").press("Enter")
    wait_until_idle(page)
    tick_run(page, 5)
    expect(page.locator(".st-key-compare_runs")).to_contain_text("Learning rate")
    expect(page.locator(".st-key-verdict")).to_contain_text(
        re.compile("network 5 is better than network 0, by more than chance")
    )
    for measure in ("loss", "accuracy", "learning_rate"):
        lines = page.locator(f".st-key-overlay_{measure}_chart .scatterlayer path.js-line")
        expect(lines).to_have_count(2 if measure == "learning_rate" else 4)
    page.get_by_text("Images", exact=True).click()
    title = page.locator(".st-key-overlay_loss_chart .xtitle", has_text="Training images seen")
    expect(title).to_be_attached()
    page.get_by_role("textbox", name="Find").fill("best of")
    page.get_by_role("textbox", name="Find").press("Enter")
    expect(page.get_by_text("1 of 6 runs")).to_be_visible()


def test_a_table_that_is_sorted_ticks_the_run_that_is_clicked(page: Page, server):
    add_runs(server, 4)
    page.goto(f"{server.url}/runs")
    expect(page.get_by_role("heading", name="network 3")).to_be_visible()
    wait_until_idle(page)
    rows = page.locator(".st-key-runs_table canvas").first
    box = rows.bounding_box()
    assert box
    page.mouse.click(box["x"] + 275, box["y"] + 18)  # the head of the test accuracy
    # What the canvas shows, as it tells a screen reader.
    expect(rows.locator("tbody tr").first).to_contain_text("network 0")
    tick_run(page, 0)
    expect(page.get_by_role("heading", name="2 runs compared")).to_be_visible()
    expect(page.locator(".st-key-compare_runs")).to_contain_text("network 0")


def test_a_click_on_a_point_opens_its_run(page: Page, server):
    add_runs(server, 3)
    page.goto(f"{server.url}/runs")
    page.get_by_role("tab", name="Scatter").click()
    points = page.locator(".st-key-runs_scatter .points path")
    expect(points).to_have_count(3)
    wait_until_idle(page)
    box = points.first.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.get_by_role("heading", name=re.compile("network"))).to_be_visible()


def test_three_seeds_become_a_band(page: Page, server):
    open_form(page, server.url, _QUICK)
    wait_until_idle(page)
    page.locator(".st-key-several_runs summary").click()
    wait_until_idle(page)
    page.locator(".st-key-start_seeds button").click()
    expect(page.get_by_text(re.compile("3 of 3 runs have ended"))).to_be_visible(timeout=120_000)
    expect(page.get_by_text(re.compile("Test accuracy .* ± "))).to_be_visible()
    expect(page.locator(".st-key-band_accuracy .scatterlayer path.js-fill")).to_be_attached()


def test_a_search_of_four_runs_shows_parallel_coordinates(page: Page, server):
    open_form(page, server.url, _QUICK)
    wait_until_idle(page)
    page.locator(".st-key-several_runs summary").click()
    page.locator(".st-key-several_runs").get_by_role("tab", name="Search").click()
    wait_until_idle(page)
    page.locator(".st-key-search_runs input").fill("4")
    page.locator(".st-key-search_runs input").press("Enter")
    wait_until_idle(page)
    page.locator(".st-key-start_search button").click()
    expect(page.get_by_text(re.compile("4 of 4 runs have ended"))).to_be_visible(timeout=150_000)
    expect(page.get_by_text("Best so far")).to_be_visible()
    expect(page.locator(".st-key-parallel_coordinates .parcoords")).to_be_attached()
    page.locator(".st-key-delete_search button").click()
    page.locator(".st-key-cancel_delete button").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    for width in (390, 768, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        main = page.locator("[data-testid=stMain]")
        assert main.evaluate("main => main.scrollWidth <= main.clientWidth"), width
    page.locator(".st-key-delete_search button").click()
    page.locator(".st-key-confirm_delete button").click()
    expect(page.get_by_text("There is no search yet")).to_be_visible()
    assert len(list(server.runs.glob("*/run.json"))) == 4
