"""Take parts of a network away, and see whether it still reads the image and the test images."""

from collections.abc import Sequence

import streamlit as st

from core.charts import COMPARED_HEIGHT, compared_figure
from core.evaluation import ImageSet
from core.explanation import (
    MOST_BITS,
    Intervention,
    Switchable,
    accuracy_after,
    answer_after,
    switchable_layers,
)
from core.reports import Measurement, Source
from pages.components.columns import wrapping_columns
from pages.components.explain.ablation import ablation
from pages.components.explain.choice import Explained
from pages.components.explain.waiting import when_ready
from pages.components.formats import as_text, confidence_text
from pages.components.resources import explainer, reports

_PREFIX = "switch_off_"
_LAYER, _PARTS, _NOISE = f"{_PREFIX}layer", f"{_PREFIX}parts_", f"{_PREFIX}noise"
_BITS, _BIASES, _MODEL = f"{_PREFIX}bits", f"{_PREFIX}biases", f"{_PREFIX}model"
_AS_TRAINED = 32
_ALL_BITS = [*range(1, MOST_BITS + 1), _AS_TRAINED]
_MOST_NOISE = 150  # per cent
_MOST_PILLS, _PILLS_HEIGHT = 128, 180


@st.fragment
def switch_off_tab(asked: Explained) -> None:
    """Show what the user may take away, and what that does to the answers."""
    with st.container(key="switch_off"):
        st.markdown(
            "Take parts of the network away: the answer and the accuracy below show how much "
            "depends on them. The model itself stays as it is."
        )
        layers = when_ready(
            lambda: explainer().explain(switchable_layers, asked.run), "Taking the network apart"
        )
        images = when_ready(
            lambda: Measurement(reports().images(Source("test")), 0.0), "Loading the images"
        )
        if layers is None or images is None:
            return
        _forget_other_model(asked)
        left, right = wrapping_columns("switch_off", 2, gap="medium")
        with left:
            number, intervention = _choose(layers)
        with right:
            _effect(asked, images, intervention)
    if number is not None:
        ablation(asked, images, number, layers[number])


def _choose(layers: Sequence[Switchable]) -> tuple[int | None, Intervention]:
    """Let the user choose; return the number of the layer that is looked at, too."""
    number = _choose_parts(layers) if layers else None
    if st.session_state.get(_BITS) not in _ALL_BITS:
        st.session_state[_BITS] = _AS_TRAINED
    noise = st.slider(
        "Noise on the weights",
        0,
        _MOST_NOISE,
        step=5,
        format="%d %%",
        key=_NOISE,
        persist_state="session",
        help="Random numbers are added to each layer's weights. Their standard deviation is this "
        "share of that of the weights.",
    )
    bits = st.select_slider(
        "Bits per weight",
        _ALL_BITS,
        format_func=lambda bits: f"{bits}" if bits < _AS_TRAINED else f"{bits}, as trained",
        key=_BITS,
        persist_state="session",
        help="Weights are rounded to so few values as these bits can name, the same distances "
        "apart. Fewer make a smaller and faster model.",
    )
    without_biases = st.toggle(
        "Without biases",
        key=_BIASES,
        persist_state="session",
        help="What is added to the sums: biases, and the shifts of normalisation.",
    )
    st.button("Undo all", key=f"{_PREFIX}undo", icon=":material/undo:", on_click=_undo)
    return number, Intervention(
        switched_off=_switched_off(layers),
        noise=noise / 100,
        without_biases=without_biases,
        bits=None if bits == _AS_TRAINED else bits,
    )


def _choose_parts(layers: Sequence[Switchable]) -> int:
    """Let the user choose a layer, and which of its parts give zero."""
    names = [f"{layer.name}: {layer.count} {layer.part}s" for layer in layers]
    if st.session_state.get(_LAYER) not in names:
        st.session_state[_LAYER] = names[0]
    number = names.index(st.selectbox("Layer", names, key=_LAYER, persist_state="session"))
    layer = layers[number]
    label = f"Switch off {layer.part}s"
    options, key = range(layer.count), f"{_PARTS}{number}"
    if layer.count > _MOST_PILLS:
        st.multiselect(label, options, format_func=_from_one, key=key, persist_state="session")
        return number
    with st.container(height=_PILLS_HEIGHT if layer.count > 32 else "content", border=False):
        st.pills(
            label,
            options,
            format_func=_from_one,
            selection_mode="multi",
            key=key,
            persist_state="session",
        )
    return number


def _switched_off(layers: Sequence[Switchable]) -> tuple[tuple[int, int], ...]:
    """Return what is switched off in all layers, that which is not looked at included."""
    return tuple(
        (number, part)
        for number, layer in enumerate(layers)
        for part in sorted(st.session_state.get(f"{_PARTS}{number}") or [])
        if 0 <= part < layer.count
    )


def _effect(asked: Explained, images: ImageSet, intervention: Intervention) -> None:
    """Show answer and accuracy, before and after."""
    answer = when_ready(
        lambda: explainer().explain(answer_after, asked.run, asked.image, intervention),
        "Reading the image again",
    )
    if answer is None:
        return
    before = asked.prediction
    digit = int(answer.argmax())
    said = (
        f"Now it reads {digit}, {confidence_text(float(answer[digit]))} sure; "
        f"before, {before.digit}, {confidence_text(before.confidence)} sure."
    )
    with st.container(horizontal=True, gap="medium", key=f"{_PREFIX}answer"):
        change = 100 * float(answer[before.digit] - before.probabilities[before.digit])
        st.metric(
            "Answer",
            f"{digit}",
            delta=_points(change, f"for {before.digit}"),
            width="content",
        )
        accuracy = _accuracy(asked, images, intervention)
    with st.container(height=COMPARED_HEIGHT, border=False):
        st.plotly_chart(
            compared_figure(before.probabilities, answer),
            key=f"{_PREFIX}probabilities",
            config={"displayModeBar": False},
            alt=f"Probability of each digit, before and now. {said}",
        )
    st.caption(said)
    if accuracy:
        st.caption(accuracy)


def _accuracy(asked: Explained, images: ImageSet, intervention: Intervention) -> str | None:
    """Show the accuracy, and return how many images it was measured on."""
    with st.container(width="content"):
        before, now = (
            when_ready(
                lambda done=done: explainer().explain(  # type: ignore[misc]
                    accuracy_after, asked.run, images, done
                ),
                "Reading 1,000 test images",
            )
            for done in (Intervention(), intervention)
        )
        if before is None or now is None:
            return None
        st.metric(
            "Accuracy",
            f"{now.accuracy:.1%}",
            delta=_points(100 * (now.accuracy - before.accuracy)),
            width="content",
        )
    return (
        f"{as_text(images.name)}: of {now.total:,} of them {now.correct:,} are read correctly, "
        f"and {before.correct:,} by the model as it is."
    )


def _points(change: float, of: str = "") -> str | None:
    """Write a change in percentage points; nothing where there is none."""
    return None if abs(change) < 0.05 else f"{change:+.1f} points {of}".rstrip()


def _from_one(part: int) -> str:
    return str(part + 1)


def _forget_other_model(asked: Explained) -> None:
    """Undo what was done to another model, which may have other layers."""
    if st.session_state.get(_MODEL, asked.model) != asked.model:
        _undo()
    st.session_state[_MODEL] = asked.model


def _undo() -> None:
    for key in [str(key) for key in st.session_state]:
        if key.startswith(_PARTS):
            st.session_state[key] = []
    st.session_state.update({_NOISE: 0, _BITS: _AS_TRAINED, _BIASES: False})
