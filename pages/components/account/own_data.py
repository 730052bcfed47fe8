"""A person's runs, searches and drawings: how many there are, downloaded and deleted together."""

from functools import partial

import streamlit as st

from core.access import Person
from core.personal_data import delete_data, export_data, personal_data
from core.server import current_server
from pages.components.confirmation import confirmed
from pages.components.formats import as_text


def own_data(person: Person) -> None:
    """Show what belongs to a person, and the buttons that export and delete all of it."""
    data = personal_data(current_server(), person)
    num_drawings = data.drawings.count() if data.drawings else 0
    what = f"{_count(len(data.runs), 'run')} and {_count(num_drawings, 'labelled drawing')}"
    if data.searches:
        what = f"{_count(len(data.searches), 'search', 'searches')}, {what}"
    st.markdown(f"Kept here: **{what}**.")
    days = current_server().settings.keep_drawings_days
    if days:
        st.caption(f"Labelled drawings are deleted after {days:,} days.")
    has_none = not (data.runs or data.searches or num_drawings)
    with st.container(horizontal=True, key="own_data"):
        st.download_button(
            "Download all as a zip file",
            data=partial(export_data, current_server(), person),
            file_name="digit-lab.zip",
            mime="application/zip",
            key="export_own_data",
            icon=":material/download:",
            on_click="ignore",
            disabled=has_none,
        )
        if st.button(
            "Delete all",
            key="delete_own_data",
            icon=":material/delete_sweep:",
            disabled=has_none,
        ):
            _confirm(person, what)
    for problem in st.session_state.pop("not_deleted", ()):
        st.error(as_text(problem), icon=":material/error:")


@st.dialog("Delete for good?")
def _confirm(person: Person, what: str) -> None:
    st.markdown(
        f"This removes **{what}** from the server, models included. Whoever draws with one of "
        "these models gets the shipped one instead."
    )
    if confirmed():
        st.session_state["not_deleted"] = delete_data(current_server(), person)
        st.rerun()


def _count(number: int, noun: str, several: str = "") -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {several or f'{noun}s'}"
