"""What all sessions of one server share, and how a page waits for what is being loaded."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

import streamlit as st

from core.audit import AuditLog
from core.drawing import DrawingStore
from core.engine import TrainingEngine
from core.explainer import Explainer
from core.exports import Exports
from core.imports import Imports
from core.loading import Loader
from core.reports import Measurement, Reports
from core.runs import RunStore
from core.search import SearchStore
from core.server import current_server
from core.settings import ServerSettings
from pages.components.dialogs import show_anew
from pages.components.person import current_person

T = TypeVar("T")


def server_settings() -> ServerSettings:
    """Return what the server's owner has set."""
    return current_server().settings


def run_store() -> RunStore:
    """Return the folder of runs."""
    return current_server().runs


def search_store() -> SearchStore:
    """Return the folder of searches."""
    return current_server().searches


def drawing_store() -> DrawingStore:
    """Return the labelled drawings of whoever asks.

    Raises:
        NotAllowed: nobody could tell later whose they are.
    """
    return current_server().drawings.of(current_person())


def training_engine() -> TrainingEngine:
    """Return the queue, started and with its worker warming up at the first call."""
    return current_server().engine


def loader() -> Loader:
    """Return what loads models and data in the background."""
    return current_server().loader


def reports() -> Reports:
    """Return what judges models in the background."""
    return current_server().reports


def explainer() -> Explainer:
    """Return what explains answers in the background."""
    return current_server().explainer


def exports() -> Exports:
    """Return what converts networks in the background."""
    return current_server().exports


def imports() -> Imports:
    """Return what imports models and runs in the background."""
    return current_server().imports


def audit() -> AuditLog:
    """Return the log of what people did."""
    return current_server().audit


def if_ready(future: Future[T]) -> T | None:
    """Return what was loaded; None while it is loading, and where it could not be loaded."""
    return future.result() if future.done() and not future.exception() else None


@st.fragment(run_every=0.5)
def wait_for(*futures: Future[Any], text: str) -> None:
    """Say what is being loaded, and show the page anew as soon as it is."""
    st.caption(f":shimmer[{text}]")
    if all(future.done() for future in futures):
        show_anew()


@st.fragment(run_every=0.5)
def wait_for_measurement(measure: Callable[[], Measurement[Any]], text: str) -> None:
    """Say what is being measured and how far it is; show the page anew as soon as it is done."""
    measurement = measure()
    st.progress(measurement.share, text=f":shimmer[{text}]")
    if measurement.future.done():
        show_anew()
