"""Show what changes by itself, at the cost of a glance while it does not."""

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

T = TypeVar("T")


def show_changes(
    look: Callable[[], T], show: Callable[[T], None], *, key: str, every: float | None
) -> None:
    """Show what there is to see, and show it anew whenever a look tells that it has changed.

    A fragment that only looks takes the server a fraction of what showing takes, and the browser
    nothing, which counts where a class looks at runs that wait.

    Args:
        look: returns what is to be shown, equal to what it returned before where nothing changed.
        show: shows that; it may rerun the page.
        key: tells this from what else a page shows so.
        every: seconds between looks; None looks only when the page is run.
    """
    last: list[T] = []

    def display() -> None:
        last[:] = [look()]
        show(last[0])

    def poll() -> None:
        if last != [look()]:
            st.rerun(key)

    st.fragment(display, key=key)()
    if every is not None:
        st.fragment(poll, run_every=every)()
