"""Whether the accuracies of runs differ by more than chance."""

from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st

from core.evaluation import Difference, compare_answers
from core.runs import Run, RunRecord
from pages.components.formats import as_text

_MOST = 8  # runs, which make 28 pairs


def verdict(chosen: Sequence[tuple[Run, RunRecord]], names: Mapping[str, str]) -> None:
    """Say which two of these runs differ by more than chance, on the same test images."""
    correct = _correct(chosen)
    if len(correct) < 2:
        return
    if len(correct) > _MOST:
        st.caption(f"Tick at most {_MOST} runs to see which differ by more than chance.")
        return
    count = len(next(iter(correct.values())))
    with st.container(key="verdict"):
        for each in compare_answers(correct):
            st.markdown(_said(each, names))
        st.caption(
            f"By McNemar's exact test on the same {count:,} test images"
            + (", corrected for several comparisons (Holm)." if len(correct) > 2 else ".")
            + " It does not say how much another seed would change."
        )


def _said(each: Difference, names: Mapping[str, str]) -> str:
    sides = [(each.only_first, each.first), (each.only_second, each.second)]
    (more, better), (less, other) = sorted(sides, key=lambda side: -side[0])
    better, other = (as_text(names[key]) for key in (better, other))
    numbers = f"{more:,} images only by the former, {less:,} only by the latter, "
    numbers += r"p \< 0.001" if each.p_value < 0.001 else f"p = {each.p_value:.3f}"
    if not each.is_significant:
        return f"**{better}** and **{other}**: the difference can be chance ({numbers})."
    return f"**{better}** is better than **{other}**, by more than chance ({numbers})."


def _correct(chosen: Sequence[tuple[Run, RunRecord]]) -> dict[str, np.ndarray]:
    """Return which test images each run read right; only of runs with the images of the first."""
    correct: dict[str, np.ndarray] = {}
    images: tuple[str, bytes] | None = None
    for run, _ in chosen:
        answers = run.test_predictions()
        if answers is None:
            continue
        own = (answers.data, answers.labels.tobytes())
        images = images or own
        if own == images:
            correct[run.id] = answers.probabilities.argmax(axis=1) == answers.labels
    return correct
