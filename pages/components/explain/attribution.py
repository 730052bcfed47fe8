"""Which ink decided, by several methods; the evidence for each digit; how far to trust the maps."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import streamlit as st

from core.charts import Change, attribution_png, faithfulness_figure
from core.explanation import (
    RANDOM_ORDER,
    Attribution,
    Method,
    SampledMethod,
    attribute,
    attribute_sampled,
    completeness,
    deletion_and_insertion,
    describe_place,
    evidence_for_all,
    randomised,
)
from core.reports import Measurement
from pages.components.columns import chart_columns, tile_grid
from pages.components.explain.choice import Explained
from pages.components.explain.reason import chosen_digits
from pages.components.explain.waiting import when_ready
from pages.components.resources import explainer

_SIDE, _SMALL = 168, 62  # in pixels


@dataclass(frozen=True)
class _Described:
    """A method and what to say of it."""

    name: str
    sentence: str


_METHODS: dict[Method, _Described] = {
    "integrated_gradients": _Described(
        "Integrated gradients",
        "What each pixel adds to the logit on the way from blank paper to this image.",
    ),
    "gradient": _Described(
        "Gradient",
        "How much a little more ink would raise the logit, also where there is none yet.",
    ),
    "occlusion": _Described(
        "Occlusion", "How much the logit falls when a square of 5 x 5 pixels is covered."
    ),
    "grad_cam": _Described(
        "Grad-CAM", "Where the last convolution found what counts for the digit; coarse."
    ),
}


_SAMPLED: dict[SampledMethod, _Described] = {
    "shap": _Described(
        "SHAP",
        "What each pixel adds to the logit, on average over the ways from 50 other digits.",
    ),
    "lime": _Described(
        "LIME",
        "What each square of 4 x 4 pixels adds to the logit: a linear model of 1,000 images with "
        "some squares covered.",
    ),
}


@st.fragment
def attribution_tab(asked: Explained) -> None:
    """Show the maps of all methods, of all digits, and how far they can be trusted."""
    digit, against = chosen_digits()
    question = f"Why {digit}" + ("?" if against is None else f" and not {against}?")
    st.caption(
        f"**{question}** Look for ink on which the methods agree; where they differ, trust none "
        "of them alone. Each map has its own scale: orange counts for, blue against."
    )
    found = _maps(asked, digit, against)
    st.markdown("##### Evidence for each digit")
    _evidence(asked)
    st.markdown("##### How far to trust these maps")
    _trust(asked, found, digit, against)


def _maps(asked: Explained, digit: int, against: int | None) -> dict[str, Attribution]:
    """Show a map for each method; return those that there are, by the method's name."""
    given = (asked.image, digit, against)
    found: dict[str, Attribution | None] = {}
    with tile_grid("attribution_methods"):
        for method, described in _METHODS.items():
            compute = partial(explainer().explain, attribute, asked.run, method, *given)
            found[described.name] = _map(asked, method, described, compute)
    if st.toggle(
        "Also SHAP and LIME, which take some seconds", key="sampled_maps", persist_state="session"
    ):
        with tile_grid("sampled_methods"):
            for sampled, described in _SAMPLED.items():
                search = partial(explainer().search, attribute_sampled, asked.run, sampled, *given)
                found[described.name] = _map(asked, sampled, described, search)
    return {name: result for name, result in found.items() if result is not None}


def _map(
    asked: Explained,
    key: str,
    described: _Described,
    compute: Callable[[], Measurement[Attribution]],
) -> Attribution | None:
    with st.container(key=f"map_{key}"):
        st.markdown(f"**{described.name}**")
        result = when_ready(compute, f"Computing {described.name}")
        if result is not None:
            _picture(asked, result.values, described.name, side=_SIDE)
            st.caption(f"{described.sentence} {_time_text(result.seconds)}")
    return result


def _evidence(asked: Explained) -> None:
    maps = when_ready(
        lambda: explainer().explain(evidence_for_all, asked.run, asked.image),
        "Looking for evidence for each digit",
    )
    if maps is None:
        return
    st.caption(
        "Integrated gradients of each digit's logit on one scale: blue is ink that counts against "
        "that digit."
    )
    limit = float(np.abs(maps).max())
    with st.container(key="evidence", horizontal=True, gap="xsmall"):
        for digit, values in enumerate(maps):
            with st.container(width=_SMALL):
                name = f"Evidence for {digit}"
                _picture(asked, values, name, side=_SMALL, limit=limit)
                share = asked.prediction.probabilities[digit]
                st.caption(f"**{digit}**: {share:.1%}", text_alignment="center")


def _trust(
    asked: Explained, found: dict[str, Attribution], digit: int, against: int | None
) -> None:
    """Show what tells whether the maps are about this network: three checks."""
    integrated = found.get(_METHODS["integrated_gradients"].name)
    sums = integrated and when_ready(
        lambda: explainer().explain(
            completeness, asked.run, integrated, asked.image, digit, against
        ),
        "Adding up the map",
    )
    if sums:
        what = "logit" if against is None else f"difference of the logits of {digit} and {against}"
        st.markdown(
            f"**The sum.** Integrated gradients add up to {sums.total:.2f}; from blank paper to "
            f"this image the {what} rises by {sums.difference:.2f}. Both should be the same."
        )
    curves = when_ready(
        lambda: explainer().explain(
            deletion_and_insertion, asked.run, asked.image, tuple(found.items()), digit, against
        ),
        "Removing ink in the order of each map",
    )
    if curves is not None:
        st.markdown(
            "**Removing and showing ink.** In the order of a good map the answer is lost sooner "
            "than in a random order when ink is removed (first chart, lower is better), and found "
            "sooner when only that ink is shown (second chart, higher is better)."
        )
        changes: tuple[Change, ...] = ("deleted", "inserted")
        for column, which in zip(chart_columns("faithfulness"), changes, strict=True):
            with column:
                st.plotly_chart(
                    faithfulness_figure(curves, which, baseline=RANDOM_ORDER),
                    key=f"plot_{which}",
                    config={"displayModeBar": False},
                    alt=f"Probability against the share of ink that is {which}, for each method",
                )
    _random_weights(asked, found, digit, against)


def _random_weights(
    asked: Explained, found: dict[str, Attribution], digit: int, against: int | None
) -> None:
    st.markdown(
        "**Random weights.** The same methods on a network whose weights were shuffled. A map that "
        "hardly changes shows the drawing, not what the network learned."
    )
    with tile_grid("random_weights"):
        for method, described in _METHODS.items():
            if described.name not in found:
                continue  # why there is none is said above
            with st.container(key=f"random_{method}"):
                result = when_ready(
                    partial(
                        explainer().explain,
                        randomised,
                        asked.run,
                        method,
                        found[described.name],
                        asked.image,
                        digit,
                        against,
                    ),
                    f"{described.name} with random weights",
                )
                if result is not None:
                    _picture(asked, result.values, described.name, side=_SIDE)
                    text = "no correlation can be computed"
                    if result.correlation is not None:
                        text = f"rank correlation {result.correlation:.2f}"
                    st.caption(f"{described.name}: {text}.")


def _picture(
    asked: Explained, values: np.ndarray, name: str, *, side: int, limit: float | None = None
) -> None:
    largest = float(np.abs(values).max()) if limit is None else limit
    st.image(
        attribution_png(asked.image, values, limit=largest, side=side),
        width=side,
        alt=f"{name}. {describe_place(values)}",
    )


def _time_text(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms." if seconds < 1 else f"{seconds:.1f} s."
