"""Calibration changes confidence and never the answer; a threshold refuses the wanted share."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.classifier import calibrate, expected_calibration_error, save_calibration
from core.classifier.calibration import (
    Calibration,
    calibration_path,
    fit_temperature,
    load_calibration,
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


def test_sure_and_right_has_no_calibration_error():
    assert expected_calibration_error(np.eye(10), np.arange(10)) == 0
    assert expected_calibration_error(np.eye(10), np.arange(10)[::-1]) == 1


def test_a_calibration_is_found_beside_its_model(tmp_path):
    model = tmp_path / "model.keras"
    assert load_calibration(model) is None
    save_calibration(Calibration(1.5, 0.6), model)
    assert load_calibration(model) == Calibration(1.5, 0.6)
    assert load_calibration(tmp_path / "other.keras") is None


def test_a_damaged_calibration_is_ignored(tmp_path):
    model = tmp_path / "model.keras"
    for content in ("", "[]", "{}", '{"temperature": 0, "threshold": 0.5}', '{"temperature": "x"}'):
        calibration_path(model).write_text(content)
        assert load_calibration(model) is None
