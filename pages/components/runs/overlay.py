"""The curves of several runs, overlaid, and the choice of their axes."""

from collections.abc import Mapping
from typing import Literal, get_args

import streamlit as st

from core.charts import CURVE_CONFIG, Over, overlay_figure
from core.runs import Metrics
from pages.components.columns import chart_grid

_OVER: dict[Over, str] = {"epoch": "Epochs", "images": "Images", "seconds": "Seconds"}
_MEASURES: tuple[Literal["loss", "accuracy", "learning_rate"], ...] = (
    "loss",
    "accuracy",
    "learning_rate",
)


def overlaid_curves(curves: Mapping[str, Metrics]) -> None:
    """Show loss, accuracy and learning rate of runs by their names."""
    with st.container(horizontal=True, vertical_alignment="center", key="overlay_options"):
        over = st.segmented_control(
            "Over",
            list(_OVER),
            format_func=lambda value: _OVER.get(value, str(value)),
            default="epoch",
            required=True,
            key="overlay_over",
            persist_state="session",
        )
        smoothing = st.slider(
            "Smoothing",
            0.0,
            0.98,
            step=0.02,
            key="overlay_smoothing",
            persist_state="session",
            width=220,
            help="How much of each point of the training curves is what came before it.",
        )
        is_log = st.toggle("Log scale", value=True, key="overlay_log", persist_state="session")
    with chart_grid("overlay"):
        for measure in _MEASURES:
            with st.container(key=f"overlay_{measure}_chart"):
                st.plotly_chart(
                    overlay_figure(
                        curves,
                        measure,
                        over=over if over in get_args(Over) else "epoch",
                        smoothing=min(0.98, max(0.0, float(smoothing))),
                        is_log=is_log,
                    ),
                    key=f"overlay_plot_{measure}",
                    config=CURVE_CONFIG,
                    alt=f"{measure.replace('_', ' ').capitalize()} of {len(curves)} runs",
                )
