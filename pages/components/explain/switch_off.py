"""To be written."""

import streamlit as st

from pages.components.explain.choice import Explained


@st.fragment
def switch_off_tab(asked: Explained) -> None:
    """Show nothing yet."""
    st.caption(f"{asked.name}")
