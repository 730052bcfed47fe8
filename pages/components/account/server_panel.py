"""How the server stands: who trains, who waits, since when; memory and disk left."""

import pandas as pd
import streamlit as st

from core.server import current_server
from core.server_status import server_status
from pages.components.formats import as_text
from pages.components.person import current_person, owner_name

_REFRESH_SECONDS = 5.0
_GIGABYTE = 10**9


@st.fragment(run_every=_REFRESH_SECONDS)
def server_panel() -> None:
    """Show the runs under way and what is left of the machine, anew every few seconds."""
    if not current_person().is_in_charge:
        st.rerun()
    status = server_status(current_server())
    with st.container(key="server_panel"):
        st.markdown(
            f"Memory left: **{status.memory_left / _GIGABYTE:.1f} GB** (the server itself uses "
            f"{status.memory_used / _GIGABYTE:.1f} GB) · "
            f"disk left: **{status.disk_left / _GIGABYTE:.1f} GB**"
        )
        if problem := current_server().engine.problem:
            st.error(as_text(problem), icon=":material/error:")
        if not status.runs:
            st.caption("Nobody trains or waits.")
            return
        st.dataframe(
            pd.DataFrame(
                {
                    "Run": [run.name for run in status.runs],
                    "Owner": [owner_name(run.owner) for run in status.runs],
                    "Status": [run.status for run in status.runs],
                    "Since": [run.since for run in status.runs],
                }
            ),
            key="runs_under_way",
            hide_index=True,
            column_config={
                "Since": st.column_config.DatetimeColumn(
                    format="YYYY-MM-DD HH:mm", timezone=st.context.timezone
                )
            },
            alt="The runs that are trained or wait",
        )
        st.caption("A teacher stops a run on the Train page and deletes it on the Runs page.")
