"""Choose hyperparameters, train, and watch it happen."""

from contextlib import suppress
from functools import partial

import streamlit as st

from core.runs import Run
from pages.components.draw.canvas import last_drawing
from pages.components.person import current_person
from pages.components.resources import run_store, server_settings, training_engine
from pages.components.train.augmentation_preview import augmentation_preview
from pages.components.train.hyperparameter_form import hyperparameter_form
from pages.components.train.layout import scroll_to_run, train_columns
from pages.components.train.live_run import live_run
from pages.components.train.new_run import new_run
from pages.components.train.search_form import search_form
from pages.components.train.waiting_runs import waiting_runs


def shown_run() -> Run | None:
    """Return this session's run, else the one in the address, else this person's latest.

    On a server of one user every run is theirs. On a shared one nobody begins with a stranger's.
    """
    store = run_store()
    for run_id in (st.session_state.get("run"), st.query_params.get("run")):
        if run_id:
            with suppress(KeyError):
                return store.get(run_id)
    runs = list(store.look().records.items())
    person = current_person()
    own = [(run, record) for run, record in runs if person.owns(record.owner)]
    for group in (own,) if server_settings().shared else (own, runs):
        if group:
            under_way = (run for run, r in group if not r.is_finished and run.is_busy())
            return next(under_way, group[0][0])
    return None


training_engine()
run = shown_run()
form, live = train_columns(run_is_shown=run is not None)
with form:
    with st.container(key="form_header"):
        st.subheader("New run", anchor=False)
    settings = hyperparameter_form()
    with st.container():
        if settings:
            augmentation_preview(settings)
    new_run(settings, last_drawing=partial(last_drawing, "digit"))
    search_form(settings)
with live:
    # What comes and goes has a container of its own: in Streamlit, whatever moves to another place
    # on the page is there twice for a moment.
    with st.container():
        waiting_runs(run)
    if run:
        live_run(run, settings)
        scroll_to_run(run.id)
    else:
        nothing = (
            "You have trained nothing here yet; the runs of others are on the Runs page."
            if server_settings().shared and run_store().list()
            else "Nothing has been trained yet."
        )
        st.info(
            f"{nothing} Press Start training: loss and accuracy appear here while the network "
            "learns.",
            icon=":material/model_training:",
        )
if settings:
    query = {**settings.to_query(), **({"run": run.id} if run else {})}
    if st.query_params.to_dict() != query:
        st.query_params.from_dict(query)
