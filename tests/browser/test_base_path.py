"""A server below a path of its own, as behind a proxy, whose owner wants a login."""

import re
from collections.abc import Iterator
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Page, expect

from core.identity import COOKIE
from tests.browser.pen import DIGITS, draw, expect_answer, open_draw
from tests.browser.provider import Provider
from tests.browser.server import Server
from tests.browser.training_page import SHORT_RUN, start_button

_PATH = "/digits"


@pytest.fixture(scope="module")
def based_server(tmp_path_factory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("based")
    secrets = folder / ".streamlit" / "secrets.toml"
    secrets.parent.mkdir()
    with Provider() as provider:
        secrets.write_text(provider.secrets_toml(base_path=_PATH))
        # As `make serve` and the image do, for the cookies of people with many groups.
        environment = {"DIGIT_LAB_SHARED": "true", "WEBSOCKETS_MAX_LINE_LENGTH": "32768"}
        provider.person = {"sub": "student-1", "groups": [f"{i:032}" for i in range(200)]}
        with Server(folder, environment=environment, base_path=_PATH) as server:
            yield server


def test_one_draws_and_finds_every_page_below_the_path(page: Page, based_server):
    open_draw(page, based_server.url)
    draw(page, DIGITS[7])
    expect_answer(page, 7)
    for name in ("Train", "Runs", "Evaluate"):
        page.get_by_role("navigation").get_by_role("link", name=name).click()
        expect(page).to_have_url(re.compile(rf"{based_server.url}/{name.lower()}(\?.*)?$"))
    page.get_by_role("link", name="Your data").click()
    expect(page).to_have_url(f"{based_server.url}/account")


def test_a_direct_link_opens_the_page_and_the_cookie_is_for_this_path_only(
    page: Page, based_server
):
    page.goto(f"{based_server.url}/train?{SHORT_RUN}")
    expect(page.get_by_role("link", name="Draw")).to_be_visible()
    expect(start_button(page)).to_be_disabled()  # before the login
    cookie = next(cookie for cookie in page.context.cookies() if cookie["name"] == COOKIE)
    assert (cookie["path"], cookie["httpOnly"], cookie["secure"]) == (_PATH, True, False)


def test_a_login_of_somebody_with_many_groups_comes_back_to_the_path(page: Page, based_server):
    page.goto(f"{based_server.url}/account")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{based_server.url}/")
    expect(page.get_by_text("You are person")).to_be_visible()
    logins = [c for c in page.context.cookies() if c["name"].startswith("_streamlit_user")]
    assert {cookie["path"] for cookie in logins} == {_PATH}


def test_behind_a_proxy_with_https_the_cookie_is_secure(based_server):
    headers = {"Accept": "text/html", "X-Forwarded-Proto": "https"}
    with urlopen(Request(f"{based_server.url}/train", headers=headers), timeout=10) as answer:
        assert answer.headers["Set-Cookie"].endswith("; Secure")


@pytest.mark.parametrize("address", ["_stcore/metrics", "_stcore/upload_file/a/b"])
def test_what_no_page_uses_is_closed_below_the_path_too(based_server, address):
    with pytest.raises(HTTPError, match="404"):
        urlopen(f"{based_server.url}/{address}", timeout=10)
