"""The runs that are ticked: their curves overlaid, and of a single one all there is."""

from collections.abc import Sequence

import streamlit as st

from core.runs import Run, RunRecord
from pages.components.form_values import fill_form
from pages.components.model_choice import draw_with_button
from pages.components.run_results import curve_charts, run_results
from pages.components.runs.dialogs import ask_for_name


def overlaid_curves(chosen: Sequence[tuple[Run, RunRecord]]) -> None:
    """Show loss and accuracy of these runs, which all have settings."""
    records = [record for _, record in chosen]
    are_distinct = len({record.name for record in records}) == len(records)
    curves = {
        record.name if are_distinct else f"{record.name} ({record.id[-6:]})": run.metrics()
        for run, record in chosen
    }
    losses = {record.hyperparameters.loss for record in records if record.hyperparameters}
    curve_charts(
        curves,
        num_epochs=max(record.num_epochs for record in records),
        loss=next(iter(losses)) if len(losses) == 1 else None,
        prefix="overlay_",
    )
    if len(losses) > 1:
        st.warning(
            "These runs were trained with different losses, so those cannot be compared; "
            "their accuracies can.",
            icon=":material/warning:",
        )
    if len({record.data.fingerprint for record in records if record.data}) > 1:
        st.warning(
            "These runs used different data, so their figures cannot be compared.",
            icon=":material/warning:",
        )


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
