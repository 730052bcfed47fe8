"""A server for a class: what its people see of each other, in browsers of their own."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from core.runs import RunStore
from tests.browser.pen import DIGITS, draw, expect_answer, open_draw
from tests.browser.server import Server
from tests.browser.training_page import (
    LONG_RUN,
    SHORT_RUN,
    expect_status,
    open_form,
    start_button,
    start_training,
    stop_button,
)

_KEY = "a key for the teacher"


@pytest.fixture(scope="module")
def _class_server(tmp_path_factory):
    environment = {"DIGIT_LAB_SHARED": "true", "DIGIT_LAB_TEACHER_KEY": _KEY}
    with Server(tmp_path_factory.mktemp("class"), environment=environment) as server:
        yield server


@pytest.fixture
def class_server(_class_server):
    yield _class_server
    _class_server.empty()


def _whose(page: Page, server: Server) -> str:
    """Return by which pseudonym the server knows this browser."""
    page.goto(f"{server.url}/account")
    text = page.get_by_text(re.compile(r"You are person [0-9a-f]{12}")).inner_text()
    return re.findall(r"[0-9a-f]{12}", text)[0]


def test_a_run_is_steered_by_its_owner_and_a_teacher_alone(
    page: Page, new_context, class_server: Server
):
    owner = _whose(page, class_server)
    start_training(page, class_server.url, LONG_RUN)
    expect(stop_button(page)).to_be_visible(timeout=60_000)
    (run,) = RunStore(class_server.runs).list()
    other: Page = new_context().new_page()
    other.goto(f"{class_server.url}/train")
    expect(other.get_by_text("You have trained nothing here yet")).to_be_visible()
    expect(stop_button(other)).to_have_count(0)
    other.goto(f"{class_server.url}/train?run={run.id}")
    expect(other.get_by_text(f"Trained by person {owner}")).to_be_visible()
    expect(other.get_by_text("or a teacher can steer this run")).to_be_visible()
    expect(stop_button(other)).to_have_count(0)
    expect(other.locator(".st-key-learning_rate_menu")).to_have_count(0)
    other.goto(f"{class_server.url}/runs")
    expect(other.locator(".st-key-use_settings button")).to_be_visible()
    expect(other.locator(".st-key-delete_runs button")).to_have_count(0)
    # Its owner keeps it over a reload, and a teacher may stop it.
    page.reload()
    expect(stop_button(page)).to_be_visible()
    other.goto(f"{class_server.url}/account")
    other.get_by_text("I am the teacher").click()
    other.get_by_label("Key").fill(_KEY)
    other.get_by_role("button", name="Continue").click()
    panel = other.locator(".st-key-server_panel")
    expect(panel).to_contain_text("Memory left")
    expect(panel.locator("[data-testid=stDataFrame]")).to_be_visible()
    other.goto(f"{class_server.url}/train?run={run.id}")
    stop_button(other).click()
    expect_status(page, "stopped")


def test_labelled_drawings_are_seen_by_who_drew_them_alone(
    page: Page, new_context, class_server: Server
):
    open_draw(page, class_server.url)
    draw(page, DIGITS[7])
    expect_answer(page, 7)
    page.get_by_role("radio", name="7", exact=True).click()
    expect(page.get_by_text("Kept as a 7 on this server")).to_be_visible()
    other: Page = new_context().new_page()
    for browser, count in ((page, 1), (other, 0)):
        browser.goto(f"{class_server.url}/evaluate")
        expect(browser.get_by_text("shown to nobody else")).to_be_visible()
        expect(browser.locator(".st-key-drawings_gallery img")).to_have_count(count)
    page.goto(f"{class_server.url}/account")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download all as a zip file").click()
    assert download.value.suggested_filename == "digit-lab.zip"
    page.locator(".st-key-delete_own_data button").click()
    page.locator(".st-key-confirm_delete button").click()
    expect(page.get_by_text("0 runs and 0 labelled drawings")).to_be_visible()
    assert not list(class_server.drawings.rglob("*.png"))


def test_a_browser_that_keeps_no_cookie_may_draw_and_is_told_why_it_may_not_train(
    context: BrowserContext, page: Page, class_server: Server
):
    def forget_cookie(response):
        if response.request.resource_type == "document":
            context.clear_cookies()

    # The connection over which the page is used is made after its document has arrived.
    page.on("response", forget_cookie)
    open_draw(page, class_server.url)
    draw(page, DIGITS[3])
    expect_answer(page, 3)
    expect(page.get_by_text("Which digit was it?")).to_have_count(0)
    page.goto(f"{class_server.url}/train?{SHORT_RUN}")
    expect(page.get_by_text("Your browser keeps no cookie").first).to_be_visible()
    expect(start_button(page)).to_be_disabled()


def test_what_was_started_is_one_s_own_after_the_server_was_killed(
    page: Page, class_server: Server
):
    class_server.kill()
    class_server.start()  # its folder was emptied after an earlier test
    open_form(page, class_server.url, SHORT_RUN)
    start_button(page).click()
    expect_status(page, "completed")
    owner = _whose(page, class_server)
    class_server.kill()
    class_server.start()
    # On another port, which cookies do not tell apart.
    assert _whose(page, class_server) == owner
    page.goto(f"{class_server.url}/runs")
    expect(page.locator(".st-key-delete_runs button")).to_be_visible()
