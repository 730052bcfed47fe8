"""Who uses this session: by their login where there is one, otherwise by their browser's cookie."""

import time
from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.access import Person
from core.identity import COOKIE
from core.server import current_server
from pages.components.formats import as_text

_NO_COOKIE = (
    "Your browser keeps no cookie of this server, so nobody could tell later that a run or a "
    "drawing is yours. Allow cookies for this address and reload the page, or open it in a tab of "
    "its own."
)
_NO_LOGIN = "Log in first: this server wants to know whose a run or a drawing is."
_EXPIRED = "Your login has expired. Log in again."


def current_person() -> Person:
    """Return who uses this session, and whether they may change everything."""
    server = current_server()
    claims = login_claims()
    if claims is None:
        cookie = st.context.cookies.get(COOKIE, "")
        person_id = server.identity.browser(cookie)
        names: tuple[str, ...] = ()
        reason = "" if person_id else _NO_COOKIE
    else:
        person_id, names, reason = _logged_in(claims)
    is_in_charge = not server.settings.shared or server.teachers.includes(person_id, names)
    return Person(person_id, is_in_charge, reason)


def login_claims() -> Mapping[str, Any] | None:
    """Return what the provider of a login says of this person; None where there is no login here.

    Streamlit has verified it. Without a login now, `is_logged_in` is false.
    """
    claims = st.user.to_dict()
    return claims if "is_logged_in" in claims else None


def note_login() -> None:
    """Write to the audit log that somebody has logged in, once for each login."""
    claims = login_claims()
    if claims and claims.get("is_logged_in"):
        person = current_person()
        login = f"{person.id} {claims.get('iat')}"
        current_server().audit.record_once(login, "login", by=person)


def owner_name(owner: str | None) -> str | None:
    """Return what to call the owner of a run: "you", or by their pseudonym; None where unknown."""
    if owner is None:
        return None
    return "you" if current_person().owns(owner) else f"person {owner}"


def owner_text(owner: str | None) -> str:
    """Return what to call the owner of a run in a sentence, as Markdown."""
    return as_text(owner_name(owner) or "somebody unknown")


def _logged_in(claims: Mapping[str, Any]) -> tuple[str | None, tuple[str, ...], str]:
    """Return the pseudonym, verified names, and where there is no valid login, the reason."""
    if not claims.get("is_logged_in"):
        return None, (), _NO_LOGIN
    issuer, subject, until = (claims.get(name) for name in ("iss", "sub", "exp"))
    if not isinstance(until, int | float) or until <= time.time():
        return None, (), _EXPIRED
    if not issuer or not subject:
        return None, (), _NO_LOGIN
    names = [str(subject)]
    if claims.get("email") and claims.get("email_verified") is True:
        names.append(str(claims["email"]))
    return current_server().identity.login(str(issuer), str(subject)), tuple(names), ""
