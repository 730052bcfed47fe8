"""The buttons that control a run: pause, resume, stop, more epochs, another learning rate."""

from collections.abc import Callable

import streamlit as st

from core.hyperparameters import epochs_text
from core.limits import epochs_left
from core.runs import LearningRateRecord, Run, RunRecord, RunState, StepRecord
from pages.components.resources import server_settings, training_engine

_LEAST_LEARNING_RATE, _MOST_LEARNING_RATE = 1e-7, 10.0


def run_controls(run: Run, state: RunState) -> None:
    """Show the buttons that make sense for a run in this state."""
    with st.container(horizontal=True):
        if state.status == "running":
            can_pause = state.can_pause
            _button("Pause", "pause_training", "pause", run.request_pause, enabled=can_pause)
        if state.can_resume:
            _button("Resume", "resume_training", "play_arrow", run.request_resume)
        if state.status in ("queued", "running", "paused"):
            label = "Cancel" if state.status == "queued" else "Stop"
            can_stop = state.can_stop
            _button(label, "stop_training", "stop_circle", run.request_stop, enabled=can_stop)


def learning_rate_control(run: Run, record: RunRecord, state: RunState) -> None:
    """Let the user change the learning rate of a run that is trained or can be resumed."""
    if not state.can_change_learning_rate:
        return
    with st.popover("Change the learning rate", icon=":material/speed:", key="learning_rate_menu"):
        wanted = st.number_input(
            "Learning rate from the next step on",
            min_value=_LEAST_LEARNING_RATE,
            max_value=_MOST_LEARNING_RATE,
            value=_last_learning_rate(run, record),
            step=1e-4,
            format="%.6g",
            key="new_learning_rate",
        )
        st.caption(
            "A schedule continues from there: whatever it would have done to the old learning "
            "rate, it does to the new one. The curves get a mark at this place."
        )
        if st.button("Apply", key="change_learning_rate", type="primary"):
            _ask(lambda: run.request_learning_rate(float(wanted)))
            st.toast("The learning rate changes with the next step.", icon=":material/speed:")


def more_epochs_control(run: Run, record: RunRecord, state: RunState) -> None:
    """Let the user train a completed run for more epochs, from where it ended."""
    if not state.can_add_epochs:
        return
    most = epochs_left(server_settings(), num_epochs=record.num_epochs)
    if most == 0:
        st.caption(
            f"It was planned for {epochs_text(record.num_epochs)}, the most that this server "
            "trains.",
            width="content",
        )
        return
    with st.popover("Train for more epochs", icon=":material/forward:", key="more_epochs_menu"):
        epochs = st.number_input(
            "Epochs to add",
            min_value=1,
            max_value=most,
            value=min(3, most),
            key="epochs_to_add",
        )
        st.caption(
            "It continues from its last step. The learning rate's schedule runs once more, lowered "
            "or raised as it was at the end."
        )
        if st.button("Continue training", key="more_epochs", type="primary"):
            _ask(lambda: run.request_more_epochs(int(epochs)))
            training_engine().submit(run)
            st.rerun()


def _last_learning_rate(run: Run, record: RunRecord) -> float:
    """Return the learning rate as it is, or as it is going to begin."""
    assert record.hyperparameters
    records = reversed(run.metrics().records)
    rates = (r.learning_rate for r in records if isinstance(r, StepRecord | LearningRateRecord))
    rate = next(rates, record.hyperparameters.learning_rate)
    # A schedule that begins anew may scale it beyond what the widget takes, and so may a file.
    return float(f"{min(max(rate, _LEAST_LEARNING_RATE), _MOST_LEARNING_RATE):.3g}")


def _button(
    label: str, key: str, icon: str, request: Callable[[], None], *, enabled: bool = True
) -> None:
    def click() -> None:
        _ask(request)
        training_engine().wake()

    # A callback, because a page that refreshes itself at the moment of a click would lose it.
    st.button(label, key=key, icon=f":material/{icon}:", on_click=click, disabled=not enabled)


def _ask(request: Callable[[], None]) -> None:
    try:
        request()
    except OSError as error:
        st.error(f"The run could not be asked: its folder cannot be written to ({error.strerror}).")
