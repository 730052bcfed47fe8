"""A button that copies a link to the settings in the form."""

from pathlib import Path
from urllib.parse import urlencode

import streamlit as st

from core.hyperparameters import Hyperparameters

_FOLDER = Path(__file__).parent
_button = st.components.v2.component(
    "digit_lab.copy_link",
    html='<button type="button">Copy link</button><span role="status"></span>',
    js=(_FOLDER / "copy_link.js").read_text(encoding="utf-8"),
    css=(_FOLDER / "copy_link.css").read_text(encoding="utf-8"),
)


def copy_link(hyperparameters: Hyperparameters) -> None:
    """Show a button that copies the address of the Train page with these hyperparameters.

    The address in the browser's bar names the run that is shown, too; this one does not.
    """
    with st.container(key="copy_link"):
        _button(
            key="copy_link_button", data=urlencode(hyperparameters.to_query()), height="content"
        )
