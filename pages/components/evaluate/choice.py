"""Which model is judged, and on which images."""

from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from core.reports import Source
from core.runs import Run, distinct_names
from pages.components.choosing import begin_with_address, choose, keep_in_address
from pages.components.columns import wrapping_columns
from pages.components.image_choice import image_sets
from pages.components.model_choice import JUDGED_KEY, SHIPPED, model_labels
from pages.components.resources import run_store

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
    kinds = image_sets(own)
    begin_with_address(JUDGED_KEY, "run", models)
    begin_with_address(_ON_KEY, "on", kinds)
    left, right = wrapping_columns("judged", 2, gap="small")
    with left:
        model = choose("Model", JUDGED_KEY, {key: m.label for key, m in models.items()})
    with right:
        kind = choose("Judged on", _ON_KEY, {key: label for key, (label, _) in kinds.items()})
    query = {"run": model} if model != SHIPPED else {}
    query |= {"on": kind} if kind != next(iter(kinds)) else {}
    keep_in_address(query)
    return models[model], kinds[kind][1]
