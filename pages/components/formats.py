"""Values as a person reads them: durations, shares, and what somebody typed, shown as text."""

import re

import streamlit as st

# Streamlit's own format "percent" truncates, or leaves out the zeros at the end.
PERCENT_COLUMN = st.column_config.NumberColumn(format="%.2f%%")
# In pixels: the least height of a table's rows in which Streamlit wraps long names.
ROW_HEIGHT = 66


def table_height(num_rows: int) -> int:
    """Return the height, in pixels, of a table of such rows, of which half a one shows more."""
    return int(36 + ROW_HEIGHT * min(num_rows, 6.5))


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


def about_text(seconds: float) -> str:
    """Write an estimated duration, no more exactly than it is known."""
    return duration_text(max(5, 5 * round(seconds / 5)))


# Where Streamlit makes a link, a sign, an arrow or a dash of text, escaped or not.
_JOINED = re.compile(
    r"https?:(?=//)|www(?=\.)|(?<=\w)(?=@)|:(?=[\w+-]+[:/])|[-<>~](?=[-=>])", re.IGNORECASE
)


def as_text(typed: str) -> str:
    """Return Markdown that shows what somebody typed, such as a run's name, as it was typed.

    Without this, Streamlit would load pictures, follow directives such as `:red[...]` and render
    formulas in the browsers of others. Invisible word joiners keep addresses from becoming links,
    and arrows such as -> from becoming one sign.
    """
    joined = _JOINED.sub("\\g<0>\u2060", " ".join(typed.split()))
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", joined)
