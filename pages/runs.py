"""Every run: what it used, what it reached, its curves; compare, rename, delete, use again."""

import streamlit as st

from core.runs import RunRecord, changes_by_itself
from pages.components.dialogs import show_anew
from pages.components.person import current_person
from pages.components.resources import run_store
from pages.components.runs.table import runs_table
from pages.components.runs.ticked import one_run, several_runs

_REFRESH_SECONDS = 3.0


def progress(records: list[RunRecord]) -> dict[str, object]:
    """Return what a change of shows the page anew."""
    return {record.id: (record.status, record.results) for record in records}


@st.fragment(run_every=_REFRESH_SECONDS)
def refresh_when_changed(shown: list[RunRecord]) -> None:
    """Show the page anew when a run has changed its status or its results."""
    now = [run.read() for run in run_store().list()]
    if progress(now) != progress(shown):
        show_anew()


pairs = [(run, run.read()) for run in run_store().list()]
# Sorting keeps the newest first among each.
person = current_person()
pairs.sort(key=lambda pair: not person.owns(pair[1].owner))
st.markdown("#### All runs")
if not pairs:
    st.info(
        "There are no runs yet. Train a network, and it is kept here with its curves.",
        icon=":material/table_rows:",
    )
    st.page_link("pages/train.py", label="Train a network", icon=":material/model_training:")
elif chosen := [pairs[row] for row in runs_table(pairs)]:
    if len(chosen) == 1:
        one_run(*chosen[0])
    else:
        several_runs(chosen)
else:
    st.caption("Tick a run to see its results and curves; tick several to compare them.")
if any(changes_by_itself(run, record) for run, record in pairs):
    refresh_when_changed([record for _, record in pairs])
