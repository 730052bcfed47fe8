"""The form of a run's hyperparameters, made from the fields of `Hyperparameters`."""

from typing import Any, Literal, get_args, get_origin

import streamlit as st
from annotated_types import Ge, Le
from pydantic import ValidationError

from core.hyperparameters import (
    FIELDS,
    Hyperparameters,
    explain_errors,
    extra,
    from_query,
    is_applicable,
)
from pages.components.form_values import fill_form, form_values, widget_key, widget_value
from pages.components.train.preset_choice import preset_choice
from pages.components.train.schedule_plot import schedule_plot


def hyperparameter_form() -> Hyperparameters | None:
    """Show the form; return its values, or None where one of them is invalid."""
    if "form_filled" not in st.session_state:
        linked, refused = from_query(st.query_params.to_dict())
        fill_form(linked)
        st.session_state["refused"] = refused
    for sentence in st.session_state["refused"]:
        st.warning(f"In the link: {sentence}", icon=":material/link_off:")
    hyperparameters, problems = _read()
    preset_choice(hyperparameters, fill_form)
    shown = [name for name in FIELDS if is_applicable(name, form_values())]
    groups = list(dict.fromkeys(extra(name)["group"] for name in FIELDS))
    # The key keeps a tab chosen while a note above it comes or goes.
    for tab, group in zip(st.tabs(groups, key="setting_groups"), groups, strict=True):
        names = [name for name in shown if extra(name)["group"] == group]
        with tab:
            _two_columns([name for name in names if not extra(name)["advanced"]])
            if group == "Optimization" and hyperparameters:
                schedule_plot(hyperparameters)
            _fold(group, [name for name in names if extra(name)["advanced"]])
    for problem in problems:
        st.error(problem, icon=":material/error:")
    return hyperparameters


def _fold(group: str, names: list[str]) -> None:
    """Show a group's advanced fields in an expander; nothing where there are none."""
    if not names:
        return
    values = form_values()
    num_changed = sum(values[name] != widget_value(FIELDS[name].default) for name in names)
    # The key keeps the expander open while its label counts.
    with st.expander(
        f"Advanced ({num_changed} changed)" if num_changed else "Advanced",
        key=f"advanced_{group.lower()}",
    ):
        _two_columns(names)


def _two_columns(names: list[str]) -> None:
    for first, second in zip(names[::2], [*names[1::2], None], strict=False):
        columns = st.columns(2, vertical_alignment="bottom")
        for column, name in zip(columns, (first, second), strict=True):
            if name:
                with column:
                    _widget(name)


def _forget_refused() -> None:
    st.session_state["refused"] = []


def _read() -> tuple[Hyperparameters | None, list[str]]:
    values = form_values()
    # A hidden field cannot be corrected, so where it is invalid its default is used.
    shown = {name: value for name, value in values.items() if is_applicable(name, values)}
    for candidate in (values, shown):
        try:
            return Hyperparameters.model_validate(candidate), []
        except ValidationError as error:
            problems = explain_errors(error)
    return None, problems


def _widget(name: str) -> None:
    """Show the widget that fits the type of field `name`."""
    field = FIELDS[name]
    common: dict[str, Any] = {
        "label": field.title,
        "help": field.description,
        "key": widget_key(name),
        "persist_state": "session",
        "on_change": _forget_refused,
    }
    if field.annotation is bool:
        st.toggle(**common)
    elif choices := get_args(field.annotation) if _is_choice(field.annotation) else ():
        st.selectbox(options=choices, **common)
    elif field.annotation in (int, float):
        convert = field.annotation
        bounds = {type(limit): limit for limit in field.metadata}
        st.number_input(
            min_value=convert(bounds[Ge].ge),
            max_value=convert(bounds[Le].le),
            step=convert(extra(name).get("step", 1)),
            format=extra(name).get("format"),
            **common,
        )
    else:
        st.text_input(**common)


def _is_choice(annotation: Any) -> bool:
    return get_origin(annotation) is Literal
