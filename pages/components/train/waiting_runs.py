"""The runs that wait for the training process: place, start, and how to cancel one."""

import streamlit as st

from core.runs import Run, estimate_starts
from pages.components.browser import browser_id
from pages.components.formats import duration_text
from pages.components.resources import run_store, training_engine

_POLL_SECONDS = 2.0
_SHOWN = 8


def waiting_runs() -> None:
    """Show who waits, this browser's runs marked; nothing where nobody does."""
    if training_engine().waiting():
        _show()


def expected_start(run: Run) -> str:
    """Say when a waiting run will start, as far as that can be known."""
    seconds = estimate_starts(run_store(), training_engine().current).get(run.id)
    if seconds is None:
        return "starts when the runs before it have ended"
    return f"starts in about {duration_text(seconds)}"


@st.fragment(run_every=_POLL_SECONDS)
def _show() -> None:
    waiting = training_engine().waiting()
    if not waiting:
        st.rerun()
    starts = estimate_starts(run_store(), training_engine().current)
    with st.container(key="waiting_runs", border=True, gap="small"):
        st.markdown(f"**{len(waiting)} in line**")
        for place, run in enumerate(waiting[:_SHOWN], start=1):
            _show_one(place, run, starts.get(run.id))
        if len(waiting) > _SHOWN:
            st.caption(f"and {len(waiting) - _SHOWN} more")


def _show_one(place: int, run: Run, seconds: float | None) -> None:
    record = run.read()
    is_own = record.owner == browser_id()
    parts = [f"{place}. {record.name}"]
    if is_own:
        parts.append("**yours**")
    if seconds is not None:
        parts.append(f"in about {duration_text(seconds)}")
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
