"""Explain an answer: which ink decided, what the layers see, what would change it."""

import streamlit as st

from core.drawing import preprocess_drawing
from pages.components.draw.canvas import last_drawing
from pages.components.explain.attribution import attribution_tab
from pages.components.explain.change import change_tab
from pages.components.explain.choice import choose_answer
from pages.components.explain.layers import layers_tab
from pages.components.explain.neighbours import neighbours_tab
from pages.components.explain.reason import reason
from pages.components.explain.switch_off import switch_off_tab
from pages.components.explain.training_film import training_film_tab

_TABS = {
    "Which ink": attribution_tab,
    "Layers": layers_tab,
    "Similar images": neighbours_tab,
    "What would change it": change_tab,
    "Switch off": switch_off_tab,
    "Training": training_film_tab,
}

asked = choose_answer(preprocess_drawing(last_drawing("digit")))
if asked:
    reason(asked)
    tabs = st.tabs(list(_TABS), key="explain_tab", on_change="rerun")
    for tab, show in zip(tabs, _TABS.values(), strict=True):
        if tab.open:  # the others cost nothing
            with tab:
                show(asked)
