"""One run as it is now: status, progress, curves, and in the end what it reached."""

import math
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from core.charts import CURVE_CONFIG, curve_figure
from core.runs import Run, RunRecord, measure_progress
from pages.components.formats import duration_text
from pages.components.model_choice import draw_with_button, leave_for_draw
from pages.components.resources import training_engine
from pages.components.train.coaching import coaching
from pages.components.train.insights import insights
from pages.components.train.run_controls import (
    learning_rate_control,
    more_epochs_control,
    run_controls,
)
from pages.components.train.waiting_runs import expected_start

# How often to look at a run until it is so old, in seconds. Each look costs the training beside it,
# where the browser shares its cores; short runs deserve more of them.
_POLL_SECONDS_BY_AGE = ((10.0, 1.0), (30.0, 2.0), (math.inf, 3.0))
_POLL_SECONDS_WHILE_AWAITED = 0.4


def live_run(run: Run) -> None:
    """Show a run, and go on showing it while it changes by itself."""
    record = run.read()
    # Outside of what is shown anew each second, which would close what the user has just opened.
    with st.container(key="run_header", horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{record.name}**", width="stretch")
        learning_rate_control(run, record)
        more_epochs_control(run, record)
    interval = _interval(run)
    st.fragment(_show, run_every=interval)(run, interval)


def _interval(run: Run) -> float | None:
    """Return how often to look again, in seconds; None where nothing changes by itself."""
    record = run.read()
    # After its end a worker measures the run for a while.
    if record.is_finished and not run.is_busy():
        return None
    control = run.control()
    awaited = control.stop or control.pause or record.status in ("paused", "queued")
    if awaited:
        return _POLL_SECONDS_WHILE_AWAITED
    age = (datetime.now(UTC) - (record.queued or record.created)).total_seconds()
    return next(seconds for until, seconds in _POLL_SECONDS_BY_AGE if age < until)


def _show(run: Run, interval: float | None) -> None:
    leave_for_draw()
    if interval != _interval(run):
        st.rerun()
    record = run.read()
    metrics = run.metrics()
    settings = record.hyperparameters
    with st.container(border=True):
        with st.container(key="training_status"):
            st.markdown(_status(run, record))
            if record.error:
                st.error(record.error, icon=":material/error:")
        if settings is None:
            return
        with st.container(key="training_progress"):
            _show_progress(record, metrics)
        run_controls(run, record)
        draw_with_button(run)
    for column, measure in zip(st.columns(2), ("loss", "accuracy"), strict=True):
        with column, st.container(key=f"{measure}_chart"):
            st.plotly_chart(
                curve_figure(
                    {record.name: metrics},
                    measure,
                    num_epochs=record.num_epochs,
                    loss=settings.loss,
                ),
                key=f"plot_{measure}",
                config=CURVE_CONFIG,
                alt=f"{measure.capitalize()} of training and validation over the epochs",
            )
    coaching(record, metrics)
    with st.container():
        show_results(record)
    insights(run, record, metrics)


def show_results(record: RunRecord) -> None:
    """Show what a run reached, each figure with the data it was measured on."""
    results, data = record.results, record.data
    if results is None or data is None:
        return
    facts = {}
    if results.test_accuracy is not None:
        facts["Test accuracy"] = (
            f"{results.test_accuracy:.2%}",
            f"{data.num_test:,} test images of {data.name}, looked at once",
        )
    if results.drawn_accuracy is not None:
        facts["Drawn digits"] = (f"{results.drawn_accuracy:.2%}", results.drawn_name or "")
    facts["Validation accuracy"] = (
        f"{results.val_accuracy:.2%}",
        f"{data.num_val:,} images that chose epoch {results.best_epoch}",
    )
    facts["Time"] = (
        duration_text(results.seconds),
        f"{results.images_per_second:,.0f} images a second on {record.device}",
    )
    for column, (label, (value, note)) in zip(st.columns(len(facts)), facts.items(), strict=True):
        with column, st.container(border=True, height="stretch", gap=None):
            st.caption(label)
            st.markdown(f"#### {value}")
            st.caption(note)


def _status(run: Run, record: RunRecord) -> str:
    """Return a sentence that begins with the status word."""
    if record.status == "queued":
        position = training_engine().position(run.id)
        if position:
            return f"queued · number {position} in line, {expected_start(run)}"
        if run.is_busy() and record.results:
            return "queued · :shimmer[goes on as soon as what it has reached is measured]"
        return "queued · :shimmer[starting: the training process loads TensorFlow and the images]"
    if record.status in ("running", "paused") and run.control().stop:
        return f"{record.status} · :shimmer[stopping]"
    if record.status == "running" and run.control().pause:
        return "running · :shimmer[pausing]"
    if record.status == "paused":
        if run.is_busy():
            return "paused · ready to go on at once"
        return "paused · kept on disk; others train meanwhile"
    if record.status == "running":
        return f"running · on {record.device}"
    if record.status == "stopped" and record.results is None:
        measuring = run.is_busy()
        return (
            "stopped · :shimmer[measuring what it reached]"
            if measuring
            else "stopped · while it waited"
        )
    measuring = ""
    if record.results and record.results.drawn_accuracy is None and run.is_busy():
        measuring = " · :shimmer[measuring it on drawn digits]"
    if record.status == "stopped":
        return f"stopped · the best weights so far are kept{measuring}"
    if record.status == "completed":
        early = record.stopped_early_at
        ended = f" · early, after epoch {early}: validation no longer improved" if early else ""
        return f"completed{ended}{measuring}"
    return record.status


def _show_progress(record: RunRecord, metrics: list[dict[str, Any]]) -> None:
    progress = measure_progress(metrics, num_epochs=record.num_epochs)
    parts = [f"Epoch {progress.epoch} of {record.num_epochs}"]
    if record.status == "running":
        if progress.images_per_second:
            parts.append(f"{progress.images_per_second:,.0f} images a second")
        if progress.seconds_left is not None:
            parts.append(f"{duration_text(progress.seconds_left)} left")
    st.progress(progress.share, text=" · ".join(parts))
