"""The runs that are ticked: curves and comparison of several, and of a single one all there is."""

from collections.abc import Sequence

import streamlit as st

from core.runs import Run, RunRecord, distinct_names
from pages.components.form_values import fill_form
from pages.components.formats import as_text
from pages.components.model_choice import model_buttons
from pages.components.person import current_person, owner_text
from pages.components.run_results import curve_charts, run_results
from pages.components.runs.annotation import annotation
from pages.components.runs.comparison import comparison
from pages.components.runs.curve_files import tensorboard_button
from pages.components.runs.dialogs import ask_for_name, confirm_deletion
from pages.components.runs.export import run_export
from pages.components.runs.overlay import overlaid_curves


def one_run(run: Run, record: RunRecord) -> None:
    """Show a run: its name, the buttons that lead on from there, its results, curves, settings."""
    st.subheader(as_text(record.name), anchor=False)
    with st.container(horizontal=True):
        model_buttons(run)
        if record.hyperparameters:
            if st.button("Open on Train", key="open_run", icon=":material/model_training:"):
                st.session_state["run"] = run.id
                st.switch_page("pages/train.py")
            if st.button("Use its settings", key="use_settings", icon=":material/tune:"):
                fill_form(record.hyperparameters)
                st.switch_page("pages/train.py")
        may_change = current_person().may_change(record.owner)
        may_rename = may_change and record.status != "unreadable"
        if may_rename and st.button("Rename", key="rename_run", icon=":material/edit:"):
            ask_for_name(run, record.name)
        if may_change and st.button("Delete", key="delete_runs", icon=":material/delete:"):
            confirm_deletion([(run, record)])
    if not may_change:
        owner = owner_text(record.owner)
        done = "Imported" if record.origin else "Trained"
        st.caption(f"{done} by {owner}: only they, or a teacher, can rename or delete it.")
    if record.error:
        st.error(as_text(record.error), icon=":material/error:")
    if record.origin:
        st.caption(as_text(record.origin))
    annotation(run, record)
    run_results(record)
    if record.hyperparameters:
        curve_charts(
            run.metrics(),
            num_epochs=record.num_epochs,
            loss=record.hyperparameters.loss,
            prefix="overlay_",
        )
        with st.expander("All its settings"):
            shown = {"hyperparameters", "other_settings", "data", "software"}
            st.json(record.model_dump(mode="json", include=shown))
            if record.other_settings:
                st.caption("Other settings are those that this version does not know.")
    if record.status != "unreadable":
        run_export(run, record)


def several_runs(chosen: Sequence[tuple[Run, RunRecord]]) -> None:
    """Compare runs with each other; those whose settings are unknown can only be deleted."""
    st.subheader(f"{len(chosen):,} runs compared", anchor=False)
    person = current_person()
    deletable = [(run, record) for run, record in chosen if person.may_change(record.owner)]
    if deletable and st.button(
        f"Delete {len(deletable):,} {'run' if len(deletable) == 1 else 'runs'}"
        + (" of yours" if len(deletable) < len(chosen) else ""),
        key="delete_runs",
        icon=":material/delete:",
    ):
        confirm_deletion(deletable)
    known = [(run, record) for run, record in chosen if record.hyperparameters]
    if known:
        comparison(known)
        tensorboard_button(known)
        _curves(known)


def _curves(chosen: Sequence[tuple[Run, RunRecord]]) -> None:
    """Show the curves of several runs, overlaid."""
    records = [record for _, record in chosen]
    names = distinct_names(records, timezone=st.context.timezone)
    overlaid_curves({names[run.id]: run.metrics() for run, _ in chosen})
    if len({record.hyperparameters.loss for record in records if record.hyperparameters}) > 1:
        st.warning(
            "These runs were trained with different losses, so those cannot be compared; "
            "their accuracies can.",
            icon=":material/warning:",
        )
