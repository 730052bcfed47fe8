"""Learn: the mathematics behind the app, with every number movable."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from core.drawing import preprocess_drawing
from pages.components.choosing import keep_in_address
from pages.components.draw.canvas import last_drawing
from pages.components.learn.address import TABS, address, begin
from pages.components.learn.blocks import building_blocks
from pages.components.learn.glossary import glossary
from pages.components.learn.lesson import lesson
from pages.components.learn.worked_network import worked_network

_PARTS: dict[str, Callable[[], None]] = {
    "network": worked_network,
    "blocks": partial(building_blocks, lambda: preprocess_drawing(last_drawing("digit"))),
    "lesson": lesson,
    "glossary": glossary,
}

_STYLE = (
    # Lines of a formula that was broken, and the matrices in them, do not touch.
    "[class*=st-key-learn_] .katex .base { margin-block: 0.25rem; }"
    ".st-key-worked_loss [data-testid=stMetricValue] { font-size: 2.25rem; }"
)

begin()
st.html(f"<style>{_STYLE}</style>")
tabs = st.tabs(list(TABS.values()), key="learn_tab", on_change="rerun")
for tab, part in zip(tabs, TABS, strict=True):
    if tab.open:  # the others cost nothing
        with tab, st.container(key=f"learn_{part}"):
            _PARTS[part]()
keep_in_address(address())
