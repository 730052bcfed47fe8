"""All runs as points: accuracy over time, size, or any setting; a click opens one."""

from collections.abc import Sequence

import streamlit as st

from core.charts import RunPoint, runs_figure
from core.evaluation import interval_of_share
from core.hyperparameters import FIELDS, choice_label
from core.runs import Run, RunRecord
from pages.components.runs.settings_text import setting_place, setting_title

_X_KEY, _DATA_KEY, _GROUP_KEY, _PLOT_KEY = "scatter_x", "scatter_data", "scatter_group", "scatter"
_TIME, _PARAMETERS = "Training time", "Parameters"
_GROUPS = ("architecture", "optimizer")


def scatter(pairs: Sequence[tuple[Run, RunRecord]]) -> None:
    """Show all runs that were measured on one set of images."""
    measured = [
        (run, record)
        for run, record in pairs
        if record.results
        and record.results.test_accuracy is not None
        and record.data
        and record.hyperparameters
    ]
    if not measured:
        st.info(
            "No run has been measured on test images yet. Once one has ended, it is a point here.",
            icon=":material/scatter_plot:",
        )
        return
    sets = {record.data.fingerprint: record.data for _, record in measured if record.data}
    names = {key: f"{data.name}: {data.num_test:,} test images" for key, data in sets.items()}
    settings = [name for name in FIELDS if name != "seed"]
    options = [_TIME, _PARAMETERS, *settings]
    left, middle, right = st.columns(3)
    x = left.selectbox(
        "Against",
        options,
        format_func=_title,
        key=_X_KEY,
        persist_state="session",
    )
    x = x if x in options else _TIME
    group = middle.selectbox(
        "Colour",
        _GROUPS,
        format_func=_title,
        key=_GROUP_KEY,
        persist_state="session",
    )
    group = group if group in _GROUPS else _GROUPS[0]
    data = right.selectbox(
        "Measured on",
        list(names),
        format_func=lambda key: names.get(key, ""),
        key=_DATA_KEY,
        persist_state="session",
        help="Results on different images are never ranked together.",
    )
    data = data if data in names else next(iter(names))
    shown = [pair for pair in measured if pair[1].data and pair[1].data.fingerprint == data]
    points = [_point(run, record, x, group) for run, record in shown]
    numbers = [point.x for point in points if isinstance(point.x, float)]
    is_log = len(numbers) == len(points) and min(numbers) > 0 and max(numbers) / min(numbers) > 30
    title = _title(x)
    with st.container(key="runs_scatter"):
        st.plotly_chart(
            runs_figure(
                points,
                title=f"{title} in seconds" if x == _TIME else title,
                is_log=is_log,
            ),
            key=_PLOT_KEY,
            config={"displayModeBar": False},
            on_select=_open,
            selection_mode="points",
            alt=f"Test accuracy of {len(points)} runs against {title}",
        )
        st.caption("Each point is a run with its 95% interval. Click one to open it in the table.")


def _title(name: str) -> str:
    """Return what a choice of the axes is called."""
    return setting_title(name) if name in FIELDS else name


def _point(run: Run, record: RunRecord, x: str, group: str) -> RunPoint:
    results, data, settings = record.results, record.data, record.hyperparameters
    assert results and data and settings and results.test_accuracy is not None
    return RunPoint(
        id=run.id,
        name=record.name,
        x=_x(record, x),
        accuracy=results.test_accuracy,
        interval=interval_of_share(results.test_accuracy, max(1, data.num_test)),
        group=choice_label(group, getattr(settings, group)),
    )


def _x(record: RunRecord, name: str) -> float | str:
    if name == _TIME:
        return record.results.seconds if record.results else 0.0
    if name == _PARAMETERS:
        return float(record.num_parameters or 0)
    return setting_place(record.hyperparameters, name)


def _open() -> None:
    """Tick the run that was clicked, and show the table."""
    match st.session_state.get(_PLOT_KEY):
        case {"selection": {"points": [{"customdata": [str() as run_id, *_]}, *_]}}:
            st.session_state.update({"runs_tab": "Table", "ticked_runs": [run_id]})
