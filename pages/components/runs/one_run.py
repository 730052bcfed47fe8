"""One ticked run: its results, its settings, and what can be done with it."""

import streamlit as st

from core.runs import Run, RunRecord
from pages.components.form_values import fill_form
from pages.components.model_choice import draw_with_button
from pages.components.run_results import run_results
from pages.components.runs.dialogs import ask_for_name


def one_run(run: Run, record: RunRecord) -> None:
    """Show a run's results and the buttons that lead on from there."""
    if record.error:
        st.error(record.error, icon=":material/error:")
    run_results(record)
    with st.container(horizontal=True):
        draw_with_button(run)
        if record.hyperparameters:
            if st.button("Open on Train", key="open_run", icon=":material/model_training:"):
                st.session_state["run"] = run.id
                st.switch_page("pages/train.py")
            if st.button("Use its settings", key="use_settings", icon=":material/tune:"):
                fill_form(record.hyperparameters)
                st.switch_page("pages/train.py")
        if record.status != "unreadable" and st.button(
            "Rename", key="rename_run", icon=":material/edit:"
        ):
            ask_for_name(run, record.name)
    if record.hyperparameters:
        with st.expander("All its settings"):
            shown = {"hyperparameters", "other_settings", "data", "software"}
            st.json(record.model_dump(mode="json", include=shown))
            if record.other_settings:
                st.caption("Other settings are those that this version does not know.")
