"""TensorFlow keeps its state beside Streamlit in one process."""

import gc

import keras
import pytest
from streamlit.runtime.scriptrunner.script_runner import _clean_problem_modules

from core.loading import prepare_server_process


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch):
    """Start from a process that is not a server's, and leave one behind."""
    # Keras's own, which pages that were opened before have replaced.
    monkeypatch.setattr(keras.backend, "clear_session", keras.utils.clear_session)
    yield
    gc.unfreeze()


def _next_name():
    """Return the name of a new layer, which Keras numbers until its session is cleared."""
    return keras.layers.Dense(1).name


def test_streamlit_s_cleaning_after_a_rerun_leaves_keras_alone():
    prepare_server_process()
    first = _next_name()
    _clean_problem_modules()
    assert _next_name() != first
    keras.backend.clear_session(free_memory=True)
    assert _next_name() not in ("dense", first)


def test_as_streamlit_comes_its_cleaning_would_clear_keras():
    # Where this fails, Streamlit has changed and `prepare_server_process` may be out of date.
    _next_name()
    _clean_problem_modules()
    assert _next_name() == "dense"


def test_the_server_s_process_is_prepared_once():
    prepare_server_process()
    harmless = keras.backend.clear_session
    assert gc.get_freeze_count() > 0
    made_since: list[int] = []
    prepare_server_process()
    assert keras.backend.clear_session is harmless
    # A second freeze would have hidden it from the collector. The count itself is no measure: other
    # threads let go of what was frozen.
    assert any(item is made_since for item in gc.get_objects())
