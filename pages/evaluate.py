"""Compare how accurately models read digits, and manage the user's own labelled drawings."""

import streamlit as st

from core.access import NotAllowed
from core.drawing import DrawingStore
from pages.components.evaluate.drawings_gallery import drawings_gallery
from pages.components.evaluate.models_table import models_table
from pages.components.resources import drawing_store

store: DrawingStore | None = None
refused = ""
try:
    store = drawing_store()
except NotAllowed as error:
    refused = str(error)
drawings = store.list() if store else []
st.markdown("#### Models")
models_table(store, drawings)
st.markdown("#### Your drawings")
if store:
    drawings_gallery(store, drawings)
else:
    st.info(refused, icon=":material/lock:")
