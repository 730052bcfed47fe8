"""Choose the model that answers: the shipped one, or that of a run."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from core.classifier import shipped_card
from core.runs import Run, RunRecord, distinct_names
from core.settings import PRETRAINED
from pages.components.resources import run_store

SHIPPED = "shipped"
# Of the session: which model the Evaluate page judges, and which the Explain page explains.
JUDGED_KEY, EXPLAINED_KEY = "judged_model", "explained_model"
# Where a run's model leads: the button's label, key and icon, the page, and what chooses it there.
_WAYS_ON = (
    ("Draw with it", "draw_with", ":material/draw:", "pages/draw.py", "model"),
    ("Evaluate it", "evaluate_run", ":material/fact_check:", "pages/evaluate.py", JUDGED_KEY),
    ("Explain it", "explain_run", ":material/psychology_alt:", "pages/explain.py", EXPLAINED_KEY),
)


def chosen_model() -> Path:
    """Return the path of the model that this session has chosen, or the shipped one."""
    # Streamlit hands back whatever the browser sends, so a path comes from a run that is listed.
    runs = {run.id: run for run in run_store().list()}
    run = runs.get(st.session_state.get("model", SHIPPED))
    return run.model_path if run and run.model_path.exists() else PRETRAINED


def model_buttons(run: Run) -> None:
    """Show buttons to draw with the model of a finished run that has one, and to judge it."""
    if run.read().is_finished and run.model_path.exists():
        for label, name, icon, page, key in _WAYS_ON:
            st.button(label, key=name, icon=icon, on_click=_leave_for, args=(page, key, run.id))


def draw_button(run: Run, *, key: str) -> None:
    """Show the first of those buttons alone, with a key of its own."""
    label, _, icon, page, chosen = _WAYS_ON[0]
    if run.model_path.exists():
        st.button(label, key=key, icon=icon, on_click=_leave_for, args=(page, chosen, run.id))


def _leave_for(page: str, key: str, run_id: str) -> None:
    st.session_state.update({key: run_id, "leave_for": page})


def leave_with_model() -> None:
    """Go to the page for which a model has just been chosen.

    A page that refreshes itself at the moment of the click would lose it, so the callback records
    the click and the next page run handles it here.
    """
    page = st.session_state.pop("leave_for", None)
    if page in {way[3] for way in _WAYS_ON}:
        st.switch_page(page)


def model_choice() -> None:
    """Let the user choose a model; newest runs first, those without a model left out."""
    records = [run.read() for run in run_store().list() if run.model_path.exists()]
    labels = model_labels([record for record in records if record.status != "unreadable"])
    if st.session_state.get("model", SHIPPED) not in labels:
        st.session_state["model"] = SHIPPED
    st.selectbox(
        "Model",
        list(labels),
        format_func=labels.__getitem__,
        key="model",
        persist_state="session",
        label_visibility="collapsed",
    )


def model_labels(records: Sequence[RunRecord]) -> dict[str, str]:
    """Return what to call the shipped model and those of runs in a list of choices, by their id."""
    shipped = shipped_card().get("test_accuracy")
    measured = "" if shipped is None else f": {shipped:.2%} on MNIST, test"
    labels = {SHIPPED: f"Shipped model{measured}"}
    # Streamlit finds the chosen option by its label, so no two may have the same.
    names = distinct_names(records, timezone=st.context.timezone)
    for record in records:
        labels[record.id] = f"{names[record.id]} ({'imported' if record.origin else record.status})"
        if record.results and record.results.test_accuracy is not None and record.data:
            accuracy = f"{record.results.test_accuracy:.2%}"
            labels[record.id] = f"{names[record.id]}: {accuracy} on {record.data.name}, test"
    return labels
