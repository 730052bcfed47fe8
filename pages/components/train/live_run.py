"""One run as it is now: status, progress, curves, and in the end what it reached."""

import math
from datetime import UTC, datetime
from typing import NamedTuple

import streamlit as st

from core.coach import advise
from core.hyperparameters import Hyperparameters, epochs_text
from core.runs import Metrics, Run, RunRecord, RunState, measure_progress, read_state
from pages.components.formats import about_text, as_text
from pages.components.model_choice import leave_with_model, model_buttons
from pages.components.person import owner_text
from pages.components.resources import server_settings, training_engine
from pages.components.run_results import curve_charts, run_results
from pages.components.train.advice import is_applied, show_advice
from pages.components.train.insights import insights
from pages.components.train.run_controls import (
    learning_rate_control,
    more_epochs_control,
    run_controls,
)
from pages.components.train.run_settings import describe_settings, use_settings_button
from pages.components.train.waiting_runs import LOOK_SECONDS, expected_start

# How often to look at a run until it is so old, in seconds. Each look costs the training beside it,
# where the browser shares its cores; short runs deserve more of them.
_POLL_SECONDS_BY_AGE = ((10.0, 1.0), (30.0, 2.0), (math.inf, 3.0))
_POLL_SECONDS_WHILE_AWAITED = 0.4
# Up to which place in line. Further back nothing is about to happen, and there may be thirty.
_POLL_SECONDS_BY_PLACE = (
    *((1, _POLL_SECONDS_WHILE_AWAITED), (3, 1.0)),
    *((8, 3.0), (math.inf, 10.0)),
)


def live_run(run: Run, form: Hyperparameters | None) -> None:
    """Show a run, and keep showing it while it changes by itself.

    `form` is what the form for a new run holds, None where that is invalid.
    """
    record, state = _look(run)
    # Outside of what is shown anew each second, which would close what the user has just opened.
    with st.container(key="run_header", gap="small"):
        st.subheader(as_text(record.name), anchor=False)
        if server_settings().shared:
            st.caption(f"Trained by {owner_text(record.owner)}.")
        differs = describe_settings(record, form)
        with st.container(horizontal=True):
            learning_rate_control(run, record, state)
            more_epochs_control(run, record, state)
            if differs:
                use_settings_button(record)
    outside = _outside(record, state)
    st.fragment(_show, run_every=outside.interval)(run, outside)


class _Outside(NamedTuple):
    """What the fragment cannot show anew by itself: how often it is run, and the run's header."""

    interval: float | None
    can_change_learning_rate: bool
    can_add_epochs: bool


def _outside(record: RunRecord, state: RunState) -> _Outside:
    return _Outside(_interval(record, state), state.can_change_learning_rate, state.can_add_epochs)


def _look(run: Run) -> tuple[RunRecord, RunState]:
    record = run.read()
    position = training_engine().position(run.id, max_age=LOOK_SECONDS)
    return record, read_state(run, record, position=position)


def _interval(record: RunRecord, state: RunState) -> float | None:
    """Return how often to look again, in seconds; None where nothing changes by itself."""
    if not state.changes_by_itself:
        return None
    if state.position:
        return next(seconds for until, seconds in _POLL_SECONDS_BY_PLACE if state.position <= until)
    if state.awaits_reply:
        return _POLL_SECONDS_WHILE_AWAITED
    age = (datetime.now(UTC) - (record.queued or record.created)).total_seconds()
    return next(seconds for until, seconds in _POLL_SECONDS_BY_AGE if age < until)


def _show(run: Run, outside: _Outside) -> None:
    leave_with_model()
    record, state = _look(run)
    if outside != _outside(record, state):
        st.rerun()
    if is_applied():
        st.rerun()
    metrics = run.metrics()
    with st.container(border=True):
        with st.container(key="training_status"):
            st.markdown(_status(run, state))
            if record.error:
                st.error(as_text(record.error), icon=":material/error:")
        if record.hyperparameters is None:
            return
        with st.container(key="training_progress"):
            _show_progress(record, metrics)
        run_controls(run, record, state)
        model_buttons(run)
    curve_charts(metrics, num_epochs=record.num_epochs, loss=record.hyperparameters.loss)
    with st.container(key="coach", gap="small"):
        show_advice(advise(record, metrics), record.hyperparameters)
    with st.container():
        run_results(record)
    insights(run, record, metrics)


def _status(run: Run, state: RunState) -> str:
    """Return a line that begins with the status word."""
    parts = [state.status, as_text(state.detail)]
    if state.position:
        parts[1] += f", {expected_start(run)}"
    if state.activity:
        parts.append(f":shimmer[{state.activity}]")
    return " · ".join(part for part in parts if part)


def _show_progress(record: RunRecord, metrics: Metrics) -> None:
    progress = measure_progress(metrics, num_epochs=record.num_epochs)
    if not metrics and record.status != "running":
        st.progress(0.0, text=f"None of {epochs_text(record.num_epochs)} so far")
        return
    parts = [f"Epoch {progress.epoch} of {record.num_epochs}"]
    if record.status == "running":
        if progress.images_per_second:
            parts.append(f"{progress.images_per_second:,.0f} images a second")
        if progress.seconds_left is not None:
            parts.append(f"about {about_text(progress.seconds_left)} left")
    # A run that stopped early has nothing more to come either.
    share = 1.0 if record.status == "completed" else progress.share
    st.progress(share, text=" · ".join(parts))
