"""What a person sees where a page fails: one sentence, and nothing of the server's inside."""

import logging

import streamlit as st

_log = logging.getLogger(__name__)
# A container, by which tests find it.
FAILURE_KEY = "page_failure"


def show_failure(error: Exception) -> bool:
    """Say that the page has failed; what failed goes to the server's log. Called by Streamlit."""
    _log.error("A page failed", exc_info=error)
    with st.container(key=FAILURE_KEY):
        st.error(
            "This page could not be shown. Reload it. If that does not help, tell whoever runs "
            "this server; the reason is in its log.",
            icon=":material/error:",
        )
    return True
