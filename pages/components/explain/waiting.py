"""Wait within a script run for what is computed behind it; the page stays usable meanwhile."""

import time
from collections.abc import Callable
from concurrent.futures import wait
from typing import TypeVar

import streamlit as st

from core.classifier import ModelError
from core.evaluation import NotJudged
from core.explanation import NotExplained
from core.reports import Measurement
from pages.components.formats import as_text

T = TypeVar("T")
# In seconds: what is done by then needs no sign of life, and how often the user is heard.
_MOMENT, _STEP = 0.1, 0.1
_EXPECTED = (ModelError, NotExplained, NotJudged)


def when_ready(measure: Callable[[], Measurement[T]], text: str) -> T | None:
    """Return what `measure` computes once it is there, and show `text` until then.

    Any input of the user ends the waiting, as each look at the progress lets Streamlit stop the
    script. Where nothing comes of it, says why and returns None.
    """
    place = st.empty()
    begun = time.monotonic()
    while not (measurement := measure()).future.done():
        if time.monotonic() - begun > _MOMENT:
            if measurement.share:
                place.progress(measurement.share, text=f":shimmer[{text}]")
            else:
                place.caption(f":shimmer[{text}]")
        wait([measurement.future], timeout=_STEP)
    error = measurement.future.exception()
    if error is None:
        place.empty()
        return measurement.future.result()
    if not isinstance(error, _EXPECTED):
        raise error  # a page that fails says so, and the log why
    place.info(as_text(str(error)), icon=":material/info:")
    return None
