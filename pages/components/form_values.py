"""The values of the hyperparameter form, which several pages fill. Does not know its widgets."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Literal, get_args, get_origin

import streamlit as st
from pydantic import ValidationError

from core.hyperparameters import (
    FIELDS,
    Hyperparameters,
    choice_label,
    explain_errors,
    is_applicable,
    to_text,
)


def fill_form(hyperparameters: Hyperparameters) -> None:
    """Put these values into the form, whether or not it is on the page now."""
    for name, value in hyperparameters.model_dump().items():
        st.session_state[widget_key(name)] = widget_value(value)
    st.session_state["form_filled"] = True
    st.session_state["refused"] = []


def change_form(changes: Mapping[str, Any], *, base: Hyperparameters | None = None) -> None:
    """Fill the form with `base`, or what it holds, and some settings changed.

    With the defaults in place of the base where that is invalid, of an earlier version, or does not
    go with the changes, and where the form was never shown.
    """
    if base is None and "form_filled" in st.session_state:
        base, _ = read_form()
    for settings in filter(None, (base, Hyperparameters())):
        with suppress(ValidationError):
            fill_form(Hyperparameters.model_validate({**settings.model_dump(), **changes}))
            return
    raise ValueError(f"these settings are not valid: {changes}")


def changes_text(changes: Mapping[str, Any]) -> str:
    """Return what a button says that changes these settings."""
    return ", ".join(
        f"{(FIELDS[name].title or name).lower()} {choice_label(name, value)}"
        for name, value in changes.items()
    )


def form_values() -> dict[str, Any]:
    """Return the value of each field as its widget holds it, valid or not."""
    return {name: st.session_state[widget_key(name)] for name in FIELDS}


def drop_foreign_choices() -> None:
    """Put the default where a browser sent what is none of a field's choices.

    Streamlit hands it on as it came. To be called before the widgets are shown.
    """
    for name, field in FIELDS.items():
        if get_origin(field.annotation) is Literal:
            value = st.session_state[widget_key(name)]
            if value not in get_args(field.annotation):
                st.session_state[widget_key(name)] = field.default


def read_form() -> tuple[Hyperparameters | None, list[str]]:
    """Return what the form holds, None where that is invalid, and what is the matter with it."""
    values = form_values()
    # A hidden field cannot be corrected, so where it is invalid its default is used.
    shown = {name: value for name, value in values.items() if is_applicable(name, values)}
    for candidate in (values, shown):
        try:
            return Hyperparameters.model_validate(candidate), []
        except ValidationError as error:
            problems = explain_errors(error)
    return None, problems


def widget_key(name: str) -> str:
    """Return the key of the widget of field `name`."""
    return f"setting_{name}"


def widget_value(value: Any) -> Any:
    """Return a value as its widget holds it: layers as text."""
    return to_text(value) if isinstance(value, tuple) else value
