"""The curves of one run, or of several overlaid, and what may not be compared among them."""

from collections.abc import Sequence

import streamlit as st

from core.runs import Run, RunRecord
from pages.components.curve_charts import curve_charts


def overlaid_curves(runs: Sequence[Run], records: Sequence[RunRecord]) -> None:
    """Show loss and accuracy of these runs, which all have settings."""
    names = {record.name for record in records}
    labels = [
        record.name if len(names) == len(records) else f"{record.name} ({record.id[-6:]})"
        for record in records
    ]
    curves = {label: run.metrics() for label, run in zip(labels, runs, strict=True)}
    losses = {record.hyperparameters.loss for record in records if record.hyperparameters}
    curve_charts(
        curves,
        num_epochs=max(record.num_epochs for record in records),
        loss=next(iter(losses)) if len(losses) == 1 else None,
        prefix="overlay_",
    )
    if len(losses) > 1:
        st.warning(
            "These runs were trained with different losses, so those cannot be compared; "
            "their accuracies can.",
            icon=":material/warning:",
        )
    if len({record.data.fingerprint for record in records if record.data}) > 1:
        st.warning(
            "These runs used different data, so their figures cannot be compared.",
            icon=":material/warning:",
        )
