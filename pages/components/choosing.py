"""Choose one of some options, which may come from the address and are checked."""

from collections.abc import Container, Mapping

import streamlit as st


def begin_with_address(key: str, parameter: str, options: Container[object]) -> None:
    """Let a link, or a reload, choose what the address says; afterwards the user has the say."""
    if key not in st.session_state and (asked := st.query_params.get(parameter)) in options:
        st.session_state[key] = asked


def keep_in_address(query: Mapping[str, str]) -> None:
    """Let the address say what is chosen, so that a reload shows it again."""
    if st.query_params.to_dict() != query:
        st.query_params.from_dict(dict(query))


def choose(label: str, key: str, options: Mapping[str, str]) -> str:
    """Let the user choose one of some options, the first at first; return its key."""
    # Streamlit hands back whatever the browser sends, and remembers what is no longer there.
    if st.session_state.get(key) not in options:
        st.session_state[key] = next(iter(options))
    chosen: str = st.selectbox(
        label, list(options), format_func=options.__getitem__, key=key, persist_state="session"
    )
    return chosen
