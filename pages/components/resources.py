"""What all sessions of one server share: settings, stores, training engine, loaded models."""

import streamlit as st

from core.drawing import DrawingStore
from core.engine import TrainingEngine
from core.loading import Loader
from core.runs import RunStore
from core.settings import ServerSettings


@st.cache_resource(show_spinner=False)
def server_settings() -> ServerSettings:
    """Return what the server's owner has set."""
    return ServerSettings()


@st.cache_resource(show_spinner=False)
def run_store() -> RunStore:
    """Return the folder of runs."""
    return RunStore(server_settings().runs)


@st.cache_resource(show_spinner=False)
def drawing_store() -> DrawingStore:
    """Return the folder of labelled drawings."""
    return DrawingStore(server_settings().drawings)


@st.cache_resource(show_spinner=False, on_release=TrainingEngine.close)
def training_engine() -> TrainingEngine:
    """Return the queue, started and with its worker warming up at the first call."""
    return TrainingEngine(run_store(), mnist=server_settings().mnist)


@st.cache_resource(show_spinner=False)
def loader() -> Loader:
    """Return what loads models and data in the background."""
    return Loader(server_settings())
