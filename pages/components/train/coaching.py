"""What the curves of a run say, in words."""

import streamlit as st

from core.coach import advise
from core.runs import Metrics, RunRecord


def coaching(record: RunRecord, metrics: Metrics) -> None:
    """Show the coach's notes, each with its evidence; nothing where there is nothing to say."""
    with st.container(key="coach", gap="small"):
        for note in advise(record, metrics):
            text = f"**{note.headline}**  \n{note.evidence}"
            if note.severity == "problem":
                st.warning(text, icon=":material/troubleshoot:")
            else:
                st.info(text, icon=":material/lightbulb:")
