"""Which model is judged, and on which images."""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from core.evaluation import LOAD_DIGITS_NAME
from core.reports import Source
from core.runs import Run, distinct_names
from pages.components.columns import wrapping_columns
from pages.components.model_choice import JUDGED_KEY, SHIPPED, model_labels
from pages.components.resources import if_ready, loader, run_store

_ON_KEY = "judged_on"


@dataclass(frozen=True)
class Judged:
    """A model that is judged.

    Attributes:
        run: whose it is; None is the shipped one.
        name: what to call it beside others.
        label: what to call it in a list of choices, with what it reached.
    """

    run: Run | None
    name: str
    label: str


def judged_models() -> dict[str, Judged]:
    """Return the shipped model and those of runs that have ended, by the id of the run."""
    runs = {run.id: run for run in run_store().list() if run.model_path.exists()}
    records = [run.read() for run in runs.values()]
    ended = [r for r in records if r.is_finished and r.status != "unreadable"]
    names = {SHIPPED: "Shipped model", **distinct_names(ended, timezone=st.context.timezone)}
    return {
        key: Judged(runs.get(key), names[key], label) for key, label in model_labels(ended).items()
    }


def choose_model_and_images(
    models: Mapping[str, Judged], own: Source | None
) -> tuple[Judged, Source]:
    """Let the user choose one of the models, and the images that it is judged on.

    `own` are the user's labelled drawings.
    """
    kinds = _kinds(own)
    for key, parameter, options in ((JUDGED_KEY, "run", models), (_ON_KEY, "on", kinds)):
        # A link, and a reload, begin with what the address says; afterwards the user has the say.
        if key not in st.session_state and (asked := st.query_params.get(parameter)) in options:
            st.session_state[key] = asked
    left, right = wrapping_columns("judged", 2, gap="small")
    with left:
        model = choose("Model", JUDGED_KEY, {key: m.label for key, m in models.items()})
    with right:
        kind = choose("Judged on", _ON_KEY, {key: label for key, (label, _) in kinds.items()})
    query = {"run": model} if model != SHIPPED else {}
    query |= {"on": kind} if kind != next(iter(kinds)) else {}
    if st.query_params.to_dict() != query:
        st.query_params.from_dict(query)
    return models[model], kinds[kind][1]


def choose(label: str, key: str, options: Mapping[str, str]) -> str:
    """Let the user choose one of some options, the first at first; return its key."""
    # Streamlit hands back whatever the browser sends, and remembers what is no longer there.
    if st.session_state.get(key) not in options:
        st.session_state[key] = next(iter(options))
    chosen: str = st.selectbox(
        label, list(options), format_func=options.__getitem__, key=key, persist_state="session"
    )
    return chosen


def _kinds(own: Source | None) -> dict[str, tuple[str, Source]]:
    """Return each set of images: what to call it, and where it comes from."""
    data = if_ready(loader().data())
    name = f"{data.name}: {data.num_test:,} test images" if data else "Test images"
    kinds = {"test": (name, Source("test"))}
    if data and data.name == "MNIST":
        kinds["embedded"] = ("5,000 embedded MNIST images: 1,000 test images", Source("embedded"))
    kinds["load_digits"] = (LOAD_DIGITS_NAME, Source("load_digits"))
    if own:
        kinds["drawings"] = (f"Your drawings ({len(own.drawings):,})", own)
    return kinds
