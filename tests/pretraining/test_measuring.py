"""Models are measured on drawings as the app sees them."""

import pytest
from PIL import Image

from core.classifier import Classifier
from core.drawing import DrawnImages
from core.pretraining import accuracy, measure_drawings, read_picture_folder, share_refused
from core.pretraining.drawings import draw_training_images
from core.pretraining.rendering import render_digit
from core.settings import PRETRAINED
from tests.helpers import DirectExecutor, synthetic_pen_digits


@pytest.fixture(scope="module")
def classifier():
    return Classifier.load(PRETRAINED)


@pytest.fixture(scope="module")
def digits():
    return synthetic_pen_digits("writer0", "writer1", "writer2")


def test_the_shipped_model_reads_drawings_that_shrinking_spoils(classifier, digits, monkeypatch):
    monkeypatch.setattr("core.pretraining.measuring._NUM_NON_DIGITS", 60)
    monkeypatch.setattr("core.pretraining.measuring._NUM_NUMBERS", 20)
    measured = measure_drawings(classifier, digits)
    assert measured["num_drawn_digits"] == len(digits)
    assert measured["pen_accuracy"] > 0.9
    assert measured["mouse_accuracy"] > 0.9 > measured["mouse_accuracy_naive"]
    assert measured["number_accuracy"] >= 0.7
    assert measured["share_non_digits_refused"] > 0.8
    assert measured["share_digits_refused"] < 0.1
    by_writer = measured["accuracy_by_writer"]
    assert {own["writer"]: own["count"] for own in by_writer} == {
        f"writer{n}": 10 for n in range(3)
    }
    correct = sum(own["correct"] for own in by_writer)
    assert correct / len(digits) == measured["pen_accuracy"]


def test_accuracy_counts_what_is_read_right(classifier, digits):
    drawn = draw_training_images(digits, {"pen": len(digits)}, seed=0, executor=DirectExecutor())
    images, _ = drawn["pen"]
    answers = classifier.predict_batch(images).argmax(axis=1)
    answers[0] = (answers[0] + 1) % 10
    assert accuracy(classifier, DrawnImages(images, images, answers)) == pytest.approx(
        1 - 1 / len(images)
    )
    assert 0 <= share_refused(classifier, images) < 0.2


def test_pictures_of_any_size_are_read_from_a_folder_per_label(tmp_path, classifier, digits):
    for number, digit in enumerate(digits[:10]):
        folder = tmp_path / str(digit.label)
        folder.mkdir(exist_ok=True)
        canvas = render_digit(digit.strokes, canvas=100 + 60 * number, pen_width=4)
        for suffix in ("png", "jpg"):
            Image.fromarray(canvas).convert("RGB").save(folder / f"{number}.{suffix}")
    pictures = read_picture_folder(tmp_path)
    assert sorted(pictures.labels) == sorted(2 * list(range(10)))
    assert accuracy(classifier, pictures) >= 0.8


def test_a_folder_without_pictures_or_with_a_damaged_one_is_refused_by_name(tmp_path):
    with pytest.raises(ValueError, match="holds no pictures"):
        read_picture_folder(tmp_path)
    (tmp_path / "3").mkdir()
    (tmp_path / "3" / "bad.png").write_bytes(b"not a picture")
    with pytest.raises(ValueError, match=r"bad\.png is not a readable picture"):
        read_picture_folder(tmp_path)
