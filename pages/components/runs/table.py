"""The table of all runs: what each used and reached, and which are ticked."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.runs import RunRecord
from pages.components.browser import browser_id
from pages.components.formats import PERCENT_COLUMN, percent_value


def runs_table(records: Sequence[RunRecord]) -> list[int]:
    """Show all runs; return the numbers of the rows that the user has ticked, at first the newest.

    Streamlit remembers ticks by row number, and a new run moves every row. So the table is a new
    one whenever runs come or go, with the same runs ticked as before.
    """
    ids = [record.id for record in records]
    ticked = st.session_state.get("ticked_runs", ids[:1])
    ticked_rows = [ids.index(run_id) for run_id in ticked if run_id in ids]
    with st.container(key="runs_table"):
        event = st.dataframe(
            pd.DataFrame([_row(record) for record in records]),
            key=f"runs_{hash(tuple(ids))}",
            hide_index=True,
            on_select="rerun",
            selection_mode="multi-row",
            selection_default={"selection": {"rows": ticked_rows}},
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


def _row(record: RunRecord) -> dict[str, object]:
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
