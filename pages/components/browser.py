"""Tells one browser from another, so that each sees its own runs first."""

import hashlib
import secrets
from itertools import cycle

import streamlit as st

# Streamlit gives it to every browser, against forged requests, and it outlives reloads and tabs.
_COOKIE = "_streamlit_xsrf"


def browser_id() -> str:
    """Return the same 12 hexadecimal digits for all pages that one browser has open.

    Where the browser takes no cookies, they are the same within one page only. They are a digest,
    so that what is written into runs does not give the cookie away.
    """
    token = _token(st.context.cookies.get(_COOKIE, ""))
    if token is None:
        token = st.session_state.setdefault("browser_token", secrets.token_bytes(16))
    return hashlib.sha256(token).hexdigest()[:12]


def _token(cookie: str) -> bytes | None:
    """Return what stays of a cookie that is masked anew each time: `2|mask|masked token|time`."""
    try:
        _, mask, masked, _ = cookie.strip("\"'").split("|")
        pairs = zip(bytes.fromhex(masked), cycle(bytes.fromhex(mask)), strict=False)
    except ValueError:
        return None
    return bytes(byte ^ key for byte, key in pairs) or None
