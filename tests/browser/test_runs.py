"""The page Runs in a real browser: curves, renaming, deleting, and what is damaged."""

import json

from playwright.sync_api import Page, expect

from tests.browser.training_page import SHORT_RUN, expect_status, start_training


def test_a_run_is_listed_renamed_and_deleted(page: Page, server):
    start_training(page, server.url, SHORT_RUN)
    expect_status(page, "completed")
    page.get_by_role("link", name="Runs").click()
    expect(page.locator(".st-key-runs_table canvas").first).to_be_visible()
    expect(page.locator(".js-line").first).to_be_attached()
    page.get_by_role("button", name="Rename").click()
    name = page.get_by_role("textbox", name="Name")
    name.fill("My first network")
    name.press("Enter")
    page.locator(".st-key-confirm_rename button").click()
    page.wait_for_function("!document.querySelector('[role=dialog]')")
    (record,) = [json.loads(p.read_text()) for p in server.runs.glob("*/run.json")]
    assert record["name"] == "My first network"
    page.locator(".st-key-delete_runs button").click()
    expect(page.get_by_role("dialog")).to_contain_text("My first network")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert list(server.runs.glob("*/run.json"))
    page.locator(".st-key-delete_runs button").click()
    page.locator(".st-key-confirm_delete button").click()
    expect(page.get_by_text("There are no runs yet")).to_be_visible()
    assert not list(server.runs.glob("*/run.json"))


def test_damaged_runs_are_listed_and_stop_nothing(page: Page, server):
    for name, content in (("20260101-000000-aaaaaa", "{"), ("20260102-000000-bbbbbb", "[]")):
        directory = server.runs / name
        directory.mkdir(parents=True)
        (directory / "run.json").write_text(content)
    (server.runs / "foreign").mkdir()
    page.goto(f"{server.url}/runs")
    expect(page.locator(".st-key-runs_table canvas").first).to_be_visible()
    expect(page.get_by_text("It has no run.json")).to_be_visible()
    page.goto(server.url)
    expect(page.locator(".st-key-digit_canvas canvas").last).to_be_visible()
