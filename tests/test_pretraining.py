"""The shipped model is what its card says, and the command that makes it works."""

import json
import sys

import numpy as np
import pytest

from core import pretraining
from core.classifier import PRETRAINED, Classifier
from core.dataset import load_embedded
from core.hyperparameters import PRESETS

_CARD = json.loads((PRETRAINED.parent / "card.json").read_text())


def test_the_card_says_in_words_what_it_says_in_numbers():
    words = (PRETRAINED.parent / "README.md").read_text(encoding="utf-8")
    assert words == pretraining._CARD.format(**_CARD)


def test_the_shipped_model_reaches_what_it_promises():
    assert _CARD["test_accuracy"] >= 0.993
    assert _CARD["num_test"] == 10_000
    assert "without the 5,000 embedded images" in _CARD["data"]


def test_the_shipped_model_was_made_with_the_accurate_preset():
    assert _CARD["epochs"] == PRESETS["accurate"].epochs
    assert _CARD["seed"] == PRESETS["accurate"].seed


def test_the_shipped_model_really_reads_the_embedded_images_as_the_card_says():
    embedded = load_embedded()
    images = np.concatenate([embedded.x_train, embedded.x_val, embedded.x_test])
    labels = np.concatenate([embedded.y_train, embedded.y_val, embedded.y_test])
    answers = Classifier.load(PRETRAINED).predict_batch(images).argmax(axis=1)
    assert len(labels) == _CARD["num_embedded"] == 5000
    # Another processor may round one undecided image the other way.
    assert (answers == labels).mean() == pytest.approx(_CARD["embedded_accuracy"], abs=0.0004)


def test_the_command_trains_measures_and_writes_its_card(
    monkeypatch, tmp_path, synthetic_npz, capsys
):
    output = tmp_path / "new" / "folder"
    arguments = ["--mnist", str(synthetic_npz), "--epochs", "1", "--output", str(output)]
    monkeypatch.setattr(sys, "argv", ["pretraining", *arguments])
    pretraining.main()
    card = json.loads((output / "card.json").read_text())
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == card
    assert card.keys() == _CARD.keys()
    assert (card["num_train"], card["num_val"], card["num_test"]) == (360, 40, 120)
    assert card["num_parameters"] == _CARD["num_parameters"]
    assert (card["epochs"], card["best_epoch"]) == (1, 1)
    assert (output / "README.md").read_text() == pretraining._CARD.format(**card)
    assert Classifier.load(output / "digits.keras")


def test_a_training_that_fails_ships_nothing(monkeypatch, tmp_path, synthetic_npz):
    monkeypatch.setitem(PRESETS, "accurate", _hopeless())
    output = tmp_path / "output"
    monkeypatch.setattr(
        sys, "argv", ["pretraining", "--mnist", str(synthetic_npz), "--output", str(output)]
    )
    with pytest.raises(SystemExit, match="Training ended as failed: The loss stopped"):
        pretraining.main()
    assert not output.exists()


def _hopeless():
    return PRESETS["article"].model_copy(
        update={"optimizer": "sgd", "learning_rate": 10.0, "hidden_units": (64,) * 5}
        | {"activation": "gelu", "momentum": 0.99, "epochs": 20}
    )
