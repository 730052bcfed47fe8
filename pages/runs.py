"""Every run: find, compare, annotate, delete, use again, export, import; searches."""

import streamlit as st

from core.runs import RunRecord, changes_by_itself
from pages.components.dialogs import show_anew
from pages.components.person import current_person
from pages.components.resources import run_store, search_store, training_engine
from pages.components.runs.export import shipped_export
from pages.components.runs.filters import filtered
from pages.components.runs.import_file import import_file
from pages.components.runs.scatter import scatter
from pages.components.runs.searches import epochs_so_far, searches
from pages.components.runs.table import runs_table
from pages.components.runs.ticked import one_run, several_runs

_REFRESH_SECONDS = 3.0
_TABS = ("Table", "Scatter", "Searches")


def progress(records: list[RunRecord]) -> list[object]:
    """Return what a change of shows the page anew."""
    runs = {record.id: (record.status, record.results) for record in records}
    return [runs, [*search_store().look().values()], epochs_so_far()]


@st.fragment(run_every=_REFRESH_SECONDS)
def refresh_when_changed(shown: list[object]) -> None:
    """Show the page anew when a run or a search, or what is shown of one, has changed."""
    if progress([run.read() for run in run_store().list()]) != shown:
        show_anew()


training_engine()  # which lets searches go on
pairs = [(run, run.read()) for run in run_store().list()]
# Sorting keeps the newest first among each.
person = current_person()
pairs.sort(key=lambda pair: not person.owns(pair[1].owner))
if st.session_state.get("runs_tab") not in (None, *_TABS):
    del st.session_state["runs_tab"]
table, points, found = st.tabs(_TABS, key="runs_tab", on_change="rerun")
if table.open:
    with table:
        if not pairs:
            st.info(
                "There are no runs yet. Train a network, and it is kept here with its curves.",
                icon=":material/table_rows:",
            )
            st.page_link(
                "pages/train.py", label="Train a network", icon=":material/model_training:"
            )
            shipped_export()
        elif not (shown := filtered(pairs)):
            st.caption("No run passes these filters.")
        elif chosen := [shown[row] for row in runs_table(shown)]:
            if len(chosen) == 1:
                one_run(*chosen[0])
            else:
                several_runs(chosen)
        else:
            st.caption("Tick a run to see its results and curves; tick several to compare them.")
            shipped_export()
        import_file()
if points.open:
    with points:
        scatter(pairs)
if found.open:
    with found:
        searches()
under_way = any(changes_by_itself(run, record) for run, record in pairs) or any(
    record.is_under_way for record in search_store().look().values()
)
if under_way:
    refresh_when_changed(progress([record for _, record in pairs]))
