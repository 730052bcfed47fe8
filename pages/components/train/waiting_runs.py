"""The runs that wait for the training process: place, start, and how to cancel one."""

from collections.abc import Sequence
from contextlib import suppress

import streamlit as st

from core.runs import Run, estimate_starts
from pages.components.browser import browser_id
from pages.components.formats import about_text, as_text
from pages.components.resources import run_store, training_engine

_POLL_SECONDS = 3.0
_SHOWN = 8
# How old a look at all runs may be for what a page shows again and again: all sessions share it.
LOOK_SECONDS = 0.3
# An estimate that says less than this says no more than that nothing else comes before.
_SOON_SECONDS = 5.0


def waiting_runs(shown: Run | None) -> None:
    """Show who waits, this browser's runs marked; nothing where nobody does.

    `shown` is the run beside the list, of which is said there when it starts.
    """
    if waiting := training_engine().waiting():
        _show(_own(waiting), shown.id if shown else None)


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


@st.fragment(run_every=_POLL_SECONDS)
def _show(own_ids: Sequence[str], beside: str | None) -> None:
    waiting = training_engine().waiting(max_age=LOOK_SECONDS)
    # How many of one's own wait also decides whether one may start one more.
    if not waiting or _own(waiting) != own_ids:
        st.rerun()
    with st.container(key="waiting_runs", border=True, gap="small"):
        st.markdown(f"**{len(waiting)} in line**")
        for place, run in enumerate(waiting[:_SHOWN], start=1):
            _show_one(place, run, is_beside=run.id == beside)
        if len(waiting) > _SHOWN:
            st.caption(f"and {len(waiting) - _SHOWN} more")


def _show_one(place: int, run: Run, *, is_beside: bool) -> None:
    record = run.recorded()
    is_own = record.owner == browser_id()
    parts = [f"{place}\\. {as_text(record.name)}"]
    if is_own:
        parts.append("**yours**")
    # Two looks at different moments may give two estimates, and there is one of each run here.
    parts.append("shown below" if is_beside else expected_start(run))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(" · ".join(parts), width="stretch")
        if is_own:
            st.button(
                "Cancel",
                key=f"cancel_{run.id}",
                icon=":material/close:",
                type="tertiary",
                on_click=run.request_stop,
            )
