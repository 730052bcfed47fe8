"""Each browser gets a cookie with the first page that it opens, and keeps it."""

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from core.identity import COOKIE, Identity
from web.identity_cookie import IdentityCookie

_IDENTITY = Identity(b"a secret of this server, long enough")
_OPEN = {"accept": "text/html,application/xhtml+xml"}


async def _page(_):
    return PlainTextResponse("a page")


def _client(*, url="http://testserver", base_path=""):
    app = Starlette(routes=[Route("/{path:path}", _page, methods=["GET", "POST"])])
    with_cookie = IdentityCookie(app, identity=lambda: _IDENTITY, base_path=base_path)
    return TestClient(with_cookie, base_url=url)


def test_a_browser_is_one_person_on_all_pages_and_after_a_reload():
    client = _client()
    client.get("/train", headers=_OPEN)
    person = _IDENTITY.browser(client.cookies[COOKIE])
    assert person is not None
    client.get("/", headers=_OPEN)
    assert _IDENTITY.browser(client.cookies[COOKIE]) == person
    assert _IDENTITY.browser(_get(_client()).cookies[COOKIE]) != person


def _get(client, **headers):
    client.get("/", headers=_OPEN | headers)
    return client


@pytest.mark.parametrize("cookie", ["", "made up", "a" * 5000])
def test_a_cookie_that_is_not_ours_is_replaced(cookie):
    answer = _client().get("/", headers={**_OPEN, "cookie": f"{COOKIE}={cookie}"})
    assert _IDENTITY.browser(answer.cookies[COOKIE]) is not None


def test_no_script_reads_the_cookie_and_no_other_site_sends_it():
    header = _client().get("/", headers=_OPEN).headers["set-cookie"]
    assert "; HttpOnly" in header
    assert "; SameSite=Lax" in header
    assert "; Path=/;" in header
    assert "Secure" not in header


def test_over_https_the_cookie_stays_there():
    header = _client(url="https://testserver").get("/", headers=_OPEN).headers["set-cookie"]
    assert header.endswith("; Secure")


def test_below_a_base_path_the_cookie_is_for_that_path():
    header = _client(base_path="digits/").get("/digits/", headers=_OPEN).headers["set-cookie"]
    assert "; Path=/digits;" in header


def test_nothing_but_a_page_brings_a_cookie():
    client = _client()
    assert "set-cookie" not in client.get("/static/x.js", headers={"accept": "*/*"}).headers
    assert "set-cookie" not in client.post("/", headers=_OPEN).headers
