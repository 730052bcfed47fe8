"""Which part of Learn is shown, as the address says it."""

import streamlit as st

from core.teaching import BLOCKS, WORKED_NETWORK

TAB_KEY, BLOCK_KEY = "learn_tab", "learn_block"
TABS = {
    "network": BLOCKS[WORKED_NETWORK].title,
    "blocks": "Building blocks",
    "lesson": "Lesson",
    "glossary": "Glossary",
}


def begin() -> None:
    """Let a link, or a reload, choose the part; afterwards the user has the say."""
    asked = st.query_params.get("part")
    if TAB_KEY not in st.session_state and asked in TABS:
        st.session_state[TAB_KEY] = TABS[asked]
    elif st.session_state.get(TAB_KEY) not in (None, *TABS.values()):
        del st.session_state[TAB_KEY]


def address() -> dict[str, str]:
    """Return the parameters of the address of what is shown."""
    title = st.session_state.get(TAB_KEY)
    part = next((name for name, own in TABS.items() if own == title), "network")
    block = st.session_state.get(BLOCK_KEY)
    return {"part": part} | ({"block": block} if part == "blocks" and block in BLOCKS else {})
