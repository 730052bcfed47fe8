"""Start several runs at once: the same settings with several seeds, or a search for better ones."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

import streamlit as st

from core.access import NotAllowed
from core.hyperparameters import Hyperparameters, choice_label
from core.limits import refuse_settings
from core.runs import local_time
from core.search import (
    MAX_MINUTES,
    MAX_RUNS,
    Dimension,
    Search,
)
from pages.components.formats import as_text
from pages.components.person import current_person
from pages.components.resources import search_store, server_settings, training_engine
from pages.components.train.search_space import search_space

_MOST_SEEDS = 20
_METHODS = {"tpe": "Learn from earlier runs (TPE)", "random": "At random"}


def search_form(settings: Hyperparameters | None) -> None:
    """Show what starts several runs with what the form holds; nothing while that is invalid."""
    if settings is None:
        return
    # What is folded is left out: its fields are many, and some are called as the form's own.
    folded = st.expander(
        "Several runs: seeds, or a search for better settings",
        key="several_runs",
        on_change="rerun",
    )
    if folded.open:
        with folded:
            seeds, search = st.tabs(["Several seeds", "Search"], key="several_runs_kind")
            with seeds:
                _seeds(settings)
            with search:
                _search(settings)


def _seeds(settings: Hyperparameters) -> None:
    st.markdown(
        "The same settings once more for each seed: the results show how much is chance. Runs of "
        "other people go first."
    )
    count = int(
        st.number_input("Runs", 2, _MOST_SEEDS, value=3, key="num_seeds", persist_state="session")
    )
    if st.button(f"Train with {count} seeds", key="start_seeds", icon=":material/casino:"):
        _start(settings, kind="Seeds", method="seeds", num_runs=count)


def _search(settings: Hyperparameters) -> None:
    st.markdown(
        "Choose what may vary. Each run is an ordinary one, which stands behind those of people in "
        "the queue; validation accuracy decides, never the test images."
    )
    space, problems = search_space(settings)
    left, right = st.columns(2, vertical_alignment="bottom")
    num_runs = int(
        left.number_input("Runs", 2, MAX_RUNS, value=12, key="search_runs", persist_state="session")
    )
    minutes = right.number_input(
        "Minutes of training",
        0,
        MAX_MINUTES,
        value=30,
        key="search_minutes",
        persist_state="session",
        help="How long the runs may train together; 0 does not limit it.",
    )
    method = st.selectbox(
        "Method",
        list(_METHODS),
        format_func=lambda value: _METHODS.get(value, value),
        key="search_method",
        persist_state="session",
    )
    prunes = st.toggle(
        "Stop runs that fall behind",
        value=True,
        key="search_prunes",
        persist_state="session",
        help="A run whose validation accuracy is below the median of the others after as many "
        "epochs is stopped, so that there is time for others.",
    )
    for problem in problems:
        st.error(as_text(problem), icon=":material/error:")
    if st.button(
        "Start the search",
        key="start_search",
        icon=":material/manage_search:",
        disabled=bool(problems) or not space,
    ):
        _start(
            settings,
            kind="Search",
            method="random" if method == "random" else "tpe",
            space=space,
            num_runs=num_runs,
            minutes=minutes or None,
            prunes=prunes,
        )


def _start(
    settings: Hyperparameters,
    *,
    kind: str,
    method: Literal["seeds", "random", "tpe"],
    num_runs: int,
    space: Sequence[Dimension] = (),
    minutes: float | None = None,
    prunes: bool = False,
) -> None:
    """Create the search, and show it on the Runs page."""
    try:
        if problem := refuse_settings(server_settings(), settings):
            raise ValueError(problem)
        search: Search = search_store().create(
            settings,
            name=_name(kind, settings),
            method=method,
            space=space,
            num_runs=num_runs,
            minutes=minutes,
            prunes=prunes,
            by=current_person(),
        )
    except (NotAllowed, ValueError, OSError) as error:
        st.error(as_text(f"The runs cannot be started: {error}"), icon=":material/error:")
        return
    training_engine().wake()
    st.session_state.update({"runs_tab": "Searches", "search": search.id})
    st.switch_page("pages/runs.py")


def _name(kind: str, settings: Hyperparameters) -> str:
    """Return what to call it, with room for the number of each run."""
    time = local_time(datetime.now(UTC), timezone=st.context.timezone)
    return f"{kind}, {choice_label('architecture', settings.architecture)}, {time:%H:%M}"
