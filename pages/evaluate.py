"""Judge a model: how far to trust it, where it fails, for whom; and manage labelled drawings."""

from concurrent.futures import wait
from functools import partial

import streamlit as st

from core.access import NotAllowed
from core.drawing import DrawingStore
from core.evaluation import may_have_seen
from core.reports import Source
from pages.components.evaluate.calibration import calibration_section
from pages.components.evaluate.choice import choose_model_and_images, judged_models
from pages.components.evaluate.drawings_gallery import drawings_gallery
from pages.components.evaluate.mistakes import confusions
from pages.components.evaluate.models_table import models_table
from pages.components.evaluate.robustness import robustness_section
from pages.components.evaluate.summary import summary
from pages.components.evaluate.writers import writers_section
from pages.components.explained import explain_image
from pages.components.formats import as_text
from pages.components.model_choice import SHIPPED
from pages.components.resources import drawing_store, if_ready, reports, wait_for_measurement

# In seconds: what is known already is shown without a blank moment before it.
_MOMENT = 0.1

store: DrawingStore | None = None
refused = ""
try:
    store = drawing_store()
except NotAllowed as error:
    refused = str(error)
drawings = store.list() if store else []
own = Source("drawings", store, tuple(drawings)) if store and drawings else None
models = judged_models()
judged, source = choose_model_and_images(models, own)
measurement = reports().evaluation(judged.run, source)
wait([measurement.future], timeout=_MOMENT)
# A place of its own, so that nothing below moves, and is there twice for a moment.
with st.container():
    if not measurement.future.done():
        wait_for_measurement(
            lambda: reports().evaluation(judged.run, source), "Classifying the images"
        )
    elif problem := measurement.future.exception():
        st.info(as_text(str(problem)), icon=":material/info:")
if evaluation := if_ready(measurement.future):
    summary(evaluation)
    if may_have_seen(judged.run):
        st.info(
            "This model was imported, and on which images it was trained is not known. Where these "
            "were among them, the figures say little of how it reads others.",
            icon=":material/help:",
        )
    model = judged.run.id if judged.run else SHIPPED
    confusions(evaluation, partial(explain_image, model, source.kind))
    calibration_section(judged.run, evaluation)
    robustness_section(models, judged, source)
    writers_section(judged, evaluation)
st.markdown("#### All models")
models_table(models, own)
st.markdown("#### Your drawings")
if store:
    drawings_gallery(store, drawings)
else:
    st.info(refused, icon=":material/lock:")
