"""What a run reached, each figure with the data that it was measured on, and its curves."""

from typing import Literal

import streamlit as st

from core.charts import CURVE_CONFIG, curve_figure
from core.runs import Metrics, RunRecord
from pages.components.columns import chart_columns
from pages.components.formats import as_text, duration_text

_MEASURES: tuple[Literal["loss", "accuracy"], ...] = ("loss", "accuracy")


def curve_charts(metrics: Metrics, *, num_epochs: int, loss: str, prefix: str = "") -> None:
    """Show the two charts of `curve_figure`, whose keys begin with `prefix`."""
    whole_range = st.toggle(
        "Whole range",
        key="whole_range",
        persist_state="session",
        help="Loss on a linear scale from 0, accuracy from 0 to 100%. Otherwise the charts show "
        "what the beginning of a run would hide: loss on a logarithmic scale, on which equal "
        "steps divide it by equal factors, and accuracy from just below what was reached.",
    )
    for column, measure in zip(chart_columns(f"{prefix}curves"), _MEASURES, strict=True):
        with column, st.container(key=f"{prefix}{measure}_chart"):
            st.plotly_chart(
                curve_figure(
                    metrics, measure, num_epochs=num_epochs, loss=loss, whole_range=whole_range
                ),
                key=f"{prefix}plot_{measure}",
                config=CURVE_CONFIG,
                alt=f"{measure.capitalize()} of training and validation over the epochs",
            )


def run_results(record: RunRecord) -> None:
    """Show the results of a run; nothing where there are none yet."""
    results, data = record.results, record.data
    if results is None or data is None:
        return
    facts = {}
    if results.test_accuracy is not None:
        tested = f"{data.num_test:,} test images of {data.name}, looked at once"
        facts["Test accuracy"] = (f"{results.test_accuracy:.2%}", tested)
    if results.drawn_accuracy is not None:
        facts["Drawn digits"] = (f"{results.drawn_accuracy:.2%}", results.drawn_name or "")
    chosen = f"{data.num_val:,} images that chose epoch {results.best_epoch}"
    facts["Validation accuracy"] = (f"{results.val_accuracy:.2%}", chosen)
    speed = f"{results.images_per_second:,.0f} images a second"
    if record.device:
        speed += f" on {record.device}"
    facts["Time"] = (duration_text(results.seconds), speed)
    for column, (label, (value, note)) in zip(st.columns(len(facts)), facts.items(), strict=True):
        with column, st.container(border=True, height="stretch", gap=None):
            st.caption(label)
            st.markdown(f"#### {value}")
            st.caption(as_text(note))
