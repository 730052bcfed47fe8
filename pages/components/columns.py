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
# Streamlit stacks columns by the width of the window, below 641 pixels, whatever they hold.
WRAPPING_STYLE = (
    f"{_ROW} {{ flex-wrap: wrap; }}"
    f'{_ROW} > [data-testid="stColumn"] {{ min-width: min(100%, 22rem); }}'
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
