"""A table of all models with their accuracy on test data, drawn digits and the user's drawings."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future

import pandas as pd
import streamlit as st

from core.classifier import shipped_card
from core.evaluation import LOAD_DIGITS_NAME
from core.reports import Share, Source
from pages.components.dialogs import show_anew
from pages.components.evaluate.choice import Judged
from pages.components.formats import (
    PERCENT_COLUMN,
    ROW_HEIGHT,
    as_text,
    percent_value,
    table_height,
)
from pages.components.resources import if_ready, reports

# Shown at first; measuring a model takes about a second.
_MAX_MODELS = 12
_POLL_SECONDS = 0.5
# In pixels: on a phone there is room for figures beside it.
_NAME_WIDTH = 214


def models_table(judged: Mapping[str, Judged], own: Source | None) -> None:
    """Show the models, the shipped one first, then the newest; measure those not yet measured.

    `own` are the user's labelled drawings.
    """
    models = [*judged.values()]
    if len(models) > _MAX_MODELS and not st.toggle(
        f"Measure all {len(models)} models, not only the newest", key="all_models"
    ):
        models = models[:_MAX_MODELS]
    is_done = all(future.done() for model in models for future in _futures(model, own))
    st.fragment(_show, run_every=None if is_done else _POLL_SECONDS)(models, own, not is_done)


def _show(models: Sequence[Judged], own: Source | None, polls: bool) -> None:
    measured = [_futures(model, own) for model in models]
    num_done = sum(all(future.done() for future in futures) for futures in measured)
    if polls and num_done == len(models):
        show_anew()
    own_title = f"Your drawings ({len(own.drawings) if own else 0:,})"
    drawn = [_recorded_drawn(model) for model in models]
    tested = [_tested(model) for model in models]
    with st.container(key="models_table"):
        st.dataframe(
            pd.DataFrame(
                {
                    "Model": [model.name for model in models],
                    "Test accuracy": [percent_value(accuracy) for accuracy, _ in tested],
                    "Drawn digits": [
                        percent_value(recorded) if recorded is not None else _accuracy(futures[-1])
                        for recorded, futures in zip(drawn, measured, strict=True)
                    ],
                    own_title: [_accuracy(futures[0]) if own else None for futures in measured],
                    "Test data": [data for _, data in tested],
                }
            ).astype({"Test accuracy": float, "Drawn digits": float, own_title: float}),
            key="models",
            hide_index=True,
            row_height=ROW_HEIGHT,
            height=table_height(len(models)),
            column_config={
                "Model": st.column_config.TextColumn(pinned=True, width=_NAME_WIDTH),
                **dict.fromkeys(("Test accuracy", "Drawn digits", own_title), PERCENT_COLUMN),
            },
            placeholder="–",
            alt="Models with the share of digits that each reads correctly",
        )
    if num_done < len(models):
        st.progress(
            num_done / len(models),
            text=f":shimmer[Measuring the models: {num_done} of {len(models)} done.]",
        )
    for model, futures in zip(models, measured, strict=True):
        for problem in {str(f.exception()) for f in futures if f.done() and f.exception()}:
            st.error(as_text(f"{model.name}: {problem}"), icon=":material/error:")
    st.caption(as_text(f"Drawn digits: {LOAD_DIGITS_NAME}, read through the app's preprocessing."))
    if len({data for _, data in tested if data}) > 1:
        st.caption("Test accuracies on different data cannot be compared; the drawn digits can.")


def _futures(model: Judged, own: Source | None) -> list[Future[Share | None]]:
    """Return what has to be measured of a model: on the user's drawings, then on drawn digits."""
    sources = [own] if own else []
    if _recorded_drawn(model) is None:
        sources.append(Source("load_digits"))
    return [reports().accuracy(model.run, source) for source in sources]


def _recorded_drawn(model: Judged) -> float | None:
    """Return a model's accuracy on drawn digits, in [0, 1], where it was measured before."""
    if model.run is None:
        return shipped_card().get("load_digits_accuracy")
    record = model.run.recorded()
    results = None if record.origin else record.results  # which are what somebody's file says
    return results.drawn_accuracy if results and results.drawn_name == LOAD_DIGITS_NAME else None


def _tested(model: Judged) -> tuple[float | None, str | None]:
    """Return a model's accuracy on the test part of its own data, in [0, 1], and its name."""
    if model.run is None:
        return shipped_card().get("test_accuracy"), "MNIST"
    record = model.run.recorded()
    if record.data is None or record.results is None or record.results.test_accuracy is None:
        return None, None
    said = ", as its file says" if record.origin else ""
    return record.results.test_accuracy, f"{record.data.name}{said}"


def _accuracy(future: Future[Share | None]) -> float | None:
    measured = if_ready(future)
    return percent_value(measured.accuracy) if measured else None
