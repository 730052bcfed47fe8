"""Where form and run stand on the Train page: side by side, or run first with Start in reach."""

import json

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

# Below this the form and two charts have no room beside each other.
_NARROW = "64rem"
_ROW = '.st-key-train_columns > [data-testid="stLayoutWrapper"] > [data-testid="stHorizontalBlock"]'
_STYLE = f"""
.st-key-run_header {{ scroll-margin-top: 5rem; }}
.st-key-run_header h3, .st-key-form_header h3 {{ font-size: 1.4rem; padding: 0 0 0.3rem; }}
.st-key-start_bar {{
    background: var(--start-background);
    border-top: 1px solid var(--start-border);
    padding: 0.75rem 0;
}}
@media (min-width: {_NARROW}) {{
    [data-testid="stLayoutWrapper"]:has(> .st-key-start_bar) {{
        position: sticky;
        bottom: 0;
        z-index: 10;
    }}
}}
@media (max-width: {_NARROW}) {{
    {_ROW} {{ flex-wrap: wrap; }}
    {_ROW} > [data-testid="stColumn"] {{ min-width: 100%; }}
    .st-key-start_bar {{
        position: fixed;
        inset: auto 0 0 0;
        z-index: 10;
        padding: 0.6rem 1rem calc(0.6rem + env(safe-area-inset-bottom));
    }}
    .stMainBlockContainer {{ padding-bottom: 9rem; }}
}}
"""
# The run comes first where there is one; who moves with the keyboard follows what is seen.
_RUN_FIRST = f"""
@media (max-width: {_NARROW}) {{
    {_ROW} {{ flex-wrap: wrap-reverse; reading-flow: flex-visual; }}
}}
"""


def train_columns(*, run_is_shown: bool) -> tuple[DeltaGenerator, DeltaGenerator]:
    """Return the places of the form and of the run."""
    theme = st.context.theme.type or "light"
    colors = {
        name: st.get_option(f"theme.{theme}.{name}Color") for name in ("background", "border")
    }
    variables = "".join(f"--start-{name}: {color};" for name, color in colors.items())
    style = f":root {{ {variables} }}{_STYLE}{_RUN_FIRST if run_is_shown else ''}"
    st.html(f"<style>{style}</style>")
    with st.container(key="train_columns"):
        form, live = st.columns([2, 3], gap="large")
    return form, live


def scroll_to_run(run_id: str) -> None:
    """Bring the run that this session has started into view, once."""
    if st.session_state.get("started") != run_id:
        return
    # Streamlit runs a script again only where it is another one, so the run is named in it.
    script = (
        f"/* {json.dumps(run_id)} */ "
        f"{{ const block = matchMedia('(max-width: {_NARROW})').matches ? 'start' : 'nearest'; "
        "document.querySelector('.st-key-run_header')"
        "?.scrollIntoView({behavior: 'smooth', block}); }"
    )
    st.html(f"<script>{script}</script>", unsafe_allow_javascript=True)
