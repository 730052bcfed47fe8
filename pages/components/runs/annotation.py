"""What the owner of a run has written about it, and whether they have marked it."""

import streamlit as st

from core.access import NotAllowed
from core.runs import MAX_NOTE_LENGTH, Run, RunRecord
from pages.components.formats import as_text
from pages.components.person import current_person


def annotation(run: Run, record: RunRecord) -> None:
    """Let the owner of a run mark it and write about it; show others what they wrote."""
    person = current_person()
    if not person.may_change(record.owner) or record.status == "unreadable":
        if record.note:
            st.caption(as_text(record.note))
        return

    def save() -> None:
        note, is_favourite = str(st.session_state[note_key]), bool(st.session_state[star_key])
        try:
            run.annotate(note=note, favourite=is_favourite, by=person)
        except (NotAllowed, OSError, ValueError) as error:
            st.session_state["annotation_problem"] = str(error)

    note_key, star_key = f"note_{run.id}", f"favourite_{run.id}"
    with st.container(horizontal=True, vertical_alignment="bottom", key="annotation"):
        st.toggle("Favourite", record.favourite, key=star_key, on_change=save)
        st.text_input(
            "Note",
            record.note,
            key=note_key,
            max_chars=MAX_NOTE_LENGTH,
            placeholder="What this run was for, or what it showed",
            on_change=save,
        )
    if problem := st.session_state.pop("annotation_problem", None):
        st.error(as_text(f"It cannot be saved: {problem}"), icon=":material/error:")
