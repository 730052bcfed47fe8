"""The map of which parts of a layer matter for which digit, computed when it is asked for."""

import numpy as np
import streamlit as st

from core.charts import ablation_figure
from core.evaluation import ImageSet
from core.explanation import Ablation, Switchable, ablation_map
from pages.components.explain.choice import Explained
from pages.components.explain.waiting import when_ready
from pages.components.formats import as_text
from pages.components.resources import explainer

_ASKED = "ablation_asked"


def ablation(asked: Explained, images: ImageSet, number: int, layer: Switchable) -> None:
    """Show the map of one layer, its `number` from 0, or the button that starts it."""
    with st.container(key="ablation_map"):
        st.markdown(f"#### Which {layer.part}s of {layer.name} matter for which digit")
        st.markdown(
            f"Each {layer.part} is switched off alone: orange is where the digits of a row are "
            "read worse without it, blue where they are read better."
        )
        this = (asked.model, number)
        if st.session_state.get(_ASKED) != this:
            st.button(
                f"Switch off each {layer.part} once",
                key="ablation_start",
                icon=":material/grid_on:",
                on_click=lambda: st.session_state.update({_ASKED: this}),
            )
            return
        found = when_ready(
            lambda: explainer().search(ablation_map, asked.run, images, number),
            f"Switching off each {layer.part} of {layer.name}",
        )
        if found is not None:
            _show(found, images)


def _show(found: Ablation, images: ImageSet) -> None:
    part, digit = np.unravel_index(found.fall.argmax(), found.fall.shape)
    name, fall = found.layer.part, 100 * found.fall[part, digit]
    said = (
        f"Most depends on {name} {part + 1}: without it the probability of {digit} falls by "
        f"{fall:.1f} points on average over the {digit}s."
    )
    st.plotly_chart(
        ablation_figure(found.fall, _texts(found), part=name),
        key="ablation_chart",
        config={"displayModeBar": False},
        alt=f"What each digit loses without each {name} of {found.layer.name}. {said}",
    )
    first = len(found.fall)
    only = "" if first == found.layer.count else f" Only the first {first} {name}s are shown."
    st.caption(
        f"{said} Measured on {found.num_images.sum()} images of {as_text(images.name)}.{only}"
    )


def _texts(found: Ablation) -> list[list[str]]:
    """Say of each part and digit what is lost."""
    return [
        [
            f"Without {found.layer.part} {part + 1}, {digit}: {-100 * fall:+.1f} points<br>"
            f"{correct} of {total} read correctly, {before} with it"
            for digit, (fall, correct, before, total) in enumerate(
                zip(*row, found.correct_before, found.num_images, strict=True)
            )
        ]
        for part, row in enumerate(zip(found.fall, found.correct, strict=True))
    ]
