"""Which runs the table shows: by name, status of a favourite, architecture, data, owner."""

from collections.abc import Sequence

import streamlit as st

from core.hyperparameters import choice_label
from core.runs import Run, RunRecord
from pages.components.formats import as_text
from pages.components.person import owner_name
from pages.components.resources import server_settings

Pair = tuple[Run, RunRecord]
_LONGEST = 60
_FEW = 5  # runs, which nobody needs to filter


def filtered(pairs: Sequence[Pair]) -> list[Pair]:
    """Show the filters above the table; return the runs that pass all of them."""
    if len(pairs) < _FEW:
        return list(pairs)
    with st.container(horizontal=True, vertical_alignment="bottom", key="runs_filters"):
        text = st.text_input(
            "Find",
            key="filter_name",
            max_chars=_LONGEST,
            placeholder="name or note",
            persist_state="session",
            width=200,
        )
        shown = list(pairs)
        for key, label, value_of in (
            ("filter_architecture", "Architecture", _architecture),
            ("filter_data", "Data", _data),
            *((("filter_owner", "Owner", _owner),) if server_settings().shared else ()),
        ):
            values = sorted({value for _, record in pairs if (value := value_of(record))})
            chosen = st.multiselect(
                label, values, format_func=as_text, key=key, persist_state="session", width=220
            )
            if wanted := [value for value in chosen if value in values]:
                shown = [pair for pair in shown if value_of(pair[1]) in wanted]
        favourites = st.toggle("Favourites", key="filter_favourites", persist_state="session")
    if text:
        words = text.casefold().split()
        shown = [pair for pair in shown if all(word in _searched(pair[1]) for word in words)]
    if favourites:
        shown = [pair for pair in shown if pair[1].favourite]
    if len(shown) < len(pairs):
        st.caption(f"{len(shown):,} of {len(pairs):,} runs")
    return shown


def _architecture(record: RunRecord) -> str | None:
    settings = record.hyperparameters
    return choice_label("architecture", settings.architecture) if settings else None


def _data(record: RunRecord) -> str | None:
    return record.data.name if record.data else None


def _owner(record: RunRecord) -> str | None:
    return owner_name(record.owner)


def _searched(record: RunRecord) -> str:
    return f"{record.name} {record.note}".casefold()
