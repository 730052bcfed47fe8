"""The article's terms, in plain words, and the way to where each of them shows."""

import streamlit as st

from core.teaching import TERMS
from pages.components.columns import chart_grid

_TITLES = {"account": "Your data"}


def glossary() -> None:
    """Show every term with its meaning and its place in the app."""
    grid = chart_grid("glossary")
    for name, term in sorted(TERMS.items(), key=lambda item: item[0].lower()):
        with grid, st.container(border=True):
            st.markdown(f"#### {name}")
            st.markdown(term.meaning)
            st.caption(term.shows)
            st.page_link(
                f"pages/{term.page}.py",
                label=f"Open {_TITLES.get(term.page, term.page.capitalize())}",
                icon=":material/arrow_forward:",
            )
