"""Colours that Streamlit's theme has no option for, so that all text stands out from its ground."""

import streamlit as st

_PRIMARY = '[data-testid^="stBaseButton-primary"]:not(:disabled)'
# On the light blue that buttons have in the dark theme, where Streamlit's white cannot be read.
_ON_LIGHT_BLUE = f"{_PRIMARY} {{ color: #0b1220; }}"
# On the blue ground of a chosen pill under the pointer, where the primary colour is too light.
_CHOSEN_PILL = 'button[data-variant="pills"][data-selected="true"] * { color: #1749bd !important; }'
# What deletes for good is red, which no type of button in Streamlit is.
_DELETE = ".st-key-confirm_delete button"
_ON_RED = (
    f"{_DELETE} {{ background: #c62828; border-color: #c62828; color: #ffffff !important; }}"
    f"{_DELETE}:is(:hover, :active, :focus-visible)"
    " { background: #a31d1d; border-color: #a31d1d; }"
)


def button_style() -> str:
    """Return the style sheet of the buttons in the theme that the browser shows."""
    # By asking the browser: dialogs stand outside of the element that tells style sheets the theme.
    is_dark = st.context.theme.type == "dark"
    return f"{_ON_LIGHT_BLUE}{_ON_RED}" if is_dark else f"{_CHOSEN_PILL}{_ON_RED}"
