"""Where a model breaks: its accuracy on distorted images, beside another model's."""

from collections.abc import Mapping, Sequence

import streamlit as st

from core.charts import robustness_figure
from core.evaluation import DISTORTIONS, Robustness
from core.reports import Measurement, Source
from pages.components.choosing import choose
from pages.components.columns import chart_grid
from pages.components.dialogs import show_anew
from pages.components.evaluate.choice import Judged
from pages.components.formats import as_text
from pages.components.resources import if_ready, reports

_NONE = "none"
_POLL_SECONDS = 0.7


def robustness_section(models: Mapping[str, Judged], judged: Judged, source: Source) -> None:
    """Show a curve for each distortion, and those of another model that the user chooses."""
    with st.container(key="robustness"):
        st.markdown("#### Where it breaks")
        st.caption(
            "Accuracy on the same images after each is distorted, as the network gets them: no "
            "preprocessing puts them right again."
        )
        others = {key: m.label for key, m in models.items() if m.run != judged.run}
        beside = _NONE
        if others:
            beside = choose("Compare with", "compared_model", {_NONE: "No other model", **others})
        shown = [judged] if beside == _NONE else [judged, models[beside]]
        is_done = all(m.future.done() for m in _measure(shown, source))
        st.fragment(_show, run_every=None if is_done else _POLL_SECONDS)(shown, source, not is_done)


def _show(shown: Sequence[Judged], source: Source, polls: bool) -> None:
    """Show what has been measured, and how far the rest is."""
    measurements = _measure(shown, source)
    if polls and all(m.future.done() for m in measurements):
        show_anew()
    for model, measurement in zip(shown, measurements, strict=True):
        if not measurement.future.done():
            text = f":shimmer[Distorting images for {as_text(model.name)}]"
            st.progress(measurement.share, text=text)
        elif error := measurement.future.exception():
            st.info(as_text(f"{model.name}: {error}"), icon=":material/info:")
    measured = {
        model.name: curves
        for model, measurement in zip(shown, measurements, strict=True)
        if (curves := if_ready(measurement.future))
    }
    if measured:
        _charts(measured)


def _charts(measured: Mapping[str, Robustness]) -> None:
    count = next(iter(measured.values())).count
    st.caption(f"{count:,} images at each level; bars show the 95% confidence interval.")
    with chart_grid("robustness"):
        for distortion in DISTORTIONS:
            curves = {name: m.accuracies(distortion.name) for name, m in measured.items()}
            st.plotly_chart(
                robustness_figure(distortion.axis_title, curves, neutral=distortion.neutral),
                key=f"robustness_{distortion.name}",
                config={"displayModeBar": False},
                alt=f"Accuracy against {distortion.label.lower()}",
            )


def _measure(shown: Sequence[Judged], source: Source) -> list[Measurement[Robustness]]:
    return [reports().robustness(model.run, source) for model in shown]
