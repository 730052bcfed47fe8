"""The answer to a dialog that asks before it deletes something."""

import streamlit as st


def confirmed() -> bool:
    """Show a red Delete beside Cancel, which closes the dialog; tell whether Delete was pressed."""
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Cancel", key="cancel_delete"):
            st.rerun()
        return st.button("Delete", key="confirm_delete", type="primary", icon=":material/delete:")
