"""Formulas that break into lines where there is no room for them."""

import streamlit as st


def formula(latex: str, title: str = "") -> None:
    """Show a formula in LaTeX, below a title if it has one."""
    st.markdown("\n\n".join(filter(None, (title, inline(latex)))))


def inline(latex: str) -> str:
    r"""Return Markdown of a formula.

    Not by `st.latex`, whose formulas never break: on a phone they would have to be scrolled, which
    the keyboard cannot. KaTeX breaks one in a text at = and +, and wherever it says `\allowbreak`.
    """
    return rf"$\displaystyle {latex}$"
