"""Shares as percentages in tables, with two decimals and rounded, as on cards and in sentences."""

import streamlit as st

# Streamlit's own format "percent" cuts off what follows, or leaves out the zeros at the end.
PERCENT_COLUMN = st.column_config.NumberColumn(format="%.2f%%")


def to_percent(share: float | None) -> float | None:
    """Return a share, in [0, 1], for such a column."""
    return None if share is None else 100 * share
