"""Several runs side by side: what each reached, and the settings in which they differ."""

from collections.abc import Sequence

import streamlit as st

from core.evaluation import interval_of_share
from core.hyperparameters import FIELDS
from core.runs import Run, RunRecord, distinct_names
from pages.components.formats import as_text, duration_text
from pages.components.runs.settings_text import NONE, setting_text
from pages.components.runs.verdict import verdict

# In [0, 1].
_SHARES = {
    "Test accuracy": "test_accuracy",
    "Drawn digits": "drawn_accuracy",
    "Validation accuracy": "val_accuracy",
}


def comparison(chosen: Sequence[tuple[Run, RunRecord]]) -> None:
    """Show a column for each run, results first; and say why they cannot be compared, if so."""
    records = [record for _, record in chosen]
    if len({record.data.fingerprint for record in records if record.data}) > 1:
        st.warning(
            "These runs used different data, so their figures cannot be compared.",
            icon=":material/warning:",
        )
    names = distinct_names(records, timezone=st.context.timezone)
    results = [_results(record) for record in records]
    table = {title: [values[title] for values in results] for title in results[0]}
    for name, field in FIELDS.items():
        values = [setting_text(run, record, name) for run, record in chosen]
        if len(set(values)) > 1:
            table[str(field.title)] = values
    columns = {
        as_text(names[record.id]): [as_text(values[number]) for values in table.values()]
        for number, record in enumerate(records)
    }
    with st.container(key="compare_runs"):
        st.table({"": list(table), **columns}, border="horizontal")
        st.caption("The settings that are not listed are the same.")
        verdict(chosen, names)


def _results(record: RunRecord) -> dict[str, str]:
    data, parameters = record.data, record.num_parameters
    figures = {"Status": record.status, "Data": data.name if data else NONE}
    for title, share in _SHARES.items():
        value = getattr(record.results, share, None)
        figures[title] = NONE if value is None else f"{value:.2%}"
        if share == "test_accuracy":
            figures["Its 95% interval"] = _interval(value, data.num_test if data else 0)
    figures["Parameters"] = NONE if parameters is None else f"{parameters:,}"
    figures["Time"] = duration_text(record.results.seconds) if record.results else NONE
    return figures


def _interval(accuracy: float | None, count: int) -> str:
    if accuracy is None or not count:
        return NONE
    low, high = interval_of_share(accuracy, count)
    return f"{low:.2%} to {high:.2%}"
