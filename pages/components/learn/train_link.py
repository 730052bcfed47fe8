"""From a block to the settings on Train that it explains: the form is filled with these."""

from typing import Any

import streamlit as st

from core.hyperparameters import FIELDS, choice_label
from pages.components.form_values import changed_form, fill_form


def train_link(name: str, **settings: Any) -> None:
    """Show a button that opens Train with these settings in the form, the others as they are."""
    said = ", ".join(
        f"{(FIELDS[field].title or field).lower()} {choice_label(field, value)}"
        for field, value in settings.items()
    )
    if st.button(f"Try it on Train: {said}", key=f"try_{name}", icon=":material/model_training:"):
        fill_form(changed_form(settings))
        st.switch_page("pages/train.py")
