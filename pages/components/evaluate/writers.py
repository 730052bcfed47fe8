"""For whom a model works less well: its accuracy by who wrote the digits."""

from collections.abc import Sequence
from functools import cache

import numpy as np
import streamlit as st

from core.charts import writers_figure
from core.classifier import shipped_card
from core.evaluation import Evaluation, WriterAccuracy, accuracy_by_writer
from pages.components.evaluate.choice import Judged
from pages.components.formats import as_text


def writers_section(judged: Judged, evaluation: Evaluation) -> None:
    """Show accuracy by writer where anybody knows who wrote the images, or how to find out."""
    with st.container(key="writers"):
        st.markdown("#### For whom it works less well")
        named = [row for row in evaluation.by_writer if row.writer]
        if named:
            _chart(named, key="writers_plot")
            st.caption(_verdict(named))
        else:
            st.info(
                "Nobody knows who wrote these images. Say on the Draw page who draws, by a "
                "nickname, and choose your drawings above: accuracy is then shown for each person.",
                icon=":material/group:",
            )
        if judged.run is None and (tested := _test_writers()):
            st.markdown("**People whose digits were kept for testing the shipped model**")
            _chart(tested, key="test_writers_plot")
            st.caption(
                f"{len(tested)} people of UCI's pen digits, {sum(row.count for row in tested):,} "
                "digits drawn with a pen, from the model's card. None of theirs were used in "
                "training. They are of one place and time: how well the model reads children, or "
                "people who learnt to write elsewhere, they do not say."
            )


@cache
def _test_writers() -> list[WriterAccuracy]:
    """Return accuracy by writer as the shipped model's card has it."""
    rows = shipped_card().get("accuracy_by_writer", [])
    correct = [n < row["correct"] for row in rows for n in range(row["count"])]
    writers = [row["writer"] for row in rows for _ in range(row["count"])]
    return accuracy_by_writer(np.array(correct, bool), writers)


def _chart(rows: Sequence[WriterAccuracy], *, key: str) -> None:
    st.plotly_chart(
        writers_figure(rows, overall=sum(r.correct for r in rows) / sum(r.count for r in rows)),
        key=key,
        config={"displayModeBar": False},
        alt="Accuracy for each writer with its 95% confidence interval",
    )


def _verdict(rows: Sequence[WriterAccuracy]) -> str:
    """Say whom the model reads worse than chance explains."""
    worse = [row for row in rows if row.differs and row.accuracy < (row.others or 0)]
    if not worse:
        return "No difference between these people is larger than chance explains."
    names = ", ".join(as_text(row.writer) for row in worse)
    return f"It reads {names} worse than the others, by more than chance explains."
