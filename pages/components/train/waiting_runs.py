"""The runs that wait for the training process: place, start, and how to cancel one."""

from collections.abc import Sequence
from contextlib import suppress

import streamlit as st

from core.access import NotAllowed
from core.runs import Run, estimate_starts
from pages.components.formats import about_text, as_text
from pages.components.person import current_person
from pages.components.resources import run_store, training_engine

_SHOWN = 8
# Where more wait than are shown, the list changes more slowly, and more people look at it.
_POLL_SECONDS, _POLL_SECONDS_OF_MANY = 3.0, 6.0
# How old a look at all runs may be for what a page shows again and again: all sessions share it.
LOOK_SECONDS = 0.3
# An estimate that says less than this says no more than that nothing else comes before.
_SOON_SECONDS = 5.0


def waiting_runs(shown: Run | None) -> None:
    """Show who waits, this browser's runs marked, and why nothing can start, where that is so.

    `shown` is the run beside the list, of which is said there when it starts.
    """
    waiting = training_engine().waiting()
    if waiting or training_engine().problem:
        interval = _POLL_SECONDS if len(waiting) <= _SHOWN else _POLL_SECONDS_OF_MANY
        show = st.fragment(_show, run_every=interval)
        show(_own(waiting), shown.id if shown else None)


def _own(waiting: Sequence[Run]) -> Sequence[str]:
    person = current_person()
    return [run.id for run in waiting if person.owns(run.recorded().owner)]


def expected_start(run: Run) -> str:
    """Say when a waiting run will start, as far as that can be known."""
    if training_engine().problem:
        return "starts when training can start again"
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


def _show(own_ids: Sequence[str], beside: str | None) -> None:
    waiting = training_engine().waiting(max_age=LOOK_SECONDS)
    # How many of one's own wait also decides whether one may start one more.
    problem = training_engine().problem
    if not (waiting or problem) or _own(waiting) != own_ids:
        st.rerun()
    with st.container():
        if problem:
            st.error(as_text(problem), icon=":material/error:")
    if not waiting:
        return
    with st.container(key="waiting_runs", border=True, gap="small"):
        st.markdown(f"**{len(waiting)} in line**")
        for place, run in enumerate(waiting[:_SHOWN], start=1):
            _show_one(place, run, is_beside=run.id == beside)
        if len(waiting) > _SHOWN:
            st.caption(f"and {len(waiting) - _SHOWN} more")


def _show_one(place: int, run: Run, *, is_beside: bool) -> None:
    record = run.recorded()
    person = current_person()
    parts = [f"{place}\\. {as_text(record.name)}"]
    if person.owns(record.owner):
        parts.append("**yours**")
    # Two looks at different moments may give two estimates, and there is one of each run here.
    parts.append("shown below" if is_beside else expected_start(run))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(" · ".join(parts), width="stretch")
        if person.may_change(record.owner):
            st.button(
                "Cancel",
                key=f"cancel_{run.id}",
                icon=":material/close:",
                type="tertiary",
                on_click=_cancel,
                args=(run,),
            )


def _cancel(run: Run) -> None:
    # Deleted, or somebody else's, at this moment: the list shows what is there now.
    with suppress(OSError, ValueError, NotAllowed):
        run.request_stop(by=current_person())
