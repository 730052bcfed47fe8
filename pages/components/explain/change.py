"""What would change the answer: few pixels, an eraser, a morph; and what the network imagines."""

import streamlit as st

from pages.components.explain.choice import Explained
from pages.components.explain.imagine import imagined_digit
from pages.components.explain.morph import morph_between
from pages.components.explain.repaint import repaint
from pages.components.explain.smallest_change import smallest_change

_TOOLS = {
    "Smallest change": smallest_change,
    "Erase and see": repaint,
    "Morph": morph_between,
    "Imagined digit": imagined_digit,
}
_TOOL_KEY = "change_tool"


@st.fragment
def change_tab(asked: Explained) -> None:
    """Show one of the tools, chosen by the user; the others cost nothing."""
    st.markdown("Look for how little it takes until the answer becomes another digit.")
    if st.session_state.get(_TOOL_KEY) not in _TOOLS:
        st.session_state[_TOOL_KEY] = next(iter(_TOOLS))
    chosen = st.segmented_control(
        "Change the image by",
        list(_TOOLS),
        key=_TOOL_KEY,
        required=True,
        persist_state="session",
        label_visibility="collapsed",
        wrap=True,
    )
    chosen = chosen or next(iter(_TOOLS))  # as its type says; one is always chosen
    with st.container(key=f"change_{list(_TOOLS).index(chosen)}"):
        _TOOLS[chosen](asked)
