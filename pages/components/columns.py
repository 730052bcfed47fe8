"""Columns that stand below each other where they would be too narrow side by side."""

from collections.abc import Sequence
from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

_PREFIX = "wrapping_"
_ROW = (
    f'[class*="st-key-{_PREFIX}"] > [data-testid="stLayoutWrapper"]'
    ' > [data-testid="stHorizontalBlock"]'
)
_CHARTS = f"{_PREFIX}charts_"
_GRID = "grid_"
# Streamlit stacks columns by the width of the window, below 641 pixels, whatever they hold.
WRAPPING_STYLE = (
    f"{_ROW} {{ flex-wrap: wrap; }}"
    f'{_ROW} > [data-testid="stColumn"] {{ min-width: min(100%, 22rem); }}'
    # Two charts have room beside a form on a laptop, and a window as narrow as a tablet has none.
    f'{_ROW.replace(_PREFIX, _CHARTS)} > [data-testid="stColumn"] {{ min-width: 19rem; }}'
    f"@media (max-width: 50rem) {{"
    f'{_ROW.replace(_PREFIX, _CHARTS)} > [data-testid="stColumn"] {{ min-width: 100%; }} }}'
    f'[class*="st-key-{_GRID}"] {{ display: grid;'
    " grid-template-columns: repeat(auto-fit, minmax(min(100%, 10rem), 1fr)); }"
    f'[class*="st-key-{_GRID}tiles_"] {{ align-items: stretch; }}'
    f'[class*="st-key-{_GRID}tiles_"] > * > * {{ height: 100%; }}'
    # A chart alone in its row is as wide as the others.
    f'[class*="st-key-{_GRID}charts_"] {{'
    " grid-template-columns: repeat(auto-fill, minmax(min(100%, 20rem), 1fr)); }"
)


def wrapping_columns(
    name: str,
    spec: int | Sequence[int],
    *,
    gap: Literal["small", "medium", "large"] = "large",
) -> list[DeltaGenerator]:
    """Return columns, as `st.columns` does, none of which gets narrower than 22 rem.

    `name` tells these columns from others on the page.
    """
    with st.container(key=f"{_PREFIX}{name}"):
        return st.columns(spec, gap=gap)


def chart_columns(name: str) -> list[DeltaGenerator]:
    """Return two columns for charts, one above the other on a tablet held upright and less."""
    with st.container(key=f"{_CHARTS}{name}"):
        return list(st.columns(2, gap="small"))


def tile_grid(name: str) -> DeltaGenerator:
    """Return a container whose elements share its width, as many in a row as have 10 rem each."""
    return st.container(key=f"{_GRID}tiles_{name}")


def chart_grid(name: str) -> DeltaGenerator:
    """Return a container for charts of one width, as many in a row as have 20 rem each."""
    return st.container(key=f"{_GRID}charts_{name}")
