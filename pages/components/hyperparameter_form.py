"""The form of a run's settings, made from the fields of `Hyperparameters`."""

from typing import Any, Literal, get_args, get_origin

import streamlit as st
from annotated_types import Ge, Le
from pydantic import ValidationError

from core.hyperparameters import (
    FIELDS,
    PRESET_LABELS,
    PRESETS,
    Hyperparameters,
    applies_to,
    explain_errors,
    extra,
    from_query,
    to_text,
)


def hyperparameter_form() -> Hyperparameters | None:
    """Show the form; return its settings, or None where one of them cannot be used."""
    if "form_filled" not in st.session_state:
        settings, refused = from_query(st.query_params.to_dict())
        fill_form(settings)
        st.session_state["refused"] = refused
    for sentence in st.session_state["refused"]:
        st.warning(f"In the link: {sentence}", icon=":material/link_off:")
    settings, problems = _read()
    st.session_state["preset"] = next(
        (name for name, preset in PRESETS.items() if preset == settings), None
    )
    st.segmented_control(
        "Presets",
        list(PRESETS),
        format_func=PRESET_LABELS.__getitem__,
        key="preset",
        on_change=_apply_preset,
        help="Settings that are known to work. Every one can be changed below.",
    )
    values = _values()
    groups = list(dict.fromkeys(extra(name)["group"] for name in FIELDS))
    for tab, group in zip(st.tabs(groups), groups, strict=True):
        with tab:
            shown = [
                name
                for name in FIELDS
                if extra(name)["group"] == group
                and all(values.get(other) == choice for other, choice in applies_to(name).items())
            ]
            for first, second in zip(shown[::2], [*shown[1::2], None], strict=False):
                columns = st.columns(2)
                for column, name in zip(columns, (first, second), strict=True):
                    if name:
                        with column:
                            _widget(name)
    for problem in problems:
        st.error(problem, icon=":material/error:")
    return settings


def fill_form(settings: Hyperparameters) -> None:
    """Put other settings into the form, whether or not it is on the page now."""
    for name, value in settings.model_dump().items():
        st.session_state[_key(name)] = to_text(value) if isinstance(value, tuple) else value
    st.session_state["form_filled"] = True
    st.session_state["refused"] = []


def _apply_preset() -> None:
    chosen = st.session_state["preset"]
    if chosen:
        fill_form(PRESETS[chosen])


def _forget_refused() -> None:
    st.session_state["refused"] = []


def _key(name: str) -> str:
    return f"setting_{name}"


def _values() -> dict[str, Any]:
    return {name: st.session_state[_key(name)] for name in FIELDS}


def _read() -> tuple[Hyperparameters | None, list[str]]:
    try:
        return Hyperparameters.model_validate(_values()), []
    except ValidationError as error:
        return None, explain_errors(error)


def _widget(name: str) -> None:
    """Show the widget that fits the type of field `name`."""
    field = FIELDS[name]
    common: dict[str, Any] = {
        "label": field.title,
        "help": field.description,
        "key": _key(name),
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
