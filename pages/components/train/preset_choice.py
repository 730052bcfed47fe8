"""The presets and lessons to choose from, and what to look for in each."""

from collections.abc import Callable, Sequence

import streamlit as st

from core.hyperparameters import LESSONS, PRESET_LABELS, PRESET_NOTES, PRESETS, Hyperparameters

_SOUND = [name for name in PRESETS if name not in LESSONS]


def preset_choice(
    hyperparameters: Hyperparameters | None, choose: Callable[[Hyperparameters], None]
) -> None:
    """Show the presets and the lessons; the one that the form holds now is marked.

    Args:
        hyperparameters: what the form holds now, or None where it is invalid.
        choose: fills the form.
    """
    _choice(
        "preset",
        "Presets",
        _SOUND,
        hyperparameters,
        choose,
        description="Hyperparameters that work well. Every one can be changed below.",
    )
    _choice(
        "lesson",
        "Lessons",
        LESSONS,
        hyperparameters,
        choose,
        description="Hyperparameters that fail on purpose. Train one, then correct it below. Each "
        "takes less than a minute on two CPU cores.",
    )


def _choice(
    key: str,
    label: str,
    names: Sequence[str],
    hyperparameters: Hyperparameters | None,
    choose: Callable[[Hyperparameters], None],
    *,
    description: str,
) -> None:
    chosen = next((name for name in names if PRESETS[name] == hyperparameters), None)
    st.session_state[key] = chosen
    # Pills, because a segmented control that wraps in a narrow column looks broken.
    st.pills(
        label,
        names,
        format_func=PRESET_LABELS.__getitem__,
        key=key,
        on_change=_apply,
        args=(key, choose),
        help=description,
        wrap=True,
    )
    if chosen:
        st.caption(PRESET_NOTES[chosen])


def _apply(key: str, choose: Callable[[Hyperparameters], None]) -> None:
    chosen = st.session_state[key]
    if chosen:
        choose(PRESETS[chosen])
