"""Identify the browser, so that each sees its own runs first."""

import hashlib
import secrets
from itertools import cycle

import streamlit as st

# Streamlit's protection against forged requests; every browser gets it, and it outlives tabs.
_COOKIE = "_streamlit_xsrf"


def browser_id() -> str:
    """Return 12 hexadecimal digits, the same for all pages that one browser has open.

    Where the browser accepts no cookies, they are the same within one page session only. They are
    a digest, so that the run files, which contain them, do not reveal the cookie.
    """
    token = _token(st.context.cookies.get(_COOKIE, ""))
    if token is None:
        token = st.session_state.setdefault("browser_token", secrets.token_bytes(16))
    return hashlib.sha256(token).hexdigest()[:12]


def _token(cookie: str) -> bytes | None:
    """Return the token in a cookie `2|mask|masked token|time`, whose mask is new each time."""
    try:
        _, mask, masked, _ = cookie.strip("\"'").split("|")
        pairs = zip(bytes.fromhex(masked), cycle(bytes.fromhex(mask)), strict=False)
    except ValueError:
        return None
    return bytes(byte ^ key for byte, key in pairs) or None
