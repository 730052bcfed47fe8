"""What all sessions of one server share, and how a page waits for what is being loaded."""

from concurrent.futures import Future
from typing import Any, TypeVar

import streamlit as st

from core.drawing import DrawingStore
from core.engine import TrainingEngine
from core.loading import Loader
from core.runs import RunStore
from core.settings import ServerSettings

T = TypeVar("T")


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


def if_ready(future: Future[T]) -> T | None:
    """Return what was loaded; None while it is loading, and where it could not be loaded."""
    return future.result() if future.done() and not future.exception() else None


@st.fragment(run_every=0.5)
def wait_for(*futures: Future[Any], text: str) -> None:
    """Say what is being loaded, and show the page anew as soon as it is."""
    st.caption(f":shimmer[{text}]")
    if all(future.done() for future in futures):
        st.rerun()
