"""Compare how accurately models read digits, and manage the user's own labelled drawings."""

import streamlit as st

from pages.components.evaluate.drawings_gallery import drawings_gallery
from pages.components.evaluate.models_table import models_table
from pages.components.frame import ensure_frame
from pages.components.resources import drawing_store

ensure_frame()
drawings = drawing_store().list()
st.markdown("#### Models")
models_table(drawings)
st.markdown("#### Your drawings")
drawings_gallery(drawings)
