"""Learn in a real browser: numbers that follow, the lesson, and nothing cut on a phone."""

import re

from playwright.sync_api import Page, expect

from core.teaching import BLOCKS, STATIONS, WORKED_NETWORK
from tests.browser.choosing import wait_until_idle

_PROGRESS = ".st-key-lesson_progress"


def _open(page: Page, server, query: str = "") -> None:
    page.goto(f"{server.url}/learn{query}")
    expect(page.get_by_role("tab", name="Glossary")).to_be_visible()


def _loss(page: Page):
    return page.locator(".st-key-worked_loss [data-testid=stMetricValue]")


def test_a_moved_weight_changes_the_loss_and_steps_lead_to_a_fit(page: Page, server):
    _open(page, server)
    expect(page.locator(".st-key-worked_network img")).to_be_visible()
    expect(_loss(page)).to_have_text("0.9935")
    page.locator(".st-key-worked_value").get_by_role("slider").press("ArrowRight")
    expect(_loss(page)).not_to_have_text("0.9935")
    page.get_by_role("button", name="Back").click()
    expect(_loss(page)).to_have_text("0.9935")
    page.locator(".st-key-training_step button").click()
    expect(_loss(page)).to_have_text("0.7918")
    page.get_by_role("button", name="Until it fits").click()
    expect(page.get_by_text("It fits", exact=True)).to_be_visible()


def test_the_six_stations_are_found_and_kept_over_a_reload(page: Page, server):
    _open(page, server, "?part=lesson")
    for count, (name, station) in enumerate(STATIONS.items(), 1):
        box = page.locator(f".st-key-station_{name}")
        if count > 1:  # the first one is open
            box.locator("summary").click()
        box.get_by_text(station.answer, exact=True).click()
        wait_until_idle(page)
        box.locator(f".st-key-check_{name} button").click()
        expect(page.locator(_PROGRESS)).to_contain_text(f"{count} of 6")
    expect(page.locator(_PROGRESS)).to_contain_text("You have found them all")
    page.reload()
    expect(page.locator(_PROGRESS)).to_contain_text("6 of 6")
    page.get_by_role("button", name="Forget my progress").click()
    expect(page.locator(_PROGRESS)).to_contain_text("0 of 6")
    page.reload()
    expect(page.locator(_PROGRESS)).to_contain_text("0 of 6")


def test_a_setting_s_help_leads_to_its_block_and_the_block_back_to_the_form(page: Page, server):
    page.goto(f"{server.url}/train")
    help_sign = page.locator(".st-key-setting_dropout [data-testid=stTooltipIcon] button").first
    help_sign.hover()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Learn: Dropout").click()
    block = opened.value
    expect(block.get_by_text(BLOCKS["dropout"].question)).to_be_visible()
    block.get_by_role("button", name=re.compile("Try it on Train")).click()
    expect(block.locator(".st-key-setting_dropout input")).to_have_value("0.30")


def test_a_click_on_the_surface_starts_the_descent_there(page: Page, server):
    _open(page, server, "?part=blocks&block=descent")
    plot = page.locator(".st-key-descent_plot .js-plotly-plot")
    expect(plot).to_be_visible()
    expect(page.get_by_text("From a loss of 9.12")).to_be_visible()
    box = plot.locator(".nsewdrag").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 5)
    expect(page.get_by_text("From a loss of 54")).to_be_visible()


def test_nothing_of_it_scrolls_sideways_on_a_phone(phone: Page, server):
    main = phone.locator("[data-testid=stMain]")
    parts = ["network", "lesson", "glossary"]
    parts += [f"blocks&block={name}" for name in BLOCKS if name != WORKED_NETWORK]
    for part in parts:
        _open(phone, server, f"?part={part}")
        expect(phone.locator(f".st-key-learn_{part.split('&')[0]}")).to_be_visible()
        wait_until_idle(phone)
        assert main.evaluate("main => main.scrollWidth <= main.clientWidth"), part
