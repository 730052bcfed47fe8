"""The curves of loss and accuracy side by side, of one run or of several overlaid."""

from collections.abc import Mapping
from typing import Literal

import streamlit as st

from core.charts import CURVE_CONFIG, curve_figure
from core.runs import Metrics

_MEASURES: tuple[Literal["loss", "accuracy"], ...] = ("loss", "accuracy")


def curve_charts(
    curves: Mapping[str, Metrics], *, num_epochs: int, loss: str | None, prefix: str = ""
) -> None:
    """Show the two charts of `curve_figure`, whose keys begin with `prefix`."""
    for column, measure in zip(st.columns(2), _MEASURES, strict=True):
        with column, st.container(key=f"{prefix}{measure}_chart"):
            st.plotly_chart(
                curve_figure(curves, measure, num_epochs=num_epochs, loss=loss),
                key=f"{prefix}plot_{measure}",
                config=CURVE_CONFIG,
                alt=f"{measure.capitalize()} of training and validation over the epochs",
            )
