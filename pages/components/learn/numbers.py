"""Numbers in brackets, as matrices are written: tables, which a browser shows at once.

As formulas, the same numbers take it half a second to set anew whenever one of them is moved.
"""

import numpy as np
import streamlit as st

from core.teaching import number_text

Part = np.ndarray | float | str
NUMBERS_STYLE = (
    ".numbers { display: flex; flex-wrap: wrap; align-items: center; gap: 0.25rem 0.5rem; }"
    ".numbers table { border-inline: 2px solid currentColor; border-radius: 6px; width: auto;"
    " border-collapse: separate; border-spacing: 0; font-variant-numeric: tabular-nums;"
    " margin: 0; }"
    ".numbers td { border: none; padding: 0 0.375rem; text-align: right; line-height: 1.4; }"
)


def show_numbers(*parts: Part) -> None:
    """Show matrices, numbers and the signs between them in a line, which breaks where it must."""
    st.html(f"<style>{NUMBERS_STYLE}</style>{numbers(*parts)}")


def numbers(*parts: Part) -> str:
    """Return the same as HTML, which needs `NUMBERS_STYLE`."""
    shown = "".join(
        _table(part) if isinstance(part, np.ndarray) else f"<span>{_text(part)}</span>"
        for part in parts
    )
    return f'<div class="numbers">{shown}</div>'


def _table(values: np.ndarray) -> str:
    rows = (
        "".join(f"<td>{_text(float(value))}</td>" for value in row) for row in np.atleast_2d(values)
    )
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"


def _text(value: float | str) -> str:
    """Write a number with three decimals; a sign, such as "+", stays what it is."""
    return value if isinstance(value, str) else number_text(value).replace("-", "−")
