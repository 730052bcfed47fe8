"""The runs that wait for the training process: place, start, and how to cancel one."""

from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

import streamlit as st

from core.runs import Run, estimate_starts
from pages.components.browser import browser_id
from pages.components.formats import about_text, as_text
from pages.components.polling import show_changes
from pages.components.resources import run_store, training_engine

_POLL_SECONDS = 3.0
_SHOWN = 8
# How old a look at all runs may be for what a page shows again and again: all sessions share it.
LOOK_SECONDS = 0.3
# An estimate that says less than this says no more than that nothing else comes before.
_SOON_SECONDS = 5.0


class _Row(NamedTuple):
    """What is shown of a run that waits; `start` is empty where it is shown beside the list."""

    run: Run
    name: str
    is_own: bool
    start: str


def waiting_runs(shown: Run | None) -> None:
    """Show who waits, this browser's runs marked; nothing where nobody does.

    `shown` is the run beside the list, of which is said there when it starts.
    """
    waiting = training_engine().waiting()
    if not waiting:
        return
    beside, own = shown.id if shown else None, _own(waiting)
    show_changes(
        lambda: _see(beside),
        lambda seen: _show(seen, own_before=own),
        key="waiting_list",
        every=_POLL_SECONDS,
    )


def _own(waiting: Sequence[Run]) -> Sequence[str]:
    return [run.id for run in waiting if run.recorded().owner == browser_id()]


def expected_start(run: Run) -> str:
    """Say when a waiting run will start, as far as that can be known."""
    current = training_engine().current
    seconds = estimate_starts(run_store(), current, max_age=LOOK_SECONDS).get(run.id)
    if seconds is None:
        return "starts when the runs before it have ended"
    if seconds >= _SOON_SECONDS:
        return f"starts in about {about_text(seconds)}"
    with suppress(KeyError):
        if current and run_store().get(current).recorded().is_finished:
            return "starts when the run before it has been measured"
    return "starts next"


class _Seen(NamedTuple):
    """The first of those who wait, how many there are, and which are this browser's."""

    rows: Sequence[_Row]
    num_waiting: int
    own: Sequence[str]


def _see(beside: str | None) -> _Seen:
    waiting = training_engine().waiting(max_age=LOOK_SECONDS)
    rows = []
    for run in waiting[:_SHOWN]:
        record = run.recorded()
        # Two looks at different moments may give two estimates, and there is one of each run here.
        start = "" if run.id == beside else expected_start(run)
        rows.append(_Row(run, record.name, record.owner == browser_id(), start))
    return _Seen(rows, len(waiting), _own(waiting))


def _show(seen: _Seen, *, own_before: Sequence[str]) -> None:
    # How many of one's own wait decides whether one may start one more.
    if not seen.rows or seen.own != own_before:
        st.rerun()
    with st.container(key="waiting_runs", border=True, gap="small"):
        st.markdown(f"**{seen.num_waiting} in line**")
        for place, row in enumerate(seen.rows, start=1):
            _show_one(place, row)
        if seen.num_waiting > _SHOWN:
            st.caption(f"and {seen.num_waiting - _SHOWN} more")


def _show_one(place: int, row: _Row) -> None:
    parts = [f"{place}\\. {as_text(row.name)}"]
    if row.is_own:
        parts.append("**yours**")
    parts.append(row.start or "shown below")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(" · ".join(parts), width="stretch")
        if row.is_own:
            st.button(
                "Cancel",
                key=f"cancel_{row.run.id}",
                icon=":material/close:",
                type="tertiary",
                on_click=row.run.request_stop,
            )
