"""How well the chosen model reads the chosen images, in a few figures, and digit by digit."""

import pandas as pd
import streamlit as st

from core.evaluation import Evaluation
from pages.components.columns import tile_grid
from pages.components.formats import PERCENT_COLUMN, as_text


def summary(evaluation: Evaluation) -> None:
    """Show accuracy with its interval, mistakes, loss and what is answered."""
    report, images = evaluation.report, evaluation.images
    low, high = report.interval
    misread = report.count - int(report.confusion.trace())
    facts = {
        "Accuracy": (
            f"{report.accuracy:.2%}",
            f"95% confidence {low:.2%} to {high:.2%}",
        ),
        "Misread": (f"{misread:,}", f"of {report.count:,} images"),
        "Loss": (f"{report.loss:.4f}", "mean cross-entropy"),
        "Not sure": (f"{_share_refused(evaluation):.2%}", _threshold_text(evaluation)),
    }
    with st.container(key="summary"):
        with tile_grid("summary"):
            for label, (value, note) in facts.items():
                with st.container(border=True, height="stretch", gap=None):
                    st.caption(label)
                    st.markdown(f"#### {value}")
                    st.caption(note)
        st.caption(as_text(f"Measured on {images.name}."))
        if evaluation.num_seen:
            st.info(
                f"{evaluation.num_seen:,} of these images are left out: this model saw them in "
                "training.",
                icon=":material/visibility_off:",
            )


def per_digit(evaluation: Evaluation) -> None:
    """Show precision, recall and F1 of each digit."""
    report = evaluation.report
    with st.container(key="per_digit"):
        st.dataframe(
            pd.DataFrame(
                {
                    "Digit": [str(digit) for digit in range(10)],
                    "Images": report.confusion.sum(axis=1),
                    "Precision": 100 * report.per_digit.precision,
                    "Recall": 100 * report.per_digit.recall,
                    "F1": 100 * report.per_digit.f1,
                }
            ),
            key="per_digit_table",
            hide_index=True,
            height="content",
            column_config={
                "Digit": st.column_config.TextColumn(width=60),
                "Images": st.column_config.NumberColumn(format="%,d", width=72),
                "Precision": {
                    **PERCENT_COLUMN,
                    "help": "Of the images answered with this digit, the share that is it.",
                },
                "Recall": {
                    **PERCENT_COLUMN,
                    "help": "Of the images of this digit, the share answered with it.",
                },
                "F1": {**PERCENT_COLUMN, "help": "The harmonic mean of precision and recall."},
            },
            alt="Precision, recall and F1 of each digit",
        )


def _share_refused(evaluation: Evaluation) -> float:
    return float(1 - evaluation.calibration.is_sure(evaluation.probabilities).mean())


def _threshold_text(evaluation: Evaluation) -> str:
    threshold = evaluation.calibration.threshold
    if threshold == 0:
        return "this model has no threshold"
    return f"confidence below {threshold:.1%}"
