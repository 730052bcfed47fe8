"""What a run reached, each figure with the data that it was measured on."""

import streamlit as st

from core.runs import RunRecord
from pages.components.formats import duration_text


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
    speed = f"{results.images_per_second:,.0f} images a second on {record.device}"
    facts["Time"] = (duration_text(results.seconds), speed)
    for column, (label, (value, note)) in zip(st.columns(len(facts)), facts.items(), strict=True):
        with column, st.container(border=True, height="stretch", gap=None):
            st.caption(label)
            st.markdown(f"#### {value}")
            st.caption(note)
