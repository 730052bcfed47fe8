"""Whose settings are where: those of the run shown, and how the form for a new run differs."""

import streamlit as st

from core.hyperparameters import FIELDS, Hyperparameters, choice_label, epochs_text
from core.runs import RunRecord
from pages.components.form_values import fill_form

_NAMED = 3


def describe_settings(record: RunRecord, form: Hyperparameters | None) -> bool:
    """Say with what the run was trained; tell whether the form, None if invalid, holds other."""
    settings = record.hyperparameters
    if settings is None:
        return False
    different = _different(settings, form) if form else []
    st.caption(
        f"{choice_label('architecture', settings.architecture)} · "
        f"{choice_label('optimizer', settings.optimizer)}, learning rate "
        f"{settings.learning_rate:g} · batch size {settings.batch_size:,} · "
        f"{epochs_text(record.num_epochs)}  \n"
        + (_compare(different) if form else "The form for a new run is not valid.")
    )
    return bool(different) or form is None


def use_settings_button(record: RunRecord) -> None:
    """Show the button that puts the settings of a run into the form for a new one."""
    # A callback, because the form is already on the page.
    st.button(
        "Use its settings",
        key="use_run_settings",
        icon=":material/tune:",
        on_click=fill_form,
        args=(record.hyperparameters,),
    )


def _different(settings: Hyperparameters, form: Hyperparameters) -> list[str]:
    """Return the titles of the settings that have an effect in one of both, and differ."""
    return [
        field.title or name
        for name, field in FIELDS.items()
        if getattr(settings, name) != getattr(form, name)
        and (settings.applies(name) or form.applies(name))
    ]


def _compare(different: list[str]) -> str:
    if not different:
        return "The form for a new run holds the same settings."
    named, others = different[:_NAMED], len(different) - _NAMED
    more = f" and {others} more" if others > 0 else ""
    return f"The form for a new run holds other settings: {', '.join(named)}{more}."
