"""By what the server knows whoever asks, and how they log in and out."""

import streamlit as st

from core.access import Person
from pages.components.person import login_claims


def show_identity(person: Person) -> None:
    """Show the pseudonym and where it comes from, and the buttons of a login where there is one."""
    claims = login_claims()
    if person.id:
        how = "by your login" if claims else "by a cookie of this browser"
        st.markdown(
            f"This server knows you as **person {person.id}**, {how}. It knows no more about you: "
            "this is what others see beside your runs."
        )
    else:
        st.info(person.no_id, icon=":material/lock:")
    if claims is None:
        return
    if claims.get("is_logged_in"):
        st.button("Log out", key="log_out", icon=":material/logout:", on_click=st.logout)
    if not person.id:
        st.button("Log in", key="log_in", icon=":material/login:", on_click=st.login)
