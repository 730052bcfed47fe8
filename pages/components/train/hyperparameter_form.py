"""The form of a run's hyperparameters, made from the fields of `Hyperparameters`."""

from functools import partial
from typing import Any, Literal, get_args, get_origin

import streamlit as st

from core.charts import schedule_figure
from core.hyperparameters import (
    FIELDS,
    LONGEST_TEXT,
    Hyperparameters,
    bounds,
    choice_label,
    extra,
    from_query,
    is_applicable,
)
from core.runs import planned_split
from core.schedules import NOMINAL_STEPS_PER_EPOCH, plan_curve
from pages.components.form_values import (
    drop_foreign_choices,
    fill_form,
    form_values,
    read_form,
    widget_key,
    widget_value,
)
from pages.components.formats import as_text
from pages.components.learn_link import learn_link
from pages.components.resources import if_ready, loader
from pages.components.train.copy_link import copy_link
from pages.components.train.preset_choice import preset_choice


def hyperparameter_form() -> Hyperparameters | None:
    """Show the form; return its values, or None where one of them is invalid."""
    if "form_filled" not in st.session_state:
        linked, refused = from_query(st.query_params.to_dict())
        fill_form(linked)
        st.session_state["refused"] = refused
    for sentence in st.session_state["refused"]:
        st.warning(f"In the link: {as_text(sentence)}", icon=":material/link_off:")
    drop_foreign_choices()
    hyperparameters, problems = read_form()
    preset_choice(hyperparameters)
    with st.container():
        if hyperparameters:
            copy_link(hyperparameters)
    shown = [name for name in FIELDS if is_applicable(name, form_values())]
    groups = list(dict.fromkeys(extra(name)["group"] for name in FIELDS))
    # The key keeps a tab chosen while a note above it comes or goes.
    for tab, group in zip(st.tabs(groups, key="setting_groups"), groups, strict=True):
        names = [name for name in shown if extra(name)["group"] == group]
        with tab:
            _two_columns([name for name in names if not extra(name)["advanced"]])
            if group == "Optimization" and hyperparameters:
                _schedule_plot(hyperparameters)
            if advanced := [name for name in names if extra(name)["advanced"]]:
                _fold(group, advanced)
    for problem in problems:
        st.error(as_text(problem), icon=":material/error:")
    return hyperparameters


def _fold(group: str, names: list[str]) -> None:
    values = form_values()
    num_changed = sum(values[name] != widget_value(FIELDS[name].default) for name in names)
    label = f"Advanced ({num_changed} changed)" if num_changed else "Advanced"
    # The key keeps the expander open while its label counts.
    with st.expander(label, key=f"advanced_{group.lower()}"):
        _two_columns(names)


def _two_columns(names: list[str]) -> None:
    for first, second in zip(names[::2], [*names[1::2], None], strict=False):
        left, right = st.columns(2, vertical_alignment="bottom")
        with left:
            _widget(first)
        if second:
            with right:
                _widget(second)


def _forget_refused() -> None:
    st.session_state["refused"] = []


def _widget(name: str) -> None:
    field = FIELDS[name]
    common: dict[str, Any] = {
        "label": field.title,
        "help": _help(name),
        "key": widget_key(name),
        "persist_state": "session",
        "on_change": _forget_refused,
    }
    if field.annotation is bool:
        st.toggle(**common)
    elif get_origin(field.annotation) is Literal:
        st.selectbox(
            options=get_args(field.annotation), format_func=partial(choice_label, name), **common
        )
    elif field.annotation in (int, float):
        convert = field.annotation
        low, high = bounds(name)
        st.number_input(
            min_value=convert(low),
            max_value=convert(high),
            step=convert(extra(name)["step"]),
            format=extra(name)["format"],
            **common,
        )
    else:
        st.text_input(max_chars=LONGEST_TEXT, **common)


def _help(name: str) -> str:
    """Return what a setting does, and the way to what explains it on Learn."""
    return "\n\n".join(filter(None, (FIELDS[name].description, learn_link(name))))


def _schedule_plot(hyperparameters: Hyperparameters) -> None:
    """Show the planned learning rate over the epochs."""
    epochs, rates = plan_curve(hyperparameters, steps_per_epoch=_steps_per_epoch(hyperparameters))
    st.plotly_chart(
        schedule_figure(epochs, rates, num_epochs=hyperparameters.epochs),
        key="schedule_plot",
        config={"displayModeBar": False},
        alt="The planned learning rate over the epochs",
    )
    if hyperparameters.learning_rate_schedule == "reduce_on_plateau":
        st.caption(
            f"It is multiplied by {hyperparameters.decay_rate:g} whenever the validation loss has "
            f"not improved for {hyperparameters.plateau_patience} epochs in a row, which no plan "
            "can show."
        )


def _steps_per_epoch(hyperparameters: Hyperparameters) -> int:
    if not (summary := if_ready(loader().data())):
        return NOMINAL_STEPS_PER_EPOCH
    num_train, _ = planned_split(hyperparameters, summary.num_images)
    return -(-num_train // hyperparameters.batch_size)
