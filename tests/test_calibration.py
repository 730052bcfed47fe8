"""Calibration changes confidence and never the answer; a threshold refuses the wanted share."""

import json

import numpy as np
import pytest
import scipy
from hypothesis import given, settings
from hypothesis import strategies as st

from core.classifier import (
    calibrate,
    expected_calibration_error,
    load_calibration,
    model_fingerprint,
    save_calibration,
)
from core.classifier.calibration import (
    Calibration,
    calibration_path,
    fit_temperature,
)


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def honest_answers(count=6000, temperature=1.0):
    """Draw labels from the probabilities of these logits, and exaggerate or blur them."""
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 3, (count, 10))
    labels = np.array([rng.choice(10, p=row) for row in softmax(logits)])
    return softmax(logits * temperature), labels


@pytest.mark.parametrize("temperature", [0.5, 2.5])
def test_the_temperature_that_spoiled_the_confidence_is_found(temperature):
    probabilities, labels = honest_answers(temperature=temperature)
    assert fit_temperature(probabilities, labels) == pytest.approx(temperature, rel=0.1)


@pytest.mark.parametrize("count", [10, 60, 600])
@pytest.mark.parametrize("error", [0.2, 1e-3, 1e-9])
def test_a_few_images_that_are_all_read_correctly_give_a_moderate_temperature(count, error):
    labels = np.arange(count) % 10
    probabilities = np.full((count, 10), error / 9, np.float32)
    probabilities[np.arange(count), labels] = 1 - error
    assert 0.2 < fit_temperature(probabilities, labels) <= 1


def test_thousands_of_images_outweigh_what_is_thought_before():
    probabilities, labels = honest_answers(temperature=2.5)

    def cross_entropy(temperature):
        scaled = Calibration(temperature).apply(probabilities)
        return -np.log(scaled[np.arange(len(labels)), labels]).mean()

    best = scipy.optimize.minimize_scalar(cross_entropy, bounds=(0.05, 20), method="bounded").x
    assert fit_temperature(probabilities, labels) == pytest.approx(best, rel=1e-3)


def test_calibrated_confidence_is_closer_to_accuracy():
    probabilities, labels = honest_answers(temperature=2.5)
    calibrated = calibrate(probabilities, labels).apply(probabilities)
    before = expected_calibration_error(probabilities, labels)
    assert expected_calibration_error(calibrated, labels) < before / 2


@settings(max_examples=30, deadline=None)
@given(temperature=st.floats(0.1, 10))
def test_no_temperature_changes_an_answer(temperature):
    probabilities, _ = honest_answers(count=100)
    calibrated = Calibration(temperature).apply(probabilities)
    np.testing.assert_allclose(calibrated.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_array_equal(calibrated.argmax(axis=1), probabilities.argmax(axis=1))


def test_at_most_the_wanted_share_is_refused():
    probabilities, labels = honest_answers()
    calibration = calibrate(probabilities, labels, refused=0.02)
    refused = 1 - calibration.is_sure(calibration.apply(probabilities)).mean()
    assert 0.015 < refused <= 0.02


def test_digits_that_are_all_read_with_certainty_leave_room_for_drawings():
    calibration = calibrate(np.eye(10, dtype=np.float32), np.arange(10))
    drawing = np.full((1, 10), 0.05 / 9)
    drawing[0, 3] = 0.95
    assert calibration.threshold == 0.9
    assert calibration.is_sure(drawing).all()


def test_sure_and_right_has_no_calibration_error():
    assert expected_calibration_error(np.eye(10), np.arange(10)) == 0
    assert expected_calibration_error(np.eye(10), np.arange(10)[::-1]) == 1


def test_a_calibration_is_found_beside_its_model(tmp_path):
    model = tmp_path / "model.keras"
    assert load_calibration(model) is None
    save_calibration(Calibration(1.5, 0.6), model)
    assert load_calibration(model) == Calibration(1.5, 0.6)
    assert load_calibration(tmp_path / "other.keras") is None


def test_a_calibration_of_other_weights_is_ignored(tmp_path):
    model = tmp_path / "model.keras"
    model.write_bytes(b"some weights")
    calibration = Calibration(1.5, 0.6, model_fingerprint(model))
    save_calibration(calibration, model)
    assert load_calibration(model) == calibration
    model.write_bytes(b"other weights")
    assert load_calibration(model) is None
    model.write_bytes(b"some weights")
    assert load_calibration(model) == calibration
    model.unlink()
    assert load_calibration(model) is None


def test_a_calibration_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    model = tmp_path / "model.keras"
    save_calibration(Calibration(1.5, 0.6), model)
    monkeypatch.setattr("pathlib.Path.replace", lambda *_: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        save_calibration(Calibration(2.5, 0.7), model)
    assert load_calibration(model) == Calibration(1.5, 0.6)
    assert [path.name for path in tmp_path.iterdir()] == ["model.calibration.json"]


def test_a_damaged_calibration_is_ignored(tmp_path):
    model = tmp_path / "model.keras"
    model.write_bytes(b"weights")
    sound = {"temperature": 1.5, "threshold": 0.5}
    for content in (
        *("", "[]", "{}", '"temperature"', "[" * 5000, '{"temperature": "x"}', " " * 20_000),
        json.dumps(sound | {"temperature": 0}),
        json.dumps(sound | {"threshold": float("nan")}),
        json.dumps(sound | {"temperature": 10**400}),
        json.dumps(sound | {"model": None}),
        json.dumps(sound | {"model": ["0123456789ab"]}),
    ):
        calibration_path(model).write_text(content)
        assert load_calibration(model) is None, content
    calibration_path(model).unlink()
    elsewhere = tmp_path / "elsewhere.json"
    elsewhere.write_text(json.dumps(sound))
    calibration_path(model).symlink_to(elsewhere)
    assert load_calibration(model) is None


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(
    content=st.binary()
    | st.dictionaries(st.sampled_from(["temperature", "threshold", "model"]), _JSON).map(
        lambda values: json.dumps(values).encode()
    )
)
def test_whatever_a_calibration_holds_it_is_valid_or_ignored(tmp_path_factory, content):
    model = tmp_path_factory.getbasetemp() / "any" / "model.keras"
    model.parent.mkdir(exist_ok=True)
    model.write_bytes(b"weights")
    calibration_path(model).write_bytes(content)
    read = load_calibration(model)
    assert read is None or (1e-3 <= read.temperature <= 1e3 and 0 <= read.threshold <= 1)
