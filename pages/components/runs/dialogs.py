"""What the Runs page asks before it renames or deletes, and how it waits for the answer."""

from collections.abc import Sequence

import streamlit as st

from core.runs import MAX_NAME_LENGTH, Run, RunRecord
from pages.components.resources import run_store

_ASKING = "is_asking"


def close_dialogs() -> None:
    """Note at the beginning of the page that no dialog is open."""
    st.session_state[_ASKING] = False


def dialog_is_open() -> bool:
    """Tell whether the user is answering a dialog, which showing the page anew would close."""
    return bool(st.session_state[_ASKING])


@st.dialog("Rename the run", on_dismiss="rerun")
def ask_for_name(run: Run, name: str) -> None:
    """Give a run, which is called `name`, another name."""
    st.session_state[_ASKING] = True
    name = st.text_input("Name", value=name, max_chars=MAX_NAME_LENGTH)
    if st.button("Save", type="primary", key="confirm_rename", disabled=not name.strip()):
        try:
            run.rename(name)
        except OSError as error:
            st.error(f"The run cannot be renamed: its folder cannot be written to ({error}).")
        else:
            st.rerun()


@st.dialog("Delete for good?", on_dismiss="rerun")
def confirm_deletion(chosen: Sequence[tuple[Run, RunRecord]]) -> None:
    """Delete runs once the user has agreed."""
    st.session_state[_ASKING] = True
    st.write("This removes the settings, curves and models of:")
    st.write("\n".join(f"- {record.name}" for _, record in chosen))
    if st.button("Delete", type="primary", key="confirm_delete", icon=":material/delete:"):
        problems = []
        for run, _ in chosen:
            try:
                run_store().delete(run.id)
            except (RuntimeError, OSError, KeyError) as error:
                problems.append(str(error.args[0]) if error.args else str(error))
        if problems:
            st.error(" ".join(problems))
        else:
            st.rerun()
