"""The shipped model is what its card says, and the command that makes it works."""

import json
import sys

import numpy as np
import pytest

from core.classifier import Classifier
from core.classifier.calibration import load_calibration
from core.data import dataset, image_fingerprints, load_embedded, seen_images_path
from core.pretraining import TEST_WRITERS, card, measuring, recipe
from core.pretraining import __main__ as command
from core.pretraining.drawings import VALIDATION_WRITERS
from core.settings import PRETRAINED
from tests.helpers import write_strokes

_CARD = json.loads((PRETRAINED.parent / "card.json").read_text())


def test_the_card_says_in_words_what_it_says_in_numbers():
    words = (PRETRAINED.parent / "README.md").read_text(encoding="utf-8")
    assert words == card.card_text(_CARD)


def test_the_card_names_the_licences_of_code_and_data():
    words = card.card_text(_CARD)
    for licence in ("Apache License 2.0", "CC BY-SA 3.0", "CC BY 4.0"):
        assert licence in words


def test_only_weights_of_an_earlier_recipe_are_said_to_differ_from_the_present_one():
    assert _CARD["recipe_version"] < recipe.RECIPE_VERSION
    said = "These weights were made by the first\n  version of the recipe"
    assert said in card.card_text(_CARD)
    assert said not in card.card_text(_CARD | {"recipe_version": recipe.RECIPE_VERSION})


def test_the_shipped_model_reaches_what_it_promises():
    assert _CARD["test_accuracy"] >= 0.995
    assert _CARD["pen_accuracy"] >= 0.988
    assert _CARD["mouse_accuracy"] >= 0.97
    assert _CARD["number_accuracy"] >= 0.95
    assert _CARD["share_non_digits_refused"] >= 0.9
    assert _CARD["num_test"] == 10_000
    assert "without the 5,000 embedded images" in _CARD["data"]
    assert PRETRAINED.stat().st_size == _CARD["file_bytes"] < 5_000_000


def test_no_writer_of_the_test_has_trained_or_chosen_anything():
    test = set(_CARD["test_writers"])
    assert test == TEST_WRITERS
    assert set(_CARD["validation_writers"]) == VALIDATION_WRITERS
    assert not set(_CARD["training_writers"]) & (TEST_WRITERS | VALIDATION_WRITERS)


def test_the_calibration_beside_the_model_is_that_of_the_card():
    calibration = load_calibration(PRETRAINED)
    assert calibration.temperature == _CARD["temperature"]
    assert calibration.threshold == _CARD["threshold"] > 0


def test_the_shipped_model_really_reads_the_embedded_images_as_the_card_says():
    embedded = load_embedded()
    images = np.concatenate([embedded.x_train, embedded.x_val, embedded.x_test])
    labels = np.concatenate([embedded.y_train, embedded.y_val, embedded.y_test])
    answers = Classifier.load(PRETRAINED).predict_batch(images).argmax(axis=1)
    assert len(labels) == _CARD["num_embedded"] == 5000
    # Another processor may round one undecided image the other way.
    assert (answers == labels).mean() == pytest.approx(_CARD["embedded_accuracy"], abs=0.0004)


def test_the_card_counts_the_digits_of_each_test_writer_and_says_who_is_read_worse():
    counts = _CARD["accuracy_by_writer"]
    assert {own["writer"] for own in counts} == TEST_WRITERS
    assert sum(own["count"] for own in counts) == _CARD["num_drawn_digits"]
    correct = sum(own["correct"] for own in counts)
    assert correct / _CARD["num_drawn_digits"] == _CARD["pen_accuracy"]
    worst = min(counts, key=lambda own: own["correct"] / own["count"])
    words = card.card_text(_CARD)
    assert f"{worst['writer']}, of whose" in words.replace("\n", " ")
    equal = [own | {"correct": own["count"] - 1} for own in counts]
    words = card.card_text(_CARD | {"accuracy_by_writer": equal})
    assert "None of them is read worse than the others" in words.replace("\n", " ")


def test_the_images_that_trained_the_shipped_model_are_listed_and_no_embedded_one_is_among_them():
    seen = np.load(seen_images_path(PRETRAINED))
    assert seen.dtype == np.uint64
    assert len(seen) == _CARD["num_train"] + _CARD["num_val"]
    assert (seen[:-1] < seen[1:]).all()
    embedded = load_embedded()
    images = np.concatenate([embedded.x_train, embedded.x_val, embedded.x_test])
    assert not np.isin(image_fingerprints(images), seen).any()


def test_the_command_trains_calibrates_measures_and_writes_its_card(
    monkeypatch, tmp_path, synthetic_npz, small, capsys
):
    strokes = tmp_path / "strokes.json"
    write_strokes(strokes, "tra01", min(VALIDATION_WRITERS), min(TEST_WRITERS))
    short = recipe.Phase(
        recipe.PHASES[0].hyperparameters.model_copy(update={"epochs": 1, "learning_rate": 0.002}),
        {"mnist": 16, "pen": 4, "synthetic": 4, "non_digit": 4},
    )
    for module, name, value in (
        (recipe, "PHASES", (short, short)), (card, "PHASES", (short, short)),
        (command, "PHASES", (short, short)), (recipe, "_VARIANTS", 1),
        (recipe, "_NUM_SYNTHETIC", 10), (recipe, "_NUM_NON_DIGITS", 10),
        (recipe, "_NORMALISATION_STEPS", 2), (card, "_NUM_VALIDATION_NON_DIGITS", 10),
        (dataset, "load_embedded", lambda: small), (card, "load_embedded", lambda: small),
        (measuring, "_NUM_NON_DIGITS", 10), (measuring, "_NUM_NUMBERS", 3),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, value)
    output = tmp_path / "new" / "folder"
    arguments = ["--mnist", str(synthetic_npz), "--strokes", str(strokes), "--output", str(output)]
    monkeypatch.setattr(sys, "argv", ["pretraining", *arguments])
    command.main()
    made = json.loads((output / "card.json").read_text())
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == made
    assert made.keys() == _CARD.keys()
    assert (made["num_train"], made["num_val"], made["num_test"]) == (360, 40, 120)
    assert (made["epochs"], made["num_drawn_train"]) == (2, 30)
    assert made["num_parameters"] == _CARD["num_parameters"]
    assert (output / "README.md").read_text(encoding="utf-8") == card.card_text(made)
    seen = np.load(output / "digits.seen_images.npy")
    trained = dataset.without_embedded(dataset.load_dataset(synthetic_npz))
    assert len(seen) == 400
    assert np.isin(image_fingerprints(trained.x_train), seen).all()
    assert np.isin(image_fingerprints(trained.x_val), seen).all()
    assert not np.isin(image_fingerprints(trained.x_test), seen).any()
    path = output / "digits.keras"
    assert Classifier.load(path).calibration == load_calibration(path)
    # Measured again, the model keeps its weights and its figures.
    weights = path.read_bytes()
    monkeypatch.setattr(sys, "argv", ["pretraining", *arguments, "--measure-only"])
    command.main()
    assert path.read_bytes() == weights
    assert json.loads((output / "card.json").read_text()) == made
    np.testing.assert_array_equal(np.load(output / "digits.seen_images.npy"), seen)
    # Of other images it would list what the model has not seen.
    (output / "card.json").write_text(json.dumps(made | {"fingerprint": "another"}))
    with pytest.raises(SystemExit, match="trained on the images another"):
        command.main()
