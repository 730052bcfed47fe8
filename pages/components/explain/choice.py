"""Which answer is explained: the model that gave it, and the image that it was given."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from core.classifier import Classifier, Prediction
from core.data import as_floats
from core.drawing import image_from_text, image_to_text
from core.evaluation import ImageSet
from core.reports import Measurement, Source
from core.runs import Run
from pages.components.choosing import begin_with_address, choose, keep_in_address
from pages.components.columns import wrapping_columns
from pages.components.explain.waiting import when_ready
from pages.components.explained import DRAWING, IMAGE_KEY, IMAGES_KEY
from pages.components.image_choice import image_sets, own_drawings
from pages.components.model_choice import EXPLAINED_KEY, SHIPPED, model_labels
from pages.components.resources import explainer, reports, run_store

_LONGEST_NUMBER = 6  # digits


@dataclass(frozen=True, eq=False)
class Explained:
    """An answer that is explained.

    Attributes:
        run: whose model gave it; None is the shipped one.
        image: what it was given, float32 of shape `(28, 28)` in [0, 1], ink 1.
        prediction: the answer.
        label: the digit that it is; None where nobody said.
        name: what to call the image, such as "Your drawing".
        drawn: the drawing of the user, as `image`, which may be another one; None without one.
    """

    run: Run | None
    image: np.ndarray
    prediction: Prediction
    label: int | None
    name: str
    drawn: np.ndarray | None

    @property
    def model(self) -> str:
        """Return what tells the model from others: the id of its run, or `SHIPPED`."""
        return self.run.id if self.run else SHIPPED


def choose_answer(drawn: np.ndarray | None) -> Explained | None:
    """Let the user choose a model and an image; None where there is none to explain yet.

    `drawn` is what the network gets of the drawing of this session, shape `(28, 28)`; None where
    there is no drawing.
    """
    drawn = _drawing(drawn)
    runs = {run.id: run for run in run_store().list() if run.model_path.exists()}
    records = [run.read() for run in runs.values()]
    models = model_labels([record for record in records if record.status != "unreadable"])
    sets = image_sets(own_drawings())
    options = {DRAWING: "Your drawing on the Draw page"} | {k: v[0] for k, v in sets.items()}
    begin_with_address(EXPLAINED_KEY, "run", models)
    begin_with_address(IMAGES_KEY, "on", options)
    if st.session_state.get(IMAGES_KEY) not in options:
        # Without a drawing there is something to look at, too.
        st.session_state[IMAGES_KEY] = "test" if drawn is None else DRAWING
    left, middle, right = wrapping_columns("explained", 3, gap="small")
    with left:
        model = choose("Model", EXPLAINED_KEY, models)
    with middle:
        kind = choose("Image", IMAGES_KEY, options)
    query = {"run": model} if model != SHIPPED else {}
    if kind == DRAWING:
        found = _find_drawing(drawn, query)
    else:
        with right:
            found = _find_image(kind, sets[kind][1], query)
    keep_in_address(query)
    if found is None:
        return None
    image, label, name = found
    run = runs.get(model)
    answer = when_ready(
        lambda: explainer().explain(Classifier.predict, run, image), "Loading the model"
    )
    return Explained(run, image, answer, label, name, drawn) if answer else None


def _drawing(drawn: np.ndarray | None) -> np.ndarray | None:
    """Return the drawing of this session, or that of the address; rounded as it is there."""
    text = st.query_params.get(DRAWING, "") if drawn is None else image_to_text(drawn)
    return image_from_text(text)


def _find_drawing(
    image: np.ndarray | None, query: dict[str, str]
) -> tuple[np.ndarray, int | None, str] | None:
    query["on"] = DRAWING
    if image is None:
        with st.container(key="no_drawing", border=True):
            st.markdown("#### Draw a digit first")
            st.markdown(
                "Draw one on the Draw page and press **Why?** below the answer, or choose a test "
                "image above."
            )
            st.page_link("pages/draw.py", label="Draw a digit", icon=":material/draw:")
        return None
    query[DRAWING] = image_to_text(image)
    return image, None, "Your drawing"


def _find_image(
    kind: str, source: Source, query: dict[str, str]
) -> tuple[np.ndarray, int | None, str] | None:
    """Let the user choose one of a set of images."""
    images = when_ready(lambda: Measurement(reports().images(source), 0.0), "Loading the images")
    if images is None:
        return None
    number = _choose_number(images)
    query |= {"on": kind, "image": str(number)}
    image = as_floats(images.images[number - 1])
    return image, int(images.labels[number - 1]), f"Image {number:,} ({images.name})"


def _choose_number(images: ImageSet) -> int:
    """Let the user choose an image by its number, 1 to n, or take any other."""
    count = len(images.labels)
    asked = st.query_params.get("image", "")
    if IMAGE_KEY not in st.session_state and asked.isdecimal() and len(asked) <= _LONGEST_NUMBER:
        st.session_state[IMAGE_KEY] = int(asked)
    if not 1 <= st.session_state.get(IMAGE_KEY, 1) <= count:
        st.session_state[IMAGE_KEY] = 1
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        number: int = st.number_input(
            f"Number, 1 to {count:,}",
            min_value=1,
            max_value=count,
            step=1,
            key=IMAGE_KEY,
            persist_state="session",
            width=180,
        )
        st.button(
            "Another image",
            key="another_image",
            icon=":material/shuffle:",
            on_click=_take_another,
            args=(count,),
        )
    return number


def _take_another(count: int) -> None:
    st.session_state[IMAGE_KEY] = int(np.random.default_rng().integers(1, count + 1))
