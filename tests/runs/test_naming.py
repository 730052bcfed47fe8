"""A run that nobody named says what it is; those with one name can be told apart."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.hyperparameters import PRESET_LABELS, PRESETS, Hyperparameters
from core.runs import MAX_NAME_LENGTH, RunRecord, automatic_name, distinct_names

_CREATED = datetime(2026, 1, 31, 23, 22, 37, tzinfo=UTC)


def _name(**changes):
    return automatic_name(Hyperparameters(**changes), _CREATED, timezone="Europe/Berlin")


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_gives_its_name_and_the_local_time(preset):
    name = automatic_name(PRESETS[preset], _CREATED, timezone="America/New_York")
    assert name == f"{PRESET_LABELS[preset]}, 18:22"


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({}, "Convolutional network, 00:22"),
        ({"architecture": "mlp"}, "Multilayer perceptron, 00:22"),
        (
            {"architecture": "lstm", "lstm_units": 64, "learning_rate": 0.0105},
            "LSTM, 64 units, learning rate 0.0105, 00:22",
        ),
        (
            # What does not fit is left out.
            {"architecture": "mlp", "hidden_units": (256, 64), "learning_rate": 0.0105},
            "Multilayer perceptron, 256-64 neurons, 00:22",
        ),
        ({"epochs": 1}, "Convolutional network, 1 epoch, 00:22"),
        ({"epochs": 20}, "Convolutional network, 20 epochs, 00:22"),
        (
            {"optimizer": "sgd", "kernel_size": 3},
            "Convolutional network, kernel size 3, SGD, 00:22",
        ),
        ({"xla": True}, "Convolutional network, XLA, 00:22"),
        ({"batch_normalization": True}, "Convolutional network, batch normalisation, 00:22"),
        # What has no effect is not worth a word.
        ({"architecture": "lstm", "kernel_size": 3}, "LSTM, 00:22"),
    ],
)
def test_other_settings_give_what_differs_from_the_defaults(changes, name):
    assert _name(**changes) == name


@given(st.dictionaries(st.sampled_from(["epochs", "batch_size", "seed"]), st.integers(1, 200)))
def test_an_automatic_name_fits(changes):
    longest = {"architecture": "resnet", "filters": (1024,) * 4, "residual_blocks": 4}
    for settings in (changes, {**longest, **changes}):
        assert len(_name(**settings)) <= MAX_NAME_LENGTH


@pytest.mark.parametrize("zone", [None, "", "Nowhere/Else", "../../etc/passwd", "Europe", "\0"])
def test_a_time_zone_that_does_not_exist_gives_way_to_the_servers(zone):
    expected = f"Convolutional network, {_CREATED.astimezone():%H:%M}"
    assert automatic_name(Hyperparameters(), _CREATED, timezone=zone) == expected


def _record(run_id, name, *, minutes=0):
    created = _CREATED + timedelta(minutes=minutes)
    return RunRecord(id=run_id, name=name, created=created, status="completed")


def test_runs_of_one_name_get_the_time_and_the_id_where_that_is_the_same():
    records = [
        _record("a", "Same"),
        _record("b", "Same", minutes=1),
        _record("c", "Twin"),
        _record("d", "Twin"),
        _record("e", "Alone"),
    ]
    assert distinct_names(records, timezone="Europe/Berlin") == {
        "a": "Same (01 Feb 00:22:37)",
        "b": "Same (01 Feb 00:23:37)",
        "c": "Twin (c)",
        "d": "Twin (d)",
        "e": "Alone",
    }
    assert distinct_names([]) == {}
