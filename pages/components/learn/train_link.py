"""From a block to the settings on Train that it explains: the form is filled with these."""

from typing import Any

import streamlit as st

from pages.components.form_values import change_form, changes_text


def train_link(name: str, **settings: Any) -> None:
    """Show a button that opens Train with these settings in the form, the others as they are."""
    label = f"Try it on Train: {changes_text(settings)}"
    if st.button(label, key=f"try_{name}", icon=":material/model_training:"):
        change_form(settings)
        st.switch_page("pages/train.py")
