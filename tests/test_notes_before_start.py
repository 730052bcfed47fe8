"""What the coach says of settings before they are trained: only where a part has no effect."""

import pytest

from core.coach import notes_before_start
from core.hyperparameters import PRESETS, Hyperparameters


def _kinds(**settings):
    return [note.kind for note in notes_before_start(Hyperparameters(**settings))]


@pytest.mark.parametrize(
    ("stop", "fall", "kinds"),
    [
        (1, 2, ["early_stopping_first"]),
        (2, 2, ["early_stopping_first"]),
        (3, 2, []),
        (0, 2, []),
    ],
)
def test_early_stopping_that_never_lets_the_learning_rate_fall_is_told(stop, fall, kinds):
    settings = {"early_stopping_patience": stop, "plateau_patience": fall, "epochs": 30}
    assert _kinds(learning_rate_schedule="reduce_on_plateau", **settings) == kinds
    assert _kinds(learning_rate_schedule="cosine", **settings) == []


def test_the_note_names_both_waits_and_a_patience_that_gets_no_note():
    settings = {"learning_rate_schedule": "reduce_on_plateau", "epochs": 30, "plateau_patience": 4}
    (note,) = notes_before_start(Hyperparameters(early_stopping_patience=1, **settings))
    assert "6 epochs or more" in note.headline
    assert "1 epoch," in note.evidence and "4 epochs." in note.evidence
    assert notes_before_start(Hyperparameters(early_stopping_patience=6, **settings)) == []


def test_a_run_too_short_for_its_schedule_is_told():
    plateau = {"learning_rate_schedule": "reduce_on_plateau", "plateau_patience": 3}
    assert _kinds(epochs=4, **plateau) == ["no_time_to_fall"]
    assert _kinds(epochs=5, **plateau) == []
    warmup = {"learning_rate_schedule": "cosine", "warmup_epochs": 3.0}
    assert _kinds(epochs=3, **warmup) == ["warm_up_only"]
    assert _kinds(epochs=4, **warmup) == []
    assert _kinds(epochs=3, learning_rate_schedule="one_cycle", warmup_epochs=3.0) == []


def test_no_preset_gets_a_note():
    assert [name for name, settings in PRESETS.items() if notes_before_start(settings)] == []
