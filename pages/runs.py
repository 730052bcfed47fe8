"""Every run: what it used, what it reached, its curves; rename, delete, use again."""

import pandas as pd
import streamlit as st

from core.charts import CURVE_CONFIG, curve_figure
from core.runs import MAX_NAME_LENGTH, Run, RunRecord
from pages.components.browser import browser_id
from pages.components.formats import PERCENT_COLUMN, percent_value
from pages.components.frame import ensure_frame
from pages.components.model_choice import draw_with_button
from pages.components.resources import run_store
from pages.components.train.hyperparameter_form import fill_form
from pages.components.train.live_run import show_results

_REFRESH_SECONDS = 3.0


def as_row(record: RunRecord) -> dict[str, object]:
    """Return a run's row of the table."""
    settings, data, results = record.hyperparameters, record.data, record.results
    return {
        "Name": record.name,
        "Yours": record.owner == browser_id(),
        "Status": record.status,
        "Data": data.name if data else None,
        "Test accuracy": percent_value(results.test_accuracy) if results else None,
        "Drawn digits": percent_value(results.drawn_accuracy) if results else None,
        "Validation accuracy": percent_value(results.val_accuracy) if results else None,
        "Architecture": settings.architecture if settings else None,
        "Optimizer": settings.optimizer if settings else None,
        "Learning rate": settings.learning_rate if settings else None,
        "Batch size": settings.batch_size if settings else None,
        "Epochs": record.num_epochs if settings else None,
        "Parameters": record.num_parameters,
        "Seconds": results.seconds if results else None,
        "Created": record.created,
    }


def show_table(records: list[RunRecord]) -> list[int]:
    """Show all runs; return the numbers of the rows that the user has ticked, at first the newest.

    Streamlit remembers ticks by row number, and a new run moves every row. So the table is a new
    one whenever runs come or go, with the same runs ticked as before.
    """
    ids = [record.id for record in records]
    ticked = st.session_state.get("ticked_runs", ids[:1])
    with st.container(key="runs_table"):
        event = st.dataframe(
            pd.DataFrame([as_row(record) for record in records]),
            key=f"runs_{hash(tuple(ids))}",
            hide_index=True,
            on_select="rerun",
            selection_mode="multi-row",
            selection_default={
                "selection": {"rows": [ids.index(run_id) for run_id in ticked if run_id in ids]}
            },
            column_config={
                "Name": st.column_config.TextColumn(pinned=True),
                "Test accuracy": PERCENT_COLUMN,
                "Drawn digits": PERCENT_COLUMN,
                "Validation accuracy": PERCENT_COLUMN,
                "Learning rate": st.column_config.NumberColumn(format="%.6g"),
                "Seconds": st.column_config.NumberColumn(format="%.0f"),
                "Created": st.column_config.DatetimeColumn(
                    format="YYYY-MM-DD HH:mm", timezone=st.context.timezone
                ),
            },
            placeholder="–",
            alt="All runs with their settings and results",
        )
    rows = [row for row in event.selection.rows if row < len(records)]
    st.session_state["ticked_runs"] = [ids[row] for row in rows]
    return rows


def show_curves(runs: list[Run], records: list[RunRecord]) -> None:
    """Show the curves of one run, or of several over each other."""
    names = {record.name for record in records}
    labels = [
        record.name if len(names) == len(records) else f"{record.name} ({record.id[-6:]})"
        for record in records
    ]
    curves = {label: run.metrics() for label, run in zip(labels, runs, strict=True)}
    num_epochs = max(record.num_epochs for record in records)
    losses = {record.hyperparameters.loss for record in records if record.hyperparameters}
    for column, measure in zip(st.columns(2), ("loss", "accuracy"), strict=True):
        with column:
            st.plotly_chart(
                curve_figure(
                    curves,
                    measure,
                    num_epochs=num_epochs,
                    loss=next(iter(losses)) if len(losses) == 1 else None,
                ),
                key=f"overlay_{measure}",
                config=CURVE_CONFIG,
                alt=f"{measure.capitalize()} of the chosen runs over the epochs",
            )
    fingerprints = {record.data.fingerprint for record in records if record.data}
    if len(losses) > 1:
        st.warning(
            "These runs were trained with different losses, so those cannot be compared; "
            "their accuracies can.",
            icon=":material/warning:",
        )
    if len(fingerprints) > 1:
        st.warning(
            "These runs used different data, so their figures cannot be compared.",
            icon=":material/warning:",
        )


