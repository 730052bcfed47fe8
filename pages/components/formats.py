"""Numbers as a person reads them: durations and shares, in sentences and in tables."""

import streamlit as st

# Streamlit's own format "percent" truncates, or leaves out the zeros at the end.
PERCENT_COLUMN = st.column_config.NumberColumn(format="%.2f%%")


def percent_value(share: float | None) -> float | None:
    """Return a share, in [0, 1], as a value for `PERCENT_COLUMN`."""
    return None if share is None else 100 * share


def confidence_text(share: float) -> str:
    """Write a probability, in [0, 1], as a percentage that never rounds a doubt away."""
    return "over 99.9%" if share > 0.999 else f"{share:.1%}"


def duration_text(seconds: float) -> str:
    """Write a duration in the unit that a person would use."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
