"""Similar images: where the image lies among test images, and the training images next to it."""

import streamlit as st

from core.charts import embedding_figure, to_png
from core.data import as_floats
from core.evaluation import ImageSet
from core.explanation import (
    COMPARED_IMAGES,
    Embedding,
    nearest_images,
    project,
    project_tsne,
    project_umap,
)
from core.reports import Measurement, Source
from pages.components.columns import wrapping_columns
from pages.components.explain.choice import Explained
from pages.components.explain.waiting import when_ready
from pages.components.formats import as_text
from pages.components.resources import explainer, reports

_NUM_NEAREST, _TILE, _LARGE = 12, 84, 112  # the sides of images are in pixels
_PLOT, _METHOD = "neighbours_plot", "neighbours_method"
_PCA = "PCA"
_METHODS = {
    _PCA: "The two directions in which the features vary most.",
    "t-SNE": "Neighbours stay neighbours; distances between groups say little.",
    "UMAP": "Neighbours stay neighbours, and groups keep more of their order than with t-SNE.",
}


@st.fragment
def neighbours_tab(asked: Explained) -> None:
    """Show where the image lies among test images, and the most similar training images."""
    with st.container(key="neighbours"):
        st.markdown(
            "Look at where the image lies: well inside the group of one digit the answer is clear "
            "to the network, and at the edge of a group or between two it is in doubt."
        )
        left, right = wrapping_columns("neighbours", [3, 2])
        parts = [(left, _map), (right, _nearest)]
        if st.session_state.get(_METHOD, _PCA) != _PCA:
            parts.reverse()  # what takes long comes last
        for column, show in parts:
            with column:
                show(asked)


def _map(asked: Explained) -> None:
    """Show the first test images as points, the image among them, and the point clicked."""
    images = when_ready(
        lambda: Measurement(reports().images(Source("test")), 0.0), "Loading the images"
    )
    if images is None:
        return
    # Streamlit hands back whatever the browser sends.
    if st.session_state.get(_METHOD) not in _METHODS:
        st.session_state[_METHOD] = next(iter(_METHODS))
    method = st.segmented_control(
        "Arranged by", list(_METHODS), key=_METHOD, persist_state="session", required=True
    )
    with st.container():
        embedding = _embedding(asked, images, str(method))
        if embedding is None:
            return
        chosen = _chosen(len(embedding.labels))
        st.plotly_chart(
            embedding_figure(
                embedding.points,
                embedding.labels,
                embedding.answers,
                here=embedding.here,
                name=asked.name,
                variance=embedding.variance,
                chosen=chosen,
            ),
            key=_PLOT,
            config={"displayModeBar": False},
            on_select="rerun",
            selection_mode="points",
            alt=f"{len(embedding.labels):,} test images as points, and the image among them",
        )
        st.caption(
            f"The star is {as_text(asked.name)}; the points are {len(embedding.labels):,} of "
            f"{as_text(images.name)}, by what the network's last layer gets. "
            f"{_METHODS[str(method)]} Click a point to see its image."
        )
        if chosen is not None:
            label, answer = int(embedding.labels[chosen]), int(embedding.answers[chosen])
            with st.container(horizontal=True, vertical_alignment="center", key="clicked_image"):
                st.image(_png(images, chosen, side=_LARGE), width=_LARGE, alt=f"A {label}")
                st.markdown(f"Image {chosen + 1:,}: a **{label}**, read as {answer}.")


def _embedding(asked: Explained, images: ImageSet, method: str) -> Embedding | None:
    if method == _PCA:
        return when_ready(
            lambda: explainer().explain(project, asked.run, asked.image, images),
            "Arranging test images",
        )
    function = project_tsne if method == "t-SNE" else project_umap
    return when_ready(
        lambda: explainer().search(function, asked.run, asked.image, images),
        f"Arranging test images by {method}, which takes up to a minute",
    )


def _nearest(asked: Explained) -> None:
    """Show the most similar training images, each with its digit."""
    st.markdown("#### Most similar training images")
    training = when_ready(
        lambda: Measurement(explainer().training_images(), 0.0), "Loading the training images"
    )
    if training is None:
        return
    nearest = when_ready(
        lambda: explainer().explain(nearest_images, asked.run, asked.image, training, _NUM_NEAREST),
        "Looking for similar images",
    )
    if nearest is None:
        return
    num_compared = min(COMPARED_IMAGES, len(training.labels))
    same = sum(other.label == asked.prediction.digit for other in nearest)
    st.markdown(f"{same} of {len(nearest)} are a {asked.prediction.digit}, which is the answer.")
    with st.container(horizontal=True, gap="small", key="nearest_tiles"):
        for other in nearest:
            said = f"A {other.label}, at distance {other.distance:.3f}"
            with st.container(width=_TILE, gap=None):
                st.image(_png(training, other.index, side=_TILE), width=_TILE, alt=said)
                st.caption(f"**{other.label}** · {other.distance:.3f}")
    st.caption(
        f"Of {num_compared:,} images of {as_text(training.name)}, training part, which this "
        "model may or may not have been trained on. Distance 0: the last layer gets the same; "
        "1: nothing in common."
    )


def _chosen(count: int) -> int | None:
    """Return the index of the point that was clicked, where there is such a point."""
    match st.session_state.get(_PLOT):
        case {"selection": {"points": [{"customdata": [int(index), *_]}, *_]}}:
            return index if 0 <= index < count else None
    return None


def _png(images: ImageSet, index: int, *, side: int) -> bytes:
    return to_png(as_floats(images.images[index]), side=side)
