"""The shipped model is what its card says, and the command that makes it works."""

import json
import sys

import numpy as np
import pytest

from core import evaluation
from core.classifier import Classifier
from core.classifier.calibration import load_calibration
from core.data import PenDigit, load_embedded
from core.data.pen_strokes import to_json
from core.pretraining import TEST_WRITERS
from core.pretraining import __main__ as pretraining
from core.pretraining.drawn_digits import VALIDATION_WRITERS
from core.pretraining.synthetic_strokes import synthetic_digit
from core.settings import PRETRAINED

_CARD = json.loads((PRETRAINED.parent / "card.json").read_text())


def test_the_card_says_in_words_what_it_says_in_numbers():
    words = (PRETRAINED.parent / "README.md").read_text(encoding="utf-8")
    assert words == pretraining.write_card(_CARD)


def test_the_shipped_model_reaches_what_it_promises():
    assert _CARD["test_accuracy"] >= 0.995
    assert _CARD["pen_accuracy"] >= 0.988
    assert _CARD["mouse_accuracy"] >= 0.97
    assert _CARD["numeral_accuracy"] >= 0.95
    assert _CARD["share_no_digits_caught"] >= 0.9
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


def test_the_command_trains_calibrates_measures_and_writes_its_card(
    monkeypatch, tmp_path, synthetic_npz, capsys
):
    rng = np.random.default_rng(0)
    strokes = tmp_path / "strokes.json"
    writers = ["tra01", *sorted(VALIDATION_WRITERS)[:1], *sorted(TEST_WRITERS)[:1]]
    digits = [
        PenDigit(label, writer, tuple(synthetic_digit(label, rng)))
        for writer in writers
        for label in range(10)
    ]
    strokes.write_text(to_json(digits))
    short = pretraining.Phase(
        epochs=1,
        learning_rate=0.002,
        mnist=16,
        pen=4,
        made_up=4,
        no_digit=4,
        augmentation=pretraining.PHASES[0].augmentation,
    )
    monkeypatch.setattr(pretraining, "PHASES", (short, short))
    for name, count in (
        ("_VARIANTS", 1), ("_MADE_UP", 10), ("_NO_DIGITS", 10), ("_VALIDATION_NO_DIGITS", 10),
    ):  # fmt: skip
        monkeypatch.setattr(pretraining, name, count)
    monkeypatch.setattr(evaluation, "_NUM_NO_DIGITS", 10)
    monkeypatch.setattr(evaluation, "_NUM_NUMERALS", 3)
    output = tmp_path / "new" / "folder"
    arguments = ["--mnist", str(synthetic_npz), "--strokes", str(strokes), "--output", str(output)]
    monkeypatch.setattr(sys, "argv", ["pretraining", *arguments])
    pretraining.main()
    card = json.loads((output / "card.json").read_text())
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == card
    assert card.keys() == _CARD.keys()
    assert (card["num_train"], card["num_val"], card["num_test"]) == (360, 40, 120)
    assert card["num_parameters"] == _CARD["num_parameters"]
    assert (output / "README.md").read_text(encoding="utf-8") == pretraining.write_card(card)
    assert Classifier.load(output / "digits.keras").calibration == load_calibration(
        output / "digits.keras"
    )
