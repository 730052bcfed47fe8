"""The buttons that steer a run: pause, resume, stop, train on, another learning rate."""

from collections.abc import Callable

import streamlit as st

from core.limits import epochs_left
from core.runs import Run, RunRecord
from pages.components.resources import server_settings, training_engine

_DEFAULT_MORE_EPOCHS = 3
_LEAST_LEARNING_RATE = 1e-7


def run_controls(run: Run, record: RunRecord) -> None:
    """Show the buttons that make sense for a run in this state."""
    control = run.control()
    with st.container(horizontal=True):
        if record.status == "running":
            _button("Pause", "pause_training", "pause", run.request_pause, disabled=control.pause)
        if record.status == "paused" or (_can_go_on(run, record)):
            _button("Resume", "resume_training", "play_arrow", run.request_resume)
        if not record.is_finished:
            label = "Cancel" if record.status == "queued" else "Stop"
            _button(label, "stop_training", "stop_circle", run.request_stop, disabled=control.stop)


def _can_go_on(run: Run, record: RunRecord) -> bool:
    # A worker that has a run which ended is measuring it, and until then it cannot go on.
    rests = record.results is not None or not run.is_busy()
    return record.status in ("stopped", "interrupted", "failed") and rests and run.has_checkpoint


def learning_rate_control(run: Run, record: RunRecord) -> None:
    """Let the user change the learning rate of a run that trains or will go on training."""
    if record.hyperparameters is None or not (not record.is_finished or _can_go_on(run, record)):
        return
    with st.popover("Change the learning rate", icon=":material/speed:", key="learning_rate_menu"):
        wanted = st.number_input(
            "Learning rate from the next step on",
            min_value=_LEAST_LEARNING_RATE,
            max_value=10.0,
            value=_last_learning_rate(run, record),
            step=1e-4,
            format="%.6g",
            key="new_learning_rate",
        )
        st.caption(
            "A schedule goes on from there: whatever it would have done to the old learning rate, "
            "it does to the new one. The curves get a mark at this place."
        )
        if st.button("Apply", key="change_learning_rate", type="primary"):
            _ask(lambda: run.request_learning_rate(float(wanted)))
            st.toast("The learning rate changes with the next step.", icon=":material/speed:")


def more_epochs_control(run: Run, record: RunRecord) -> None:
    """Let the user train a completed run on from where it ended."""
    if record.status != "completed" or not run.has_checkpoint:
        return
    most = epochs_left(server_settings(), num_epochs=record.num_epochs)
    if most == 0:
        st.caption(f"It has had {record.num_epochs:,} epochs, the most that this server trains.")
        return
    with st.popover("Train for more epochs", icon=":material/forward:", key="more_epochs_menu"):
        epochs = st.number_input(
            "Epochs to add",
            min_value=1,
            max_value=most,
            value=min(_DEFAULT_MORE_EPOCHS, most),
            key="epochs_to_add",
        )
        st.caption(
            "It goes on from its last step. The learning rate's schedule runs once more, lowered "
            "or raised as it was at the end."
        )
        if st.button("Train on", key="more_epochs", type="primary"):
            _ask(lambda: run.request_more_epochs(int(epochs)))
            training_engine().submit(run)
            st.rerun()


def _last_learning_rate(run: Run, record: RunRecord) -> float:
    """Return the learning rate as it is, or as it is going to begin."""
    known = [r["learning_rate"] for r in run.metrics() if r.get("learning_rate")]
    assert record.hyperparameters
    rate = float(known[-1] if known else record.hyperparameters.learning_rate)
    return float(f"{max(rate, _LEAST_LEARNING_RATE):.3g}")


def _button(
    label: str, key: str, icon: str, request: Callable[[], None], *, disabled: bool = False
) -> None:
    def click() -> None:
        _ask(request)
        training_engine().wake()

    # A callback, because a page that refreshes itself at the moment of a click would lose it.
    st.button(label, key=key, icon=f":material/{icon}:", on_click=click, disabled=disabled)


def _ask(request: Callable[[], None]) -> None:
    try:
        request()
    except OSError as error:
        st.error(f"The run could not be asked: its folder cannot be written to ({error.strerror}).")
