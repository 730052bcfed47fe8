"""The buttons that control a run: pause, resume, stop, more epochs, another learning rate."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from core.access import NotAllowed
from core.hyperparameters import epochs_text
from core.limits import epochs_left, refuse_waiting
from core.reading import explain_os_error
from core.runs import LearningRateRecord, Run, RunRecord, RunState, StepRecord
from pages.components.formats import as_text
from pages.components.person import current_person, owner_text
from pages.components.resources import run_store, server_settings, training_engine

_LEAST_LEARNING_RATE, _MOST_LEARNING_RATE = 1e-7, 10.0


def run_controls(run: Run, record: RunRecord, state: RunState) -> None:
    """Show the buttons that make sense for a run in this state; or whose it is, where they may not.

    Nobody sees a button that would be refused.
    """
    if not current_person().may_change(record.owner):
        if not record.is_finished:
            st.caption(f"Only {owner_text(record.owner)} or a teacher can steer this run.")
        return
    with st.container(horizontal=True):
        if state.status == "running":

            def pause() -> None:
                run.request_pause(by=current_person())

            _button("Pause", "pause_training", "pause", pause, enabled=state.can_pause)
        if state.can_resume:
            resume = partial(_resume, run, record)
            _button("Resume", "resume_training", "play_arrow", resume)
        if state.status in ("queued", "running", "paused"):

            def stop() -> None:
                run.request_stop(by=current_person())

            label = "Cancel" if state.status == "queued" else "Stop"
            _button(label, "stop_training", "stop_circle", stop, enabled=state.can_stop)


def learning_rate_control(run: Run, record: RunRecord, state: RunState) -> None:
    """Let the user change the learning rate of a run that is trained or can be resumed."""
    if not (state.can_change_learning_rate and current_person().may_change(record.owner)):
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
        if st.button("Apply", key="change_learning_rate", type="primary") and _ask(
            lambda: run.request_learning_rate(float(wanted), by=current_person())
        ):
            st.toast("The learning rate changes with the next step.", icon=":material/speed:")


def more_epochs_control(run: Run, record: RunRecord, state: RunState) -> None:
    """Let the user train a completed run for more epochs, from where it ended."""
    if not (state.can_add_epochs and current_person().may_change(record.owner)):
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
        if st.button("Continue training", key="more_epochs", type="primary") and _ask(
            partial(_add_epochs, run, record, int(epochs), most)
        ):
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


def _resume(run: Run, record: RunRecord) -> None:
    _check_waiting(record)
    run.request_resume(by=current_person())


def _add_epochs(run: Run, record: RunRecord, epochs: int, most: int) -> None:
    _check_waiting(record)
    run.request_more_epochs(epochs, most=most, by=current_person())


def _check_waiting(record: RunRecord) -> None:
    """Refuse to put one more run into the queue where its owner has as many there as they may."""
    if refusal := refuse_waiting(server_settings(), run_store(), owner=record.owner):
        raise NotAllowed(refusal)


def _button(
    label: str, key: str, icon: str, request: Callable[[], None], *, enabled: bool = True
) -> None:
    def click() -> None:
        if _ask(request):
            training_engine().wake()

    # A callback, because a page that refreshes itself at the moment of a click would lose it.
    st.button(label, key=key, icon=f":material/{icon}:", on_click=click, disabled=not enabled)


def _ask(request: Callable[[], None]) -> bool:
    """Ask something of a run; say why that is refused, and return whether it was not."""
    try:
        request()
    except NotAllowed as error:
        st.error(as_text(str(error)), icon=":material/block:")
    except FileNotFoundError:
        st.error("The run has been deleted meanwhile.", icon=":material/error:")
    except OSError as error:
        reason = explain_os_error(error)
        st.error(f"The run could not be asked: its folder cannot be written to ({reason}).")
    except ValueError:  # a value that the page does not offer, or a run.json damaged meanwhile
        st.error("That cannot be asked of this run.", icon=":material/error:")
    else:
        return True
    return False
