"""Title, icon and navigation, for `app.py` and for a page that is opened without it."""

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from pages.components.columns import WRAPPING_STYLE
from pages.components.model_choice import leave_for_draw
from pages.components.theme import button_style

# A file of our own: Streamlit fetches other icons from the network, which may not be there.
_ICON, _LOGO = (str(Path(__file__).with_name(name)) for name in ("icon.png", "logo.svg"))
_FRAMED = "framed"
# Streamlit has no setting for the space that it leaves around a page, and Draw has to fit a laptop.
_SPACING = ".stMainBlockContainer { padding-top: 5rem; padding-bottom: 3rem; }"
# A long choice ends with an ellipsis, and is not cut within a letter.
_CHOICES = '[data-testid="stSelectbox"] input { text-overflow: ellipsis; }'
_NAVIGATION_STYLE = Path(__file__).with_name("navigation.css").read_text(encoding="utf-8")


def show_frame() -> StreamlitPage:
    """Show title and navigation; return the page that the URL asks for."""
    st.set_page_config(page_title="Digit Lab", page_icon=_ICON, layout="wide")
    st.logo(_LOGO, size="large")
    st.html(f"<style>{_SPACING}{_CHOICES}{WRAPPING_STYLE}{_NAVIGATION_STYLE}</style>")
    st.session_state[_FRAMED] = True
    st.html(f"<style>{button_style()}</style>")
    return st.navigation(
        [
            st.Page("pages/draw.py", title="Draw", icon=":material/draw:", default=True),
            st.Page("pages/train.py", title="Train", icon=":material/model_training:"),
            st.Page("pages/runs.py", title="Runs", icon=":material/table_rows:"),
            st.Page("pages/evaluate.py", title="Evaluate", icon=":material/fact_check:"),
        ],
        position="top",
    )


def ensure_frame() -> None:
    """Show the frame where Streamlit ran a page without `app.py`.

    That happens on a fresh server with a direct link, such as to `/train`: until `st.navigation`
    is called, Streamlit treats the files in `pages` as an app of the older kind.
    """
    if not st.session_state.get(_FRAMED):
        show_frame()
        st.rerun()
    leave_for_draw()
