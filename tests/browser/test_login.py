"""A server whose owner wants a login: who is who, who is a teacher, and when a login ends."""

import time

import pytest
from playwright.sync_api import expect

from core.identity import Identity, load_secret
from core.runs import RunStore
from tests.browser.provider import Provider
from tests.browser.server import Server
from tests.browser.training_page import SHORT_RUN, expect_status, open_form, start_button

_STUDENT = {"sub": "student-1", "email": "student@example.org", "email_verified": True}
_TEACHER = {"sub": "teacher-1", "email": "Teacher@Example.org", "email_verified": True}


@pytest.fixture(scope="module")
def provider():
    with Provider() as running:
        yield running


@pytest.fixture(scope="module")
def login_server(provider, tmp_path_factory):
    folder = tmp_path_factory.mktemp("login")
    secrets = folder / ".streamlit" / "secrets.toml"
    secrets.parent.mkdir()
    secrets.write_text(provider.secrets_toml())
    environment = {"DIGIT_LAB_SHARED": "true", "DIGIT_LAB_TEACHERS": "teacher@example.org"}
    with Server(folder, environment=environment) as server:
        yield server


def _log_in(page, server):
    page.goto(f"{server.url}/account")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{server.url}/")
    expect(page.get_by_text("You are person")).to_be_visible()


def test_only_who_has_logged_in_may_start_and_is_the_same_person_in_every_browser(
    provider, login_server, page, new_context
):
    page.goto(f"{login_server.url}/train?{SHORT_RUN}")
    expect(page.get_by_text("Log in first").first).to_be_visible(timeout=60_000)
    expect(start_button(page)).to_be_disabled()
    provider.person = _STUDENT
    _log_in(page, login_server)
    open_form(page, login_server.url, SHORT_RUN)
    start_button(page).click()
    expect_status(page, "completed")
    secret = load_secret(login_server.runs / ".server" / "secret")
    expected = Identity(secret).login(provider.url, "student-1")
    (run,) = RunStore(login_server.runs).list()
    assert run.read().owner == expected
    assert "example.org" not in (run.directory / "run.json").read_text()
    other = new_context().new_page()
    _log_in(other, login_server)
    expect(other.get_by_text(f"You are person {expected}.")).to_be_visible()
    other.goto(f"{login_server.url}/runs")
    expect(other.locator(".st-key-delete_runs button")).to_be_visible()
    log = (login_server.runs / "audit.jsonl").read_text()
    assert log.count('"login"') == 2
    assert "example.org" not in log
    other.goto(f"{login_server.url}/account")
    other.get_by_role("button", name="Log out").click()
    other.wait_for_url(f"{login_server.url}/")
    other.goto(f"{login_server.url}/account")
    expect(other.get_by_text("Log in first").first).to_be_visible()


@pytest.mark.parametrize("is_verified", [True, False])
def test_a_teacher_is_who_proves_a_listed_address(provider, login_server, page, is_verified):
    provider.person = {**_TEACHER, "sub": f"teacher-{is_verified}", "email_verified": is_verified}
    _log_in(page, login_server)
    page.goto(f"{login_server.url}/account")
    expect(page.get_by_role("button", name="Log out")).to_be_visible()
    panel = page.get_by_text("Memory left:")
    expect(panel).to_be_visible() if is_verified else expect(panel).to_have_count(0)


def test_a_login_that_has_expired_is_none(provider, login_server, page, monkeypatch):
    provider.person = {"sub": "student-2"}
    monkeypatch.setattr(provider, "seconds_valid", 8.0)
    _log_in(page, login_server)
    time.sleep(8)
    page.goto(f"{login_server.url}/train?{SHORT_RUN}")
    expect(page.get_by_text("Your login has expired").first).to_be_visible()
    expect(start_button(page)).to_be_disabled()
