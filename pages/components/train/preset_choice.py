"""The presets and lessons to choose from, and what to look for in each."""

from collections.abc import Sequence

import streamlit as st

from core.hyperparameters import LESSONS, PRESET_LABELS, PRESET_NOTES, PRESETS, Hyperparameters
from pages.components.form_values import fill_form


def preset_choice(hyperparameters: Hyperparameters | None) -> None:
    """Show the presets and the lessons; the one that the form holds now, if valid, is marked."""
    _choice(
        "preset",
        [name for name in PRESETS if name not in LESSONS],
        hyperparameters,
        description="Hyperparameters that work well. Every one can be changed below.",
    )
    _choice(
        "lesson",
        LESSONS,
        hyperparameters,
        description="Hyperparameters that fail on purpose. Train one, then correct it below. Each "
        "takes less than a minute on two CPU cores.",
    )


def _choice(
    key: str, names: Sequence[str], hyperparameters: Hyperparameters | None, *, description: str
) -> None:
    chosen = next((name for name in names if PRESETS[name] == hyperparameters), None)
    st.session_state[key] = chosen
    # Pills, because a segmented control that wraps in a narrow column looks broken.
    st.pills(
        f"{key.capitalize()}s",
        names,
        format_func=PRESET_LABELS.__getitem__,
        key=key,
        on_change=_apply,
        args=(key,),
        help=description,
        wrap=True,
    )
    if chosen:
        st.caption(PRESET_NOTES[chosen])


def _apply(key: str) -> None:
    if chosen := st.session_state[key]:
        fill_form(PRESETS[chosen])
