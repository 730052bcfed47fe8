"""The start of a new run: what it would use, how long it would take, and the button."""

import time
from collections.abc import Callable

import numpy as np
import streamlit as st

from core.access import NotAllowed
from core.coach import notes_before_start
from core.drawing import preprocess_drawing
from core.hyperparameters import Hyperparameters
from core.limits import refuse_settings, refuse_start
from core.network_size import network_size
from core.reading import explain_os_error
from core.runs import estimate_duration, planned_split
from pages.components.form_values import read_form
from pages.components.formats import about_text, as_text
from pages.components.learn_link import block_link
from pages.components.person import current_person
from pages.components.resources import (
    if_ready,
    loader,
    run_store,
    server_settings,
    training_engine,
    wait_for,
)
from pages.components.train.advice import apply_button

# A double click starts one run, not two.
_DOUBLE_CLICK_SECONDS = 1.5
# By what an estimate of the time is based on.
_DURATIONS = {
    "same settings": "About {} on this machine",
    "other runs": "Roughly {} on this machine",
    "reference": "Roughly {}, not yet timed on this machine",
}


def new_run(
    settings: Hyperparameters | None, *, last_drawing: Callable[[], np.ndarray | None]
) -> None:
    """Show what pressing Start would do, and the button.

    Args:
        settings: what the form holds; None where that is invalid.
        last_drawing: returns the pixels of the digit that the run is to classify as it learns.
    """
    # What comes and goes has a container of its own: in Streamlit, whatever moves to another place
    # on the page is there twice for a moment.
    with st.container(key="plan", gap="small"):
        if settings:
            _show_plan(settings)
    refusal = _refuse(settings) if settings else None
    with st.container(key="start_bar", gap="small"):
        with st.container():
            if problem := st.session_state.pop("start_problem", None) or refusal:
                st.error(as_text(problem), icon=":material/block:")
            elif settings:
                # In few words, because the bar stands over the form.
                for note in notes_before_start(settings):
                    st.caption(
                        f":material/lightbulb: {note.headline} {block_link(note.block, 'Why?')}",
                        help=note.evidence,
                    )
                    apply_button(note, settings)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                "Start training",
                key="start_training",
                type="primary",
                icon=":material/play_arrow:",
                disabled=settings is None or refusal is not None,
                # Before the page is shown anew, which leaving it at once would keep from
                # getting this far.
                on_click=_start,
                args=(last_drawing,),
            )
            st.caption("" if refusal else _beside_start(settings), width="stretch")


def _show_plan(settings: Hyperparameters) -> None:
    loader().start_download()
    data = loader().data()
    if not data.done():
        wait_for(data, text="Counting the images.")
        return
    if error := data.exception():
        st.error(as_text(f"The images cannot be read: {error}"))
        return
    summary = data.result()
    num_train, num_val = planned_split(settings, summary.num_images)
    steps = settings.epochs * -(-num_train // settings.batch_size)
    st.markdown(
        f"**{network_size(settings).num_parameters:,}** parameters · "
        f"**{num_train:,}** training images, **{num_val:,}** for validation, "
        f"**{summary.num_test:,}** for the final test · **{steps:,}** steps"
    )
    st.caption(as_text(f"Data: {summary.name}."))
    if loader().is_downloading:
        st.caption("MNIST is being downloaded; until it is here, the embedded images are used.")
    if summary.notice:
        st.warning(as_text(summary.notice), icon=":material/info:")


def _beside_start(settings: Hyperparameters | None) -> str:
    """Return how long a run would take, or what has to be corrected before it can start."""
    if settings is None:
        _, problems = read_form()
        return as_text(problems[0])
    if not (summary := if_ready(loader().data())):
        return ""
    num_train, _ = planned_split(settings, summary.num_images)
    if not (estimate := estimate_duration(run_store(), settings, num_train)):
        return ""
    return _DURATIONS[estimate.basis].format(about_text(estimate.seconds))


def _refuse(settings: Hyperparameters) -> str | None:
    person = current_person()
    if person.no_id and server_settings().shared:
        return person.no_id
    return refuse_settings(server_settings(), settings) or refuse_start(
        server_settings(), run_store(), owner=person.id
    )


def _start(last_drawing: Callable[[], np.ndarray | None]) -> None:
    """Put a run with what the form holds into the queue, and show it."""
    now = time.monotonic()
    if now - st.session_state.get("started_at", float("-inf")) < _DOUBLE_CLICK_SECONDS:
        return
    settings, problems = read_form()
    problem = _refuse(settings) if settings else problems[0]
    if settings and not problem:
        try:
            run = run_store().create(
                settings,
                by=current_person(),
                timezone=st.context.timezone,
                drawing=preprocess_drawing(last_drawing()),
            )
            training_engine().submit(run)
            st.session_state.update({"run": run.id, "started": run.id, "started_at": now})
        except NotAllowed as error:
            problem = str(error)
        except OSError as error:
            folder = "the folder of runs" if server_settings().shared else str(run_store().root)
            problem = (
                f"The run cannot be created: {folder} cannot be written to "
                f"({explain_os_error(error)}). Free some space or set "
                "DIGIT_LAB_RUNS to another folder."
            )
    st.session_state["start_problem"] = problem
