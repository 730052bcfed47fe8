"""What the runs of a search have shown: their spread, or the best of them and what decides."""

from collections.abc import Sequence
from statistics import mean, stdev

import streamlit as st

from core.charts import Axis, band_figure, importance_figure, parallel_figure
from core.hyperparameters import choice_label
from core.search import SearchRecord, Trial, importances
from pages.components.columns import chart_columns
from pages.components.formats import as_text
from pages.components.runs.settings_text import setting_place, setting_title

_NO_TOOLS = {"displayModeBar": False}


def seeds_results(trials: Sequence[Trial]) -> None:
    """Show mean and spread over several seeds, and the band of their curves."""
    reached = [trial for trial in trials if trial.record.results]
    accuracies = [
        trial.record.results.test_accuracy
        for trial in reached
        if trial.record.results and trial.record.results.test_accuracy is not None
    ]
    if len(accuracies) > 1:
        st.markdown(
            f"**Test accuracy {mean(accuracies):.2%} ± {stdev(accuracies):.2%}** (mean and "
            f"standard deviation of {len(accuracies)} runs), from {min(accuracies):.2%} to "
            f"{max(accuracies):.2%}. The seeds differ in the first weights, in dropout and "
            "in the order of the images; all validate on the same ones."
        )
    begun = [trial.run.metrics() for trial in trials if trial.accuracies]
    if not begun:
        st.caption("The curves appear after the first epoch.")
        return
    measures = ("loss", "accuracy")
    for column, measure in zip(chart_columns("band"), measures, strict=True):
        with column, st.container(key=f"band_{measure}"):
            st.plotly_chart(
                band_figure(begun, "loss" if measure == "loss" else "accuracy"),
                key=f"band_plot_{measure}",
                config=_NO_TOOLS,
                alt=f"Validation {measure} after each epoch: mean, lowest and highest of the runs",
            )


def search_results(record: SearchRecord, trials: Sequence[Trial]) -> None:
    """Show the best run so far, all of them by their settings, and which setting decides."""
    told = [trial for trial in trials if trial.val_accuracy is not None]
    if not told:
        st.caption("What it finds appears after the first epoch of its first run.")
        return
    best = max(told, key=lambda trial: trial.val_accuracy or 0.0)
    said = ", ".join(
        f"{setting_title(each.field).lower()} {_value(best, each.field)}" for each in record.space
    )
    with st.container(horizontal=True, vertical_alignment="center", key="best_trial"):
        st.markdown(
            f"**Best so far: {best.val_accuracy:.2%} on validation images**, with {as_text(said)}."
        )
        if st.button("Open it", key="open_best", icon=":material/open_in_new:"):
            st.session_state["run"] = best.run.id
            st.switch_page("pages/train.py")
    axes = [
        Axis(
            setting_title(each.field),
            [setting_place(trial.record.hyperparameters, each.field) for trial in told],
            log=each.log,
        )
        for each in record.space
    ]
    with st.container(key="parallel_coordinates"):
        st.plotly_chart(
            parallel_figure(axes, [trial.val_accuracy or 0.0 for trial in told]),
            key="parallel_plot",
            config=_NO_TOOLS,
            alt=f"{len(told)} runs as lines through their settings to their validation accuracy",
        )
        st.caption(
            "Each line is a run, the bluer the better. Drag along an axis to see only the runs "
            "that pass there."
        )
    with st.spinner("Counting what decides."):  # Optuna takes a second the first time
        shares = importances(record, trials)
    if not shares:
        st.caption("Which setting matters is told once six runs have ended.")
        return
    st.markdown("**How much each setting decides**")
    st.plotly_chart(
        importance_figure({setting_title(name): share for name, share in shares.items()}),
        key="importance_plot",
        config=_NO_TOOLS,
        alt="The share of each setting in the differences between the better and the other runs",
    )


def _value(trial: Trial, field: str) -> str:
    value = getattr(trial.record.hyperparameters, field)
    return f"{value:.3g}" if isinstance(value, float) else choice_label(field, value)
