"""One run as it is now: status, progress, curves, stop, and in the end what it reached."""

from typing import Any

import streamlit as st

from core.figures import CURVE_CONFIG, curve_figure
from core.progress import measure_progress
from core.runs import Run, RunRecord
from pages.components.model_choice import draw_with_button, leave_for_draw
from pages.components.resources import training_engine

# Each poll costs the training beside it a little; the records come four times a second.
_POLL_SECONDS = 1.0
_POLL_SECONDS_WHILE_STOPPING = 0.25


def live_run(run: Run) -> None:
    """Show a run, and go on showing it while it changes by itself."""
    interval = None
    if _changes(run):
        interval = _POLL_SECONDS_WHILE_STOPPING if run.stop_requested() else _POLL_SECONDS
    st.fragment(_show, run_every=interval)(run, interval is not None)


def _changes(run: Run) -> bool:
    """Tell whether a worker has this run or will have it; after a stop it measures for a while."""
    return not run.read().is_finished or run.is_busy()


def _show(run: Run, polls: bool) -> None:
    leave_for_draw()
    if polls and not _changes(run):
        st.rerun()
    record = run.read()
    metrics = run.metrics()
    settings = record.hyperparameters
    with st.container(border=True):
        st.markdown(f"**{record.name}**")
        with st.container(key="training_status"):
            st.markdown(_status(run, record))
        if record.error:
            st.error(record.error, icon=":material/error:")
        if settings is None:
            return
        with st.container(key="training_progress"):
            _show_progress(record, metrics, settings.epochs)
        if not record.is_finished:
            st.button(
                "Stop",
                key="stop_training",
                icon=":material/stop_circle:",
                on_click=_stop,
                args=(run,),
                disabled=run.stop_requested(),
            )
        draw_with_button(run)
    for column, measure in zip(st.columns(2), ("loss", "accuracy"), strict=True):
        with column, st.container(key=f"{measure}_chart"):
            st.plotly_chart(
                curve_figure({record.name: metrics}, measure, num_epochs=settings.epochs),
                key=f"plot_{measure}",
                config=CURVE_CONFIG,
                alt=f"{measure.capitalize()} of training and validation over the epochs",
            )
    show_results(record)


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
        _duration(results.seconds),
        f"{results.images_per_second:,.0f} images a second on {record.device}",
    )
    for column, (label, (value, note)) in zip(st.columns(len(facts)), facts.items(), strict=True):
        with column, st.container(border=True, height="stretch", gap=None):
            st.caption(label)
            st.markdown(f"#### {value}")
            st.caption(note)


def _stop(run: Run) -> None:
    try:
        run.request_stop()
    except OSError as error:
        st.error(f"The run could not be asked to stop ({error.strerror}).")


def _status(run: Run, record: RunRecord) -> str:
    """Return a sentence that begins with the status word."""
    if record.status == "queued":
        position = training_engine().position(run.id)
        if position:
            return f"queued · number {position} in line, starts when the runs before it have ended"
        return "queued · :shimmer[starting: the training process loads TensorFlow and the images]"
    if record.status == "running" and run.stop_requested():
        return "running · :shimmer[stopping]"
    if record.status == "running":
        return f"running · on {record.device}"
    if record.status == "stopped" and record.results is None:
        measuring = run.is_busy()
        return (
            "stopped · :shimmer[measuring what it reached]"
            if measuring
            else "stopped · before it began"
        )
    measuring = ""
    if record.results and record.results.drawn_accuracy is None and run.is_busy():
        measuring = " · :shimmer[measuring it on drawn digits]"
    if record.status == "stopped":
        return f"stopped · the best weights so far are kept{measuring}"
    if record.status == "completed":
        return f"completed{measuring}"
    return record.status


def _show_progress(record: RunRecord, metrics: list[dict[str, Any]], num_epochs: int) -> None:
    progress = measure_progress(metrics, num_epochs=num_epochs)
    parts = [f"Epoch {progress.epoch} of {num_epochs}"]
    if record.status == "running":
        if progress.images_per_second:
            parts.append(f"{progress.images_per_second:,.0f} images a second")
        if progress.seconds_left is not None:
            parts.append(f"{_duration(progress.seconds_left)} left")
    st.progress(progress.share, text=" · ".join(parts))


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
