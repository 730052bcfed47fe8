"""The searches: which there are, how far each is, and how to stop or delete one."""

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from core.access import NotAllowed
from core.search import (
    Search,
    SearchRecord,
    Trial,
    read_trials,
    training_seconds,
)
from pages.components.confirmation import confirmed
from pages.components.dialogs import note_dialog
from pages.components.formats import as_text, duration_text
from pages.components.person import current_person, owner_text
from pages.components.resources import run_store, search_store
from pages.components.runs.search_results import search_results, seeds_results

_KEY = "search"
_WORDS = {
    "running": "under way",
    "stopping": "stopping",
    "completed": "completed",
    "stopped": "stopped",
}


def epochs_so_far() -> list[int]:
    """Return how many epochs each run of the search has that is shown."""
    if st.session_state.get("runs_tab") != "Searches":
        return []
    trials = read_trials(run_store().look(), str(st.session_state.get(_KEY)))
    return [len(trial.accuracies) for trial in trials]


def searches() -> None:
    """Let the user choose a search, and show it."""
    found = {search.id: (search, record) for search, record in search_store().look().items()}
    if not found:
        st.info(
            "There is no search yet. On Train, below the form, *Several runs* trains the same "
            "settings with several seeds, or searches for better ones.",
            icon=":material/manage_search:",
        )
        st.page_link("pages/train.py", label="Go to Train", icon=":material/model_training:")
        return
    if st.session_state.get(_KEY) not in found:
        st.session_state[_KEY] = next(iter(found))
    st.selectbox(
        "Search",
        list(found),
        format_func=lambda key: found[key][1].name if key in found else "",
        key=_KEY,
        persist_state="session",
    )
    search, record = found[st.session_state[_KEY]]
    trials = read_trials(run_store().look(), search.id)
    with st.container(key="search_results"):
        _header(search, record, trials)
        if record.method == "seeds":
            seeds_results(trials)
        else:
            search_results(record, trials)


def _header(search: Search, record: SearchRecord, trials: Sequence[Trial]) -> None:
    ended = sum(not trial.is_active for trial in trials)
    st.progress(
        min(1.0, ended / record.num_runs),
        text=f"{_WORDS[record.status].capitalize()} · {ended} of {record.num_runs} runs have ended"
        f" · {duration_text(training_seconds(trials))} of training"
        + (f" of at most {record.minutes:g} min" if record.minutes else ""),
    )
    if record.ended:
        st.caption(record.ended)
    if record.problem:
        st.warning(as_text(f"It waits: {record.problem}"), icon=":material/hourglass_top:")
    for trial in trials:
        if trial.is_active:
            st.caption(as_text(f"{trial.record.name} {_what_it_does(trial)}"))
    person = current_person()
    with st.container(horizontal=True, vertical_alignment="center"):
        if trials:
            st.button(
                "Show its runs",
                key="show_trials",
                icon=":material/table_rows:",
                on_click=_tick,
                args=([trial.run.id for trial in trials],),
            )
        if not person.may_change(record.owner):
            st.caption(f"Started by {owner_text(record.owner)}.")
            return
        if record.status == "running" and st.button(
            "Stop the search", key="stop_search", icon=":material/stop:"
        ):
            _try(partial(search.request_stop, by=person))
        if not record.is_under_way and st.button(
            "Delete the search", key="delete_search", icon=":material/delete:"
        ):
            _confirm_deletion(search, record)


@st.dialog("Delete the search?", on_dismiss="rerun")
def _confirm_deletion(search: Search, record: SearchRecord) -> None:
    note_dialog()
    st.markdown(
        f"This removes **{as_text(record.name)}**, with what it varied and its results. Its runs "
        "stay, and can be deleted in the table."
    )
    if confirmed():
        _try(partial(search.delete, by=current_person()))


def _what_it_does(trial: Trial) -> str:
    record = trial.record
    match record.status:
        case "queued":
            return "waits for its turn."
        case "running":
            epoch = min(record.num_epochs, len(trial.accuracies) + 1)
            return f"is in epoch {epoch:,} of {record.num_epochs:,}."
        case "paused" if trial.run.control().gives_way:
            return "has made room for runs of people, and continues after them."
        case "paused":
            return "is paused: the search goes on when it is resumed, or stopped."
    return "has ended, and is measured now."


def _tick(run_ids: list[str]) -> None:
    st.session_state.update({"runs_tab": "Table", "ticked_runs": run_ids})


def _try(change: Callable[[], None]) -> None:
    try:
        change()
    except (NotAllowed, KeyError, OSError) as error:
        st.error(as_text(str(error)), icon=":material/error:")
        return
    st.rerun()
