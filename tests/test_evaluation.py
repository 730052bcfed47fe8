"""A model is judged on drawings as a user of the Draw page would have seen them read."""

import numpy as np
import pytest

from core.classifier import Classifier
from core.drawing import DrawingStore
from core.evaluation import (
    LOAD_DIGITS_NAME,
    collect_drawings_of,
    collect_load_digits,
    evaluate,
)
from core.settings import PRETRAINED
from tests.helpers import STROKES, draw


@pytest.fixture(scope="module")
def classifier():
    return Classifier.load(PRETRAINED)


@pytest.fixture
def drawings(tmp_path):
    return DrawingStore(tmp_path / "drawings")


def _measure(classifier, drawings):
    drawn = collect_drawings_of(drawings, drawings.list())
    return evaluate(classifier, drawn.images, drawn.labels)


def test_digits_of_another_country_are_counted_and_named(classifier):
    drawn = collect_load_digits()
    assert (drawn.name, len(drawn.labels)) == (LOAD_DIGITS_NAME, 1797)
    assert evaluate(classifier, drawn.images, drawn.labels).accuracy > 0.93


def test_a_user_s_drawings_are_measured_against_what_the_user_said(classifier, drawings):
    for label in (0, 1, 2, 3, 4, 7):
        drawings.add(draw(STROKES[label]), label=label)
    measured = _measure(classifier, drawings)
    assert (measured.count, measured.accuracy) == (6, 1.0)
    drawings.add(draw(STROKES[7]), label=3)
    drawings.add(draw(STROKES[0]), label=5)
    measured = _measure(classifier, drawings)
    assert measured.accuracy == 6 / 8
    assert measured.confusion[3, 7] == measured.confusion[5, 0] == 1


def test_drawings_are_read_as_the_app_reads_them_wherever_they_stand(classifier, drawings):
    drawings.add(draw(STROKES[4], corner=(0.02, 0.6), size=0.3, width=0.02), label=4)
    drawings.add(255 - draw(STROKES[4]) + np.array([0, 0, 0, 255], np.uint8), label=4)
    assert _measure(classifier, drawings).accuracy == 1.0


def test_a_damaged_drawing_is_left_out_and_the_others_keep_their_writers(drawings):
    assert len(collect_drawings_of(drawings, []).labels) == 0
    kept = drawings.add(draw(STROKES[2]), label=2, writer="Ada")
    drawings.add(draw(STROKES[3]), label=3, writer="Ben")
    (drawings.root / "2" / f"{kept.id}.png").write_bytes(b"no picture")
    drawn = collect_drawings_of(drawings, drawings.list())
    assert (drawn.labels.tolist(), drawn.writers) == ([3], ("Ben",))


def test_a_blank_drawing_counts_as_one(classifier, drawings):
    drawings.add(np.full((320, 320, 4), 255, np.uint8), label=3)
    assert _measure(classifier, drawings).count == 1


def test_a_part_of_a_set_keeps_what_belongs_together(drawings):
    for label, writer in ((2, "Ada"), (3, ""), (4, "Ben")):
        drawings.add(draw(STROKES[label]), label=label, writer=writer)
    drawn = collect_drawings_of(drawings, drawings.list())
    part = drawn.only(drawn.labels != 3)
    assert dict(zip(part.labels.tolist(), part.writers, strict=True)) == {2: "Ada", 4: "Ben"}
    assert part.fingerprint != drawn.fingerprint
    assert drawn.only(np.ones(3, bool)) is drawn
