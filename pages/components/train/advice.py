"""What the coach says of settings or of a run, the way to follow it, and to what explains it."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.coach import Note
from core.hyperparameters import Hyperparameters
from pages.components.form_values import change_form, changes_text
from pages.components.learn_link import block_link

_APPLIED_KEY = "advice_applied"


def show_advice(notes: list[Note], settings: Hyperparameters) -> None:
    """Show notes on a run with these settings, each with its evidence and a button to follow it."""
    for note in notes:
        why = f" {block_link(note.block, 'Why?')}" if note.block else ""
        text = f"**{note.headline}**  \n{note.evidence}{why}"
        if note.severity == "problem":
            st.warning(text, icon=":material/troubleshoot:")
        else:
            st.info(text, icon=":material/lightbulb:")
        apply_button(note, settings)


def apply_button(note: Note, settings: Hyperparameters) -> None:
    """Show a button that fills the form with what a note advises, where it does."""
    if not note.changes:
        return
    # A callback, because the form is already on the page.
    st.button(
        f"Apply: {changes_text(note.changes)}",
        key=f"apply_{note.kind}",
        icon=":material/tune:",
        help="Fills the form with these settings and what the note advises; starts nothing.",
        on_click=_apply,
        args=(settings, note.changes),
    )


def _apply(settings: Hyperparameters, changes: Mapping[str, Any]) -> None:
    st.session_state[_APPLIED_KEY] = True
    change_form(changes, base=settings)


def is_applied() -> bool:
    """Tell, once, that advice was applied, so that the form outside of a fragment is shown anew."""
    return bool(st.session_state.pop(_APPLIED_KEY, False))
