"""A layer's channels or neurons, and for one of them the test images that excite it most."""

import base64
from collections import Counter

import numpy as np
import streamlit as st

from core.charts import activation_png, attribution_png
from core.explanation import LayerView, exciting_images, exciting_ink
from core.reports import Measurement, Source
from pages.components.columns import wrapping_columns
from pages.components.explain.choice import Explained
from pages.components.explain.waiting import when_ready
from pages.components.resources import explainer, reports

_TILE, _SWATCH, _LARGE, _EXAMPLE = 56, 24, 196, 72  # in pixels
_STYLE = (
    f".st-key-channel_tiles img {{ height: {_TILE}px !important; width: auto !important;"
    " max-height: none !important; image-rendering: pixelated; border-radius: 0.2rem; }"
    f" .st-key-neuron_tiles img {{ height: {_SWATCH}px !important;"
    f" width: {_SWATCH}px !important; border-radius: 0.2rem; }}"
    " .st-key-channel_tiles button, .st-key-neuron_tiles button"
    " { height: auto; padding: 0.3rem 0.5rem; border-radius: 0.6rem; }"
)


def channels(asked: Explained, step: int, view: LayerView) -> None:
    """Show a layer's strongest channels, and more of the one that is chosen."""
    is_map = view.values.ndim == 3
    shown = [int(channel) for channel in view.channels]
    what = "channels" if is_map else "neurons"
    size = " of {1} × {0}".format(*view.values.shape[1:]) if is_map else ""
    few = "" if len(shown) == view.total else f", the {len(shown)} strongest shown"
    st.caption(
        f"{view.name}: {view.total} {what}{size}{few}. First those that differ most from what they "
        "give for blank paper; orange is above zero, blue below, white nothing."
    )
    key = f"layers_channel_{step}"
    if st.session_state.get(key) not in shown:
        st.session_state[key] = shown[0]
    st.html(f"<style>{_STYLE}</style>")
    with st.container(key="channel_tiles" if is_map else "neuron_tiles"):
        chosen: int | None = st.pills(
            what.capitalize(),
            shown,
            format_func=lambda channel: _tile(view, shown.index(channel)),
            key=key,
            required=True,
            persist_state="session",
            label_visibility="collapsed",
            wrap=True,
        )
    if chosen in shown:
        with st.container(key="chosen_channel", border=True):
            _one_channel(asked, step, view, shown.index(chosen))


def _tile(view: LayerView, place: int) -> str:
    """Return Markdown of a channel: Streamlit tells options apart by it, so it names it."""
    channel, values = int(view.channels[place]), view.values[place]
    picture = activation_png(np.atleast_2d(values), limit=view.limit, side=_TILE)
    encoded = base64.b64encode(picture).decode()
    number = "" if values.ndim else f" {float(values):.2f}"
    return f"![Number {channel + 1}](data:image/png;base64,{encoded}) **{channel + 1}**{number}"


def _one_channel(asked: Explained, step: int, view: LayerView, place: int) -> None:
    channel, values = int(view.channels[place]), view.values[place]
    what = "Channel" if values.ndim else "Neuron"
    name = f"{what} {channel + 1} of {view.name}"
    if not values.ndim:
        st.markdown(f"**{name}** gives {float(values):.2f} for this image.")
        _examples(asked, step, channel, name)
        return
    st.markdown(f"**{name}** gives at most {float(values.max()):.2f} for this image.")
    left, right = wrapping_columns("channel", [1, 2], gap="medium")
    with left:
        st.image(
            activation_png(values, limit=float(np.abs(values).max()), side=_LARGE),
            width=_LARGE,
            alt=f"{name}: what it gives for this image",
        )
    with right:
        _examples(asked, step, channel, name)


def _examples(asked: Explained, step: int, channel: int, name: str) -> None:
    """Show the test images that excite a channel most, with the ink that does."""
    images = when_ready(
        lambda: Measurement(reports().images(Source("test")), 0.0), "Loading the test images"
    )
    if images is None:
        return
    found = when_ready(
        lambda: explainer().explain(exciting_images, asked.run, images, step),
        "Trying 1,000 test images",
    )
    if found is None:
        return
    order, values = found.order[channel], found.values[channel]
    if values[0] <= found.least[channel]:
        st.caption(f"It gives the same for each of {len(found.labels):,} test images.")
        return
    strongest = found.images[order]
    ink = when_ready(
        lambda: explainer().explain(exciting_ink, asked.run, strongest, step, channel),
        "Finding the ink",
    )
    if ink is None:
        return
    labels = [int(label) for label in found.labels[order]]
    digit, times = Counter(labels).most_common(1)[0]
    st.caption(
        f"The {len(labels)} of {len(found.labels):,} test images that excite it most, with its "
        f"value for each; {times} of them are {digit}s. Orange ink excites it, blue ink calms it."
    )
    with st.container(horizontal=True, gap="small"):
        for image, one, label, value in zip(strongest, ink, labels, values, strict=True):
            st.image(
                attribution_png(image, one, limit=float(np.abs(one).max()), side=_EXAMPLE),
                caption=f"{value:.2f}",
                width=_EXAMPLE,
                alt=f"A {label} that excites {name}: {value:.2f}",
            )
