"""Browsers are told apart by a signed cookie, and people are in files by a pseudonym only."""

import stat
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.identity import Identity, load_secret

_IDENTITY = Identity(b"a secret of this server, long enough")


def test_a_browser_is_the_same_person_at_every_visit():
    cookie = _IDENTITY.issue()
    assert _IDENTITY.is_valid(cookie)
    person = _IDENTITY.browser(cookie)
    assert person is not None
    # As proxies and browsers change them on the way.
    for sent in (cookie, quote(cookie), f'"{cookie}"', quote(f'"{cookie}"')):
        assert _IDENTITY.browser(sent) == person


def test_two_browsers_are_two_people_of_whom_the_pseudonym_reveals_no_cookie():
    cookies = [_IDENTITY.issue() for _ in range(2)]
    people = {_IDENTITY.browser(cookie) for cookie in cookies}
    assert len(people) == 2
    for person in people:
        assert len(person) == 12
        assert set(person) <= set("0123456789abcdef")
        assert not any(person in cookie for cookie in cookies)


def test_a_cookie_needs_no_encoding():
    cookie = _IDENTITY.issue()
    assert quote(cookie, safe="") == cookie


def test_nobody_can_make_a_cookie_up():
    token, signature = _IDENTITY.issue().rsplit(".", 1)
    other = Identity(b"a secret of another server, as long")
    for cookie in ("", token, f"{token}.", f"x{token}.{signature}", f"{token}.x{signature}"):
        assert _IDENTITY.browser(cookie) is None
    assert _IDENTITY.browser(other.issue()) is None
    assert _IDENTITY.browser("a" * 10**6) is None


@given(st.text(max_size=300))
def test_no_cookie_raises(cookie):
    assert _IDENTITY.browser(cookie) is None


def test_the_secret_outlives_the_server_and_is_its_own(tmp_path):
    path = tmp_path / "folder" / "secret"
    secret = load_secret(path)
    assert load_secret(path) == secret
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_secret(tmp_path / "other") != secret


@pytest.mark.parametrize("content", [b"", b"short"])
def test_a_damaged_secret_is_not_used(tmp_path, content, caplog):
    path = tmp_path / "secret"
    path.write_bytes(content)
    assert len(load_secret(path)) >= 32
    assert "cannot be kept" in caplog.text


def test_where_no_secret_can_be_kept_cookies_hold_until_the_server_ends(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    secret = load_secret(tmp_path / "file" / "secret")
    assert len(secret) >= 32
    assert "cannot be kept" in caplog.text


def test_a_login_is_the_same_person_everywhere_whom_only_this_server_can_compute():
    person = _IDENTITY.login("https://login.example.org", "7")
    assert _IDENTITY.login("https://login.example.org", "7") == person
    others = [
        _IDENTITY.login("https://login.example.org", "8"),
        _IDENTITY.login("https://login.example.com", "7"),
        Identity(b"a secret of another server, as long").login("https://login.example.org", "7"),
    ]
    assert person not in others
