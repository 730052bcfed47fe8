"""Choose hyperparameters, train, and watch it happen."""

import time
from contextlib import suppress

import streamlit as st

from core.data import count_split
from core.drawing import preprocess_drawing
from core.hyperparameters import Hyperparameters
from core.limits import refuse_settings, refuse_start
from core.network_size import network_size
from core.runs import Run
from pages.components.browser import browser_id
from pages.components.draw.canvas import last_drawing
from pages.components.frame import ensure_frame
from pages.components.resources import (
    loader,
    run_store,
    server_settings,
    training_engine,
    wait_for,
)
from pages.components.train.augmentation_preview import augmentation_preview
from pages.components.train.hyperparameter_form import hyperparameter_form
from pages.components.train.live_run import live_run
from pages.components.train.waiting_runs import waiting_runs

# A double click starts one run, not two.
_DOUBLE_CLICK_SECONDS = 1.5


def show_plan(settings: Hyperparameters) -> None:
    """Tell what pressing Start would do."""
    loader().start_download()
    if problem := refuse_settings(server_settings(), settings):
        st.error(problem, icon=":material/block:")
    data = loader().data()
    if not data.done():
        wait_for(data, text="Counting the images.")
        return
    if error := data.exception():
        st.error(f"The images cannot be read: {error}")
        return
    summary = data.result()
    num_train, num_val = count_split(
        summary.num_images,
        validation_split=settings.validation_split,
        training_share=settings.training_share,
    )
    steps = settings.epochs * -(-num_train // settings.batch_size)
    num_parameters = network_size(settings).num_parameters
    st.markdown(
        f"**{num_parameters:,}** parameters · **{num_train:,}** training images, "
        f"**{num_val:,}** for validation, **{summary.num_test:,}** for the final test · "
        f"**{steps:,}** steps"
    )
    st.caption(f"Data: {summary.name}.")
    if loader().is_downloading:
        st.caption("MNIST is being downloaded; until it is here, the embedded images are used.")
    if summary.notice:
        st.warning(summary.notice, icon=":material/info:")


def start(settings: Hyperparameters) -> None:
    """Put a run into the queue and show it."""
    now = time.monotonic()
    if now - st.session_state.get("started_at", float("-inf")) < _DOUBLE_CLICK_SECONDS:
        return
    st.session_state["started_at"] = now
    if problem := refuse_settings(server_settings(), settings) or refuse_start(
        server_settings(), run_store(), owner=browser_id()
    ):
        st.error(problem, icon=":material/block:")
        return
    try:
        run = run_store().create(
            settings,
            owner=browser_id(),
            timezone=st.context.timezone,
            drawing=preprocess_drawing(last_drawing("digit")),
        )
    except OSError as error:
        st.error(
            f"The run cannot be created: {run_store().root} cannot be written to "
            f"({error.strerror}). Free some space or set DIGIT_LAB_RUNS to another folder."
        )
        return
    training_engine().submit(run)
    st.session_state["run"] = run.id


def shown_run() -> Run | None:
    """Return this session's run, else the one in the address, else this browser's, else any."""
    store = run_store()
    for run_id in (st.session_state.get("run"), st.query_params.get("run")):
        if run_id:
            with suppress(KeyError):
                return store.get(run_id)
    runs = list(store.look().records.items())
    own = [(run, record) for run, record in runs if record.owner == browser_id()]
    for group in (own, runs):
        if group:
            under_way = (run for run, r in group if not r.is_finished and run.is_busy())
            return next(under_way, group[0][0])
    return None


ensure_frame()
training_engine()
form, live = st.columns([2, 3], gap="large")
with form:
    settings = hyperparameter_form()
    if settings:
        augmentation_preview(settings)
# What comes and goes has a container of its own: in Streamlit, whatever moves to another place on
# the page is there twice for a moment.
with live:
    with st.container():
        if settings:
            show_plan(settings)
    clicked = st.button(
        "Start training",
        key="start_training",
        type="primary",
        icon=":material/play_arrow:",
        disabled=settings is None or bool(refuse_settings(server_settings(), settings)),
    )
    with st.container():
        if clicked and settings:
            start(settings)
    with st.container():
        waiting_runs()
    run = shown_run()
    if run:
        live_run(run)
    else:
        st.info(
            "Nothing has been trained yet. Press Start training: loss and accuracy appear here "
            "while the network learns.",
            icon=":material/model_training:",
        )
if settings:
    query = {**settings.to_query(), **({"run": run.id} if run else {})}
    if st.query_params.to_dict() != query:
        st.query_params.from_dict(query)
