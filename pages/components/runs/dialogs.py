"""What the Runs page asks before it renames or deletes."""

from collections.abc import Sequence

import streamlit as st

from core.access import NotAllowed
from core.reading import explain_os_error
from core.runs import MAX_NAME_LENGTH, Run, RunRecord, distinct_names
from pages.components.confirmation import confirmed
from pages.components.dialogs import note_dialog
from pages.components.formats import as_text
from pages.components.person import current_person
from pages.components.resources import run_store

# So many names fit into a dialog without scrolling.
_MAX_NAMES = 10


@st.dialog("Rename the run", on_dismiss="rerun")
def ask_for_name(run: Run, name: str) -> None:
    """Give a run, which is called `name`, another name."""
    note_dialog()
    name = st.text_input("Name", value=name, max_chars=MAX_NAME_LENGTH)
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Cancel", key="cancel_rename"):
            st.rerun()
        saves = st.button("Save", type="primary", key="confirm_rename", disabled=not name.strip())
    if saves:
        try:
            run.rename(name, by=current_person())
        except NotAllowed as error:
            st.error(as_text(str(error)), icon=":material/block:")
        except OSError as error:
            problem = f"its folder cannot be written to ({explain_os_error(error)})."
            st.error(as_text(f"The run cannot be renamed: {problem}"), icon=":material/error:")
        else:
            st.rerun()


@st.dialog("Delete for good?", on_dismiss="rerun")
def confirm_deletion(chosen: Sequence[tuple[Run, RunRecord]]) -> None:
    """Delete runs once the user has agreed."""
    note_dialog()
    all_names = distinct_names([record for _, record in chosen], timezone=st.context.timezone)
    runs = "one run" if len(chosen) == 1 else f"{len(chosen):,} runs"
    st.markdown(f"This removes the settings, the curves and the model of **{runs}**:")
    names = [f"- {as_text(name)}" for name in list(all_names.values())[:_MAX_NAMES]]
    if len(chosen) > _MAX_NAMES:
        names.append(f"- and {len(chosen) - _MAX_NAMES:,} more")
    st.markdown("\n".join(names))
    if confirmed():
        problems = []
        for run, _ in chosen:
            try:
                run_store().delete(run.id, by=current_person())
            except (RuntimeError, OSError, KeyError, NotAllowed) as error:
                problems.append(str(error.args[0]) if error.args else str(error))
        if problems:
            st.error(as_text(" ".join(problems)), icon=":material/error:")
        else:
            st.rerun()
