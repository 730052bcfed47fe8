"""The table of all runs: what each used and reached, and which are ticked."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.hyperparameters import choice_label
from core.runs import Run, RunRecord
from pages.components.formats import PERCENT_COLUMN, ROW_HEIGHT, percent_value, table_height
from pages.components.person import owner_name
from pages.components.resources import server_settings
from pages.components.runs.settings_text import learning_rate_text

# In pixels: what is asked for first is seen on a page that is 1280 wide; on a phone, the accuracy.
_WIDTHS = {
    "Name": 190,
    "Test accuracy": 104,
    "Status": 90,
    "Data": 150,
    "Architecture": 164,
    "Parameters": 92,
    "Time": 64,
    "Created": 130,
    "Owner": 104,
}


def runs_table(pairs: Sequence[tuple[Run, RunRecord]]) -> list[int]:
    """Show all runs; return the numbers of the rows that the user has ticked, at first the newest.

    Streamlit remembers ticks by row number, and a new run moves every row. So the table is a new
    one whenever runs come or go, with the same runs ticked as before.
    """
    ids = [run.id for run, _ in pairs]
    ticked = st.session_state.get("ticked_runs", ids[:1])
    ticked_rows = [ids.index(run_id) for run_id in ticked if run_id in ids]
    with st.container(key="runs_table"):
        event = st.dataframe(
            pd.DataFrame([_row(run, record) for run, record in pairs]),
            key=f"runs_rows_{hash(tuple(ids))}",
            hide_index=True,
            on_select="rerun",
            selection_mode="multi-row",
            selection_default={"selection": {"rows": ticked_rows}},
            row_height=ROW_HEIGHT,
            height=table_height(len(pairs)),
            column_config={
                "Name": st.column_config.TextColumn(pinned=True, width=_WIDTHS["Name"]),
                **{
                    name: st.column_config.Column(width=_WIDTHS[name])
                    for name in ("Status", "Data", "Architecture", "Owner")
                },
                "Test accuracy": {**PERCENT_COLUMN, "width": _WIDTHS["Test accuracy"]},
                "Drawn digits": PERCENT_COLUMN,
                "Validation accuracy": PERCENT_COLUMN,
                "Parameters": st.column_config.NumberColumn(
                    format="%,d", width=_WIDTHS["Parameters"]
                ),
                "Time": st.column_config.NumberColumn(format="%.0f s", width=_WIDTHS["Time"]),
                "Created": st.column_config.DatetimeColumn(
                    format="YYYY-MM-DD HH:mm",
                    timezone=st.context.timezone,
                    width=_WIDTHS["Created"],
                ),
                "Learning rate": st.column_config.TextColumn(
                    alignment="right", help="The last one, where it was changed under way."
                ),
            },
            placeholder="–",
            alt="All runs with their settings and results",
        )
    rows = [row for row in event.selection.rows if row < len(pairs)]
    st.session_state["ticked_runs"] = [ids[row] for row in rows]
    return rows


def _row(run: Run, record: RunRecord) -> dict[str, object]:
    settings, data, results = record.hyperparameters, record.data, record.results
    return {
        "Name": f"★ {record.name}" if record.favourite else record.name,
        "Test accuracy": percent_value(results.test_accuracy) if results else None,
        "Status": "imported" if record.origin else record.status,
        "Data": data.name if data else None,
        "Architecture": choice_label("architecture", settings.architecture) if settings else None,
        "Parameters": record.num_parameters,
        "Time": results.seconds if results else None,
        "Created": record.created,
        **({"Owner": owner_name(record.owner)} if server_settings().shared else {}),
        "Drawn digits": percent_value(results.drawn_accuracy) if results else None,
        "Validation accuracy": percent_value(results.val_accuracy) if results else None,
        "Optimizer": choice_label("optimizer", settings.optimizer) if settings else None,
        "Learning rate": learning_rate_text(run, settings) if settings else None,
        "Batch size": settings.batch_size if settings else None,
        "Epochs": record.num_epochs if settings else None,
        "Note": record.note or None,
    }
