"""A table of all models with their accuracy on test data, drawn digits and the user's drawings."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from core.drawing import DrawingStore, LabelledDrawing
from core.evaluation import DrawnDigitAccuracy
from core.runs import distinct_names
from core.settings import PRETRAINED
from pages.components.formats import (
    PERCENT_COLUMN,
    ROW_HEIGHT,
    as_text,
    percent_value,
    table_height,
)
from pages.components.model_choice import shipped_test_accuracy
from pages.components.resources import if_ready, loader, run_store

# Shown at first; measuring a model takes about a second.
_MAX_MODELS = 12
_POLL_SECONDS = 0.5
# In pixels: on a phone there is room for figures beside it.
_NAME_WIDTH = 214


@dataclass(frozen=True)
class _Model:
    """A model, its recorded test accuracy in [0, 1], and the name of the data behind that."""

    name: str
    path: Path
    test_accuracy: float | None = None
    tested_on: str | None = None


def models_table(store: DrawingStore | None, drawings: Sequence[LabelledDrawing]) -> None:
    """Show the models, the shipped one first, then the newest; measure those not yet measured.

    `drawings` are those of the user, in `store`.
    """
    accuracy = shipped_test_accuracy()
    shipped = _Model("Shipped model", PRETRAINED, accuracy, None if accuracy is None else "MNIST")
    models = [shipped, *_of_runs()]
    if len(models) > _MAX_MODELS and not st.toggle(
        f"Measure all {len(models)} models, not only the newest", key="all_models"
    ):
        models = models[:_MAX_MODELS]
    is_done = all(future.done() for model in models for future in _futures(model, store, drawings))
    st.fragment(_show, run_every=None if is_done else _POLL_SECONDS)(
        models, store, drawings, not is_done
    )


def _show(
    models: list[_Model],
    store: DrawingStore | None,
    drawings: Sequence[LabelledDrawing],
    polls: bool,
) -> None:
    measured = [_futures(model, store, drawings) for model in models]
    num_done = sum(all(future.done() for future in futures) for futures in measured)
    if polls and num_done == len(models):
        st.rerun()
    own = f"Your drawings ({len(drawings):,})"
    figures = [[if_ready(future) for future in futures] for futures in measured]
    with st.container(key="models_table"):
        st.dataframe(
            pd.DataFrame(
                {
                    "Model": [model.name for model in models],
                    "Test accuracy": [percent_value(model.test_accuracy) for model in models],
                    "Drawn digits": [_accuracy(drawn) for drawn, *_ in figures],
                    own: [_accuracy(rest[0]) if rest else None for _, *rest in figures],
                    "Test data": [model.tested_on for model in models],
                }
            ).astype({"Test accuracy": float, "Drawn digits": float, own: float}),
            key="models",
            hide_index=True,
            row_height=ROW_HEIGHT,
            height=table_height(len(models)),
            column_config={
                "Model": st.column_config.TextColumn(pinned=True, width=_NAME_WIDTH),
                **dict.fromkeys(("Test accuracy", "Drawn digits", own), PERCENT_COLUMN),
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
    for name in sorted({drawn.name for drawn, *_ in figures if drawn}):
        st.caption(as_text(f"Drawn digits: {name}, read through this app's own preprocessing."))
    if len({model.tested_on for model in models if model.tested_on}) > 1:
        st.caption("Test accuracies on different data cannot be compared; the drawn digits can.")


def _futures(
    model: _Model, store: DrawingStore | None, drawings: Sequence[LabelledDrawing]
) -> list[Future[DrawnDigitAccuracy | None]]:
    """Return a model's measurements: on drawn digits, and on the user's drawings if any."""
    futures: list[Any] = [loader().drawn_digits(model.path)]
    if store and drawings:
        futures.append(loader().labelled_drawings(model.path, store, drawings))
    return futures


def _accuracy(result: DrawnDigitAccuracy | None) -> float | None:
    return percent_value(result.accuracy) if result else None


def _of_runs() -> list[_Model]:
    """Return the models of runs that have ended, newest first."""
    runs = [(run, run.read()) for run in run_store().list() if run.model_path.exists()]
    ended = [
        (r, record) for r, record in runs if record.is_finished and record.status != "unreadable"
    ]
    names = distinct_names([record for _, record in ended], timezone=st.context.timezone)
    models = []
    for run, record in ended:
        accuracy = record.results.test_accuracy if record.results else None
        tested_on = record.data.name if record.data and accuracy is not None else None
        models.append(_Model(names[run.id], run.model_path, accuracy, tested_on))
    return models