def show_run(run: Run, record: RunRecord) -> None:
    """Show one run's results and what can be done with it."""
    if record.error:
        st.error(record.error, icon=":material/error:")
    show_results(record)
    with st.container(horizontal=True):
        draw_with_button(run)
        if record.hyperparameters and st.button(
            "Open on Train", key="open_run", icon=":material/model_training:"
        ):
            st.session_state["run"] = run.id
            st.switch_page("pages/train.py")
        if record.hyperparameters and st.button(
            "Use its settings", key="use_settings", icon=":material/tune:"
        ):
            fill_form(record.hyperparameters)
            st.switch_page("pages/train.py")
        if record.status != "unreadable" and st.button(
            "Rename", key="rename_run", icon=":material/edit:"
        ):
            ask_for_name(run, record)
    if record.hyperparameters:
        with st.expander("All its settings"):
            st.json(record.model_dump(mode="json", include={"hyperparameters", "data", "software"}))


@st.dialog("Rename the run", on_dismiss="rerun")
def ask_for_name(run: Run, record: RunRecord) -> None:
    """Give a run another name."""
    st.session_state["is_asking"] = True
    name = st.text_input("Name", value=record.name, max_chars=MAX_NAME_LENGTH)
    if st.button("Save", type="primary", key="confirm_rename", disabled=not name.strip()):
        try:
            run.rename(name)
        except OSError as error:
            st.error(f"The run cannot be renamed: its folder cannot be written to ({error}).")
        else:
            st.rerun()


@st.dialog("Delete for good?", on_dismiss="rerun")
def confirm_deletion(runs: list[Run], names: list[str]) -> None:
    """Delete runs once the user has agreed."""
    st.session_state["is_asking"] = True
    st.write("This removes the settings, curves and models of:")
    st.write("\n".join(f"- {name}" for name in names))
    if st.button("Delete", type="primary", key="confirm_delete", icon=":material/delete:"):
        problems = []
        for run in runs:
            try:
                run_store().delete(run.id)
            except (RuntimeError, OSError, KeyError) as error:
                problems.append(str(error.args[0]) if error.args else str(error))
        if problems:
            st.error(" ".join(problems))
        else:
            st.rerun()


def _progress(records: list[RunRecord]) -> dict[str, object]:
    return {record.id: (record.status, record.results) for record in records}


@st.fragment(run_every=_REFRESH_SECONDS)
def refresh_when(shown: list[RunRecord]) -> None:
    """Show the page anew when a run has changed its status or its results.

    That would close a question that the user is just answering, so it waits for the answer.
    """
    if st.session_state["is_asking"]:
        return
    now = [run.read() for run in run_store().list()]
    if _progress(now) != _progress(shown):
        st.rerun()


ensure_frame()
st.session_state["is_asking"] = False
# Sorting keeps the newest first among each.
all_runs = sorted(run_store().list(), key=lambda run: run.read().owner != browser_id())
all_records = [run.read() for run in all_runs]
if not all_runs:
    st.info(
        "There are no runs yet. Train a network, and it is kept here with its curves.",
        icon=":material/table_rows:",
    )
    st.page_link("pages/train.py", label="Train a network", icon=":material/model_training:")
else:
    rows = show_table(all_records)
    chosen, records = [all_runs[i] for i in rows], [all_records[i] for i in rows]
    if not chosen:
        st.caption("Tick a run to see its curves; tick several to lay them over each other.")
    else:
        if all(record.hyperparameters for record in records):
            show_curves(chosen, records)
        if len(chosen) == 1:
            show_run(chosen[0], records[0])
        if st.button("Delete", key="delete_runs", icon=":material/delete:"):
            confirm_deletion(chosen, [record.name for record in records])
    # A run that has ended is busy until its drawn digits are measured.
    if any(
        not record.is_finished or run.is_busy()
        for run, record in zip(all_runs, all_records, strict=True)
    ):
        refresh_when(all_records)
