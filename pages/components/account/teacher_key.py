"""Become a teacher by typing a key, and stop being one."""

import streamlit as st

from core.access import Person
from core.server import current_server
from core.teachers import TooManyTries
from pages.components.resources import audit

_MAX_LENGTH = 200


def ask_for_teacher_key(person: Person) -> None:
    """Let a person type the key, once; nothing where this server has none."""
    teachers = current_server().teachers
    if person.id is None or not teachers.has_key:
        return
    if person.is_in_charge:
        st.button(
            "Stop being a teacher here",
            key="dismiss_teacher",
            icon=":material/person_off:",
            on_click=teachers.dismiss,
            args=(person.id,),
        )
        return
    with st.expander("I am the teacher", icon=":material/school:"):
        with st.form("teacher_form", border=False):
            key = st.text_input("Key", type="password", max_chars=_MAX_LENGTH)
            if not st.form_submit_button("Continue"):
                return
        try:
            is_right = teachers.admit(person.id, key)
        except TooManyTries:
            st.error("Too many wrong keys were typed. Try again in a minute.")
            return
        if is_right:
            audit().record("teacher key", by=person)
            st.rerun()
        st.error("That is not the key.", icon=":material/error:")
