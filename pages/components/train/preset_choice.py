"""Settings with a name to choose from, and what to look for in each."""

from collections.abc import Callable, Sequence

import streamlit as st

from core.hyperparameters import LESSONS, PRESET_LABELS, PRESET_NOTES, PRESETS, Hyperparameters

_SOUND = [name for name in PRESETS if name not in LESSONS]


def preset_choice(
    settings: Hyperparameters | None, choose: Callable[[Hyperparameters], None]
) -> None:
    """Show the presets and the lessons; those that the form shows now are marked.

    Args:
        settings: what the form shows now, or None where it cannot be used.
        choose: puts other settings into the form.
    """
    _choice(
        "preset",
        "Presets",
        _SOUND,
        settings,
        choose,
        description="Settings that are known to work. Every one can be changed below.",
    )
    _choice(
        "lesson",
        "Lessons: broken on purpose",
        LESSONS,
        settings,
        choose,
        description="Settings that go wrong in a way worth seeing. Train one, then mend it below. "
        "Each takes less than a minute on two processor cores.",
    )


def _choice(
    key: str,
    label: str,
    names: Sequence[str],
    settings: Hyperparameters | None,
    choose: Callable[[Hyperparameters], None],
    *,
    description: str,
) -> None:
    chosen = next((name for name in names if PRESETS[name] == settings), None)
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
