"""What happens in a network while it learns: how it classifies a drawing, and its layers."""

import streamlit as st

from core.charts import CURVE_CONFIG, LAYER_MEASURES, LayerMeasure, layer_figure, weight_sheet
from core.runs import Metrics, Run, RunRecord
from pages.components.drawing_moment import drawing_moment

_DRAWING, _LAYERS = "Your digit", "Inside the layers"
_MEASURE_NOTES = {
    "gradient_norm": "How steep the loss is for each layer's weights (Euclidean norm, on one "
    "batch without dropout). Close to nothing in the first layers: they learn nothing.",
    "update_ratio": "How far one step moves a layer's weights, as a share of their size. About "
    "a thousandth is usual; far more is unstable, far less is slow.",
    "dead_share": "The share of a layer's neurons or filters that gave zero for every image of a "
    "batch. Those that stay so no longer learn.",
}


def insights(run: Run, record: RunRecord, metrics: Metrics) -> None:
    """Show one of the views, chosen by the user; the others cost nothing."""
    if record.hyperparameters is None or not metrics:
        return
    chosen = st.segmented_control(
        "Look inside", [_DRAWING, _LAYERS], default=_DRAWING, key="insight", persist_state="session"
    )
    with st.container(key="insights"):
        if chosen == _DRAWING:
            _show_drawing(run, record, metrics)
        elif chosen == _LAYERS:
            _show_layers(run, record, metrics)


def _show_drawing(run: Run, record: RunRecord, metrics: Metrics) -> None:
    if (image := run.drawing()) is None:
        st.caption(
            "Draw a digit on the Draw page before you start a run, and here you see how the "
            "network learns to classify it."
        )
        return
    if not (records := metrics.drawings):
        st.caption(
            ":shimmer[Your last drawing is classified during training, for the first time in a "
            "moment.]"
        )
        return
    last, at = len(records) - 1, None
    moment = records[last]
    if record.is_finished and last > 0:
        chosen = st.slider(
            "Moment",
            0,
            last,
            value=last,
            key="drawing_moment",
            help="Goes back to how the network classified it earlier.",
        )
        moment = records[min(chosen, last)]
        at = moment.epoch
    drawing_moment(image, records, moment, num_epochs=record.num_epochs, at=at)


def _show_layers(run: Run, record: RunRecord, metrics: Metrics) -> None:
    if not metrics.layers:
        st.caption("The first look inside comes after some seconds of training.")
        return
    if (weights := run.first_layer()) is not None:
        st.image(weight_sheet(weights), alt="Weights of the first layer")
        st.caption(
            "The first layer's weights, one picture for each of its first 64 neurons or filters: "
            "orange counts for it, blue against it."
        )
    measure: LayerMeasure = st.segmented_control(
        "Measure",
        list(LAYER_MEASURES),
        format_func=LAYER_MEASURES.__getitem__,
        default="update_ratio",
        required=True,
        key="layer_measure",
        persist_state="session",
    )
    with st.container(key="layer_chart"):
        st.plotly_chart(
            layer_figure(metrics.layers, measure, num_epochs=record.num_epochs),
            key="plot_layers",
            config=CURVE_CONFIG,
            alt=f"{LAYER_MEASURES[measure]} of each layer over the epochs",
        )
    st.caption(_MEASURE_NOTES[measure])
