"""Whether a dialog is open, which showing the page anew would close under the user's hands."""

import streamlit as st

_ASKING = "is_asking"


def close_dialogs() -> None:
    """Note at the beginning of the page that no dialog is open."""
    st.session_state[_ASKING] = False


def note_dialog() -> None:
    """Note, in a dialog that is dismissed with a rerun, that it is open."""
    st.session_state[_ASKING] = True


def dialog_is_open() -> bool:
    """Tell whether the user is answering a dialog."""
    return bool(st.session_state.get(_ASKING))


def show_anew() -> None:
    """Show the page anew, now that something is there, unless that would close a dialog."""
    if not dialog_is_open():
        st.rerun()
