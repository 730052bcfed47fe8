"""Models are measured on drawings as the app sees them, and the set is named as what it is."""

import numpy as np
import pytest
from PIL import Image

from core.classifier import Classifier
from core.data import PenDigit
from core.drawing import DrawnImages
from core.evaluation import accuracy
from core.pretraining import (
    TEST_WRITERS,
    by_writers,
    measure_drawings,
    read_picture_folder,
    refusals,
)
from core.pretraining.drawn_digits import VALIDATION_WRITERS, draw_no_digits, training_pool
from core.pretraining.rendering import render_digit
from core.pretraining.synthetic_strokes import synthetic_digit
from core.settings import PRETRAINED


class Here:
    """An executor that works at once."""

    map = staticmethod(map)


@pytest.fixture(scope="module")
def classifier():
    return Classifier.load(PRETRAINED)


@pytest.fixture(scope="module")
def digits():
    rng = np.random.default_rng(0)
    return [
        PenDigit(label, f"writer{copy}", tuple(synthetic_digit(label, rng)))
        for copy in range(3)
        for label in range(10)
    ]


def test_the_shipped_model_reads_drawings_that_shrinking_spoils(classifier, digits, monkeypatch):
    monkeypatch.setattr("core.pretraining.measuring._NUM_NO_DIGITS", 60)
    monkeypatch.setattr("core.pretraining.measuring._NUM_NUMERALS", 20)
    measured = measure_drawings(classifier, digits)
    assert measured["num_drawn_digits"] == len(digits)
    assert measured["pen_accuracy"] > 0.9
    assert measured["mouse_accuracy"] > 0.9 > measured["mouse_accuracy_naive"]
    assert measured["numeral_accuracy"] >= 0.7
    assert measured["share_no_digits_caught"] > 0.8
    assert measured["share_digits_refused"] < 0.1


def test_accuracy_counts_what_is_read_right(classifier, digits):
    images = training_pool(
        digits, variants=1, made_up=0, no_digits=0, seed=0, executor=Here()
    ).normalised
    answers = classifier.predict_batch(images).argmax(axis=1)
    answers[0] = (answers[0] + 1) % 10
    drawn = DrawnImages(images, images, answers)
    assert accuracy(classifier, drawn) == pytest.approx(1 - 1 / len(images))
    assert 0 <= refusals(classifier, images) < 0.2


def test_pictures_of_any_size_are_read_from_a_folder_per_label(tmp_path, classifier, digits):
    for number, digit in enumerate(digits[:10]):
        folder = tmp_path / str(digit.label)
        folder.mkdir(exist_ok=True)
        canvas = render_digit(digit.strokes, canvas=100 + 60 * number, pen_width=4)
        Image.fromarray(canvas).convert("RGB").save(folder / f"{number}.png")
        Image.fromarray(canvas).convert("RGB").save(folder / f"{number}.jpg")
    pictures = read_picture_folder(tmp_path)
    assert len(pictures.labels) == 20
    assert accuracy(classifier, pictures) >= 0.8


def test_a_folder_without_pictures_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no pictures"):
        read_picture_folder(tmp_path)


def test_a_damaged_picture_is_named(tmp_path):
    (tmp_path / "3").mkdir()
    (tmp_path / "3" / "bad.png").write_bytes(b"no picture")
    with pytest.raises(ValueError, match=r"bad\.png"):
        read_picture_folder(tmp_path)


def test_nobody_is_both_in_validation_and_test():
    assert not VALIDATION_WRITERS & TEST_WRITERS


def test_digits_are_chosen_by_writer(digits):
    assert {digit.writer for digit in by_writers(digits, ["writer1"])} == {"writer1"}


def test_the_training_pool_is_the_same_again_and_labels_what_is_no_digit(digits):
    pools = [
        training_pool(digits, variants=2, made_up=5, no_digits=7, seed=1, executor=Here())
        for _ in range(2)
    ]
    np.testing.assert_array_equal(pools[0].normalised, pools[1].normalised)
    assert (pools[0].labels == -1).sum() == 7
    assert len(pools[0].labels) == 2 * len(digits) + 5 + 7


def test_what_is_no_digit_is_drawn_for_sure(digits):
    drawn = draw_no_digits(digits, 40, seed=3)
    assert (drawn.normalised.max(axis=(1, 2)) > 0.5).all()
    assert (drawn.labels == -1).all()
