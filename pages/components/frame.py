"""What stands around every page: title, icon, navigation, and below it who uses the page."""

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from pages.components.columns import WRAPPING_STYLE
from pages.components.person import current_person
from pages.components.resources import server_settings
from pages.components.theme import button_style

# A file of our own: Streamlit fetches other icons from the network, which may not be there.
_ICON, _LOGO = (str(Path(__file__).with_name(name)) for name in ("icon.png", "logo.svg"))
# Streamlit has no setting for the space that it leaves around a page, and Draw has to fit a laptop.
_SPACING = ".stMainBlockContainer { padding-top: 5rem; padding-bottom: 3rem; }"
# A long choice ends with an ellipsis, and is not cut within a letter.
# Chosen ones of several are in the colour of text: white on the dark theme's accent is not read.
_CHOICES = (
    '[data-testid="stSelectbox"] input { text-overflow: ellipsis; }'
    '[data-testid="stMultiSelect"] [data-tag] {'
    " background-color: transparent; border: 1px solid currentColor; color: inherit; }"
)
_NAVIGATION_STYLE = Path(__file__).with_name("navigation.css").read_text(encoding="utf-8")


def show_frame() -> StreamlitPage:
    """Show title and navigation; return the page that the URL asks for."""
    st.set_page_config(page_title="Digit Lab", page_icon=_ICON, layout="wide")
    st.logo(_LOGO, size="large")
    st.html(f"<style>{_SPACING}{_CHOICES}{WRAPPING_STYLE}{_NAVIGATION_STYLE}</style>")
    st.html(f"<style>{button_style()}</style>")
    return st.navigation(
        [
            st.Page("pages/draw.py", title="Draw", icon=":material/draw:", default=True),
            st.Page("pages/train.py", title="Train", icon=":material/model_training:"),
            st.Page("pages/runs.py", title="Runs", icon=":material/table_rows:"),
            st.Page("pages/evaluate.py", title="Evaluate", icon=":material/fact_check:"),
            st.Page("pages/explain.py", title="Explain", icon=":material/psychology_alt:"),
            st.Page("pages/learn.py", title="Learn", icon=":material/school:"),
            st.Page("pages/account.py", title="Your data", visibility="hidden"),
        ],
        position="top",
    )


def show_footer() -> None:
    """Show below a page who uses it, and the way to what the server keeps of them."""
    person, is_shared = current_person(), server_settings().shared
    with st.container(horizontal=True, vertical_alignment="center", key="footer"):
        if is_shared and person.id:
            role = ", teacher" if person.is_in_charge else ""
            st.caption(f"You are person {person.id}{role}.", width="content")
        elif is_shared:
            st.caption(person.no_id, width="content")
        st.page_link("pages/account.py", label="Your data", icon=":material/folder_shared:")
