"""Values of widgets as a browser sent them: anything else counts as the default."""

from collections.abc import Sequence
from typing import TypeVar

import streamlit as st

T = TypeVar("T")


def one_of(key: str, options: Sequence[T], default: T | None = None) -> T:
    """Return what is chosen of some options; put the default, or the first, where it is none."""
    value: T | None = st.session_state.get(key)
    if value is None or value not in options:
        value = st.session_state[key] = options[0] if default is None else default
    return value


def real_number(key: str, default: float, lowest: float, highest: float) -> float:
    """Return a finite number within bounds; put the default where it is none."""
    value = st.session_state.get(key)
    if not isinstance(value, int | float) or not lowest <= value <= highest:  # as NaN is not
        value = st.session_state[key] = float(default)
    return float(value)
