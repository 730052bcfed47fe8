"""Let the user choose which settings a search varies, and between what bounds."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from core.hyperparameters import FIELDS, Hyperparameters, bounds, choice_label, extra, to_text
from core.search import (
    MAX_CHOICES,
    MAX_DIMENSIONS,
    Dimension,
    choices_of,
    dimension_of,
    is_range,
    searchable,
)

_USUAL_FIELDS = ("learning_rate", "dropout")


def search_space(settings: Hyperparameters) -> tuple[list[Dimension], list[str]]:
    """Show the choice; return what varies, and a sentence for each that cannot be searched so."""
    offered = [name for name in searchable() if settings.applies(name)]
    default = [name for name in _USUAL_FIELDS if name in offered]
    chosen = st.multiselect(
        "Settings that vary",
        offered,
        default=default,
        format_func=lambda name: str(FIELDS[name].title),
        max_selections=MAX_DIMENSIONS,
        key="search_fields",
        persist_state="session",
    )
    space, problems = [], []
    for name in [name for name in chosen if name in offered]:
        try:
            space.append(_dimension(name, settings))
        except ValueError as error:
            problems.append(f"{FIELDS[name].title}: {_reason(error)}.")
    return space, problems


def _dimension(name: str, settings: Hyperparameters) -> Dimension:
    """Let the user choose the bounds of one setting, or its values.

    Raises:
        ValueError: what is chosen cannot be searched.
    """
    usual, title = dimension_of(name), str(FIELDS[name].title)
    if is_range(name):
        lowest, highest = bounds(name)
        kind: Callable[[float], float] = int if usual.is_integer else float
        left, right = st.columns(2)
        ends = [
            column.number_input(
                f"{title}, {end}",
                kind(lowest),
                kind(highest),
                value=kind(value or 0.0),
                step=kind(extra(name)["step"]),
                format=extra(name)["format"],
                key=f"search_{name}_{end}",
                persist_state="session",
            )
            for column, end, value in ((left, "from", usual.low), (right, "to", usual.high))
        ]
        low, high = (float(end) for end in ends)
        is_log = low > 0 and high / low >= 10
        return Dimension(field=name, low=low, high=high, log=is_log)
    if offered := choices_of(name):
        chosen = st.multiselect(
            title,
            offered,
            default=offered[:MAX_CHOICES],
            format_func=lambda text: choice_label(name, text),
            max_selections=MAX_CHOICES,
            key=f"search_{name}",
            persist_state="session",
        )
        texts = [text for text in chosen if text in offered]
    else:
        typed = st.text_input(
            f"{title}, separated by semicolons",
            value=to_text(getattr(settings, name)),
            max_chars=300,
            key=f"search_{name}",
            persist_state="session",
        )
        texts = [part.strip() for part in typed.split(";") if part.strip()]
    if not texts:
        raise ValueError("choose at least one value")
    return Dimension(field=name, choices=tuple(texts))


def _reason(error: ValueError) -> str:
    problems: Callable[..., Sequence[dict[str, Any]]] | None = getattr(error, "errors", None)
    return str(problems(include_url=False)[0]["msg"]) if problems else str(error)
