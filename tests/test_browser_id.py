"""A browser is identified by a cookie that looks different each time."""

import hashlib
from itertools import cycle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string

from pages.components import browser
from pages.components.browser import _token, browser_id

_FIRST, _SECOND = bytes(range(16)), bytes(range(100, 116))


class _Context:
    def __init__(self, cookie):
        self.cookies = {} if cookie is None else {"_streamlit_xsrf": cookie}


@pytest.fixture
def open_page(monkeypatch):
    """Return the id that a page sees which a browser with this cookie opens."""

    def open_page(cookie, session=None):
        monkeypatch.setattr(browser.st, "context", _Context(cookie))
        monkeypatch.setattr(browser.st, "session_state", {} if session is None else session)
        return browser_id()

    return open_page


def test_a_token_is_the_same_under_every_mask(open_page):
    # As Streamlit writes them, with a new mask each time.
    cookies = [generate_xsrf_token_string(_FIRST, 1_700_000_000) for _ in range(3)]
    assert len(set(cookies)) == 3
    assert [_token(cookie) for cookie in cookies] == [_FIRST] * 3
    assert len({open_page(cookie) for cookie in [*cookies, f'"{cookies[0]}"']}) == 1


def test_two_browsers_have_two_ids_of_which_neither_reveals_the_token(open_page):
    ids = [open_page(generate_xsrf_token_string(token)) for token in (_FIRST, _SECOND)]
    assert ids[0] != ids[1]
    for name, token in zip(ids, (_FIRST, _SECOND), strict=True):
        assert len(name) == 12
        assert set(name) <= set("0123456789abcdef")
        assert name not in token.hex()
        assert name == hashlib.sha256(token).hexdigest()[:12]


def test_a_malformed_cookie_has_no_token():
    for cookie in (
        *("", "2", "|||", "2|01020304||1700000000", "2||0102|1700000000"),
        *("2|zz|0102|1", "2|01|02", "2|01|02|3|4", "2|é|ü|1", "0102030405"),
    ):
        assert _token(cookie) is None


def test_without_a_valid_cookie_the_id_belongs_to_the_page_session(open_page):
    one, other = {}, {}
    ids = [open_page(cookie, one) for cookie in (None, "nonsense", None)]
    assert len(set(ids)) == 1
    assert open_page(None, other) != ids[0]


@given(st.text(max_size=40) | st.lists(st.text("0aZ\0 ", max_size=6)).map("|".join))
def test_no_cookie_raises(cookie):
    token = _token(cookie)
    assert token is None or len(token) > 0


@given(st.binary(min_size=1, max_size=32), st.binary(min_size=4, max_size=4))
def test_any_token_comes_back_from_any_mask(token, mask):
    masked = bytes(a ^ b for a, b in zip(token, cycle(mask), strict=False))
    assert _token(f"2|{mask.hex()}|{masked.hex()}|1") == token
