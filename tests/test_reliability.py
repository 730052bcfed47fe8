"""Confidence is compared with accuracy, and a threshold with what it leaves, by the definitions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.classifier import Calibration, expected_calibration_error
from core.evaluation import answered_curve, at_threshold, make_report, reliability, wilson_interval


def _answers(confidences, correct):
    """Return probabilities of these confidences, all for the digit 0, and labels that fit."""
    confidences = np.asarray(confidences, np.float32)
    probabilities = np.repeat((1 - confidences[:, None]) / 9, 10, axis=1)
    probabilities[:, 0] = confidences
    return probabilities, np.where(correct, 0, 5)


def _calibrated(count=20_000, seed=0):
    """Return answers that are correct as often as they are confident."""
    random = np.random.default_rng(seed)
    confidences = random.uniform(0.2, 1, count)
    return _answers(confidences, random.random(count) < confidences)


_CONFIDENCES = st.lists(
    st.tuples(st.sampled_from([0.2, 0.4, 0.5, 2 / 3, 0.8, 0.999, 1.0]), st.booleans()), min_size=1
)


def test_a_calibrated_model_lies_on_the_diagonal():
    bins = reliability(*_calibrated())
    assert len(bins) == 12  # of 15, since no confidence is below 0.2
    assert sum(found.count for found in bins) == 20_000
    for found in bins:
        assert found.low <= found.confidence <= found.high
        assert found.accuracy == pytest.approx(found.confidence, abs=0.05)
        right = round(found.accuracy * found.count)
        assert found.interval == wilson_interval(right, found.count)


def test_an_overconfident_model_lies_below_it():
    probabilities, labels = _calibrated()
    sharpened = Calibration(temperature=0.3).apply(probabilities)
    for found in reliability(sharpened, labels):
        if found.low < 0.9:
            assert found.accuracy < found.confidence


@given(_CONFIDENCES, st.integers(1, 30))
@settings(max_examples=50, deadline=None)
def test_the_calibration_error_is_the_mean_gap_of_the_bins(answers, num_bins):
    probabilities, labels = _answers(*zip(*answers, strict=True))
    bins = reliability(probabilities, labels, num_bins)
    gaps = [found.count * abs(found.accuracy - found.confidence) for found in bins]
    error = expected_calibration_error(probabilities, labels, num_bins=num_bins)
    assert sum(gaps) / len(labels) == pytest.approx(error, abs=1e-6)


def test_full_confidence_belongs_to_the_last_bin_and_empty_bins_are_left_out():
    (found,) = reliability(*_answers([1.0, 1.0, 0.99], [True, False, True]))
    assert (found.low, found.high, found.count) == (14 / 15, 1, 3)
    assert found.accuracy == 2 / 3


def test_without_images_there_are_no_bins():
    assert reliability(np.zeros((0, 10)), np.zeros(0, int)) == ()


def test_the_curve_begins_with_all_images_and_their_accuracy():
    probabilities, labels = _calibrated()
    curve = answered_curve(probabilities, labels)
    assert curve.share[0] == 1
    assert curve.accuracy[0] == make_report(probabilities, labels).accuracy
    assert curve.threshold[0] == probabilities.max(axis=1).min()
    assert curve.threshold[-1] == probabilities.max(axis=1).max()


def test_who_refuses_more_is_right_more_often():
    curve = answered_curve(*_calibrated())
    assert 100 < len(curve.share) <= 200
    assert (np.diff(curve.share) < 0).all() and (np.diff(curve.threshold) > 0).all()
    for share in (0.75, 0.5, 0.25):
        reached = curve.accuracy[np.searchsorted(-curve.share, -share)]
        # Of confidences spread evenly over [0.2, 1], the mean of the uppermost share.
        assert reached == pytest.approx(1 - 0.8 * share / 2, abs=0.03)


def test_the_first_hundredth_that_is_refused_has_points_of_its_own():
    curve = answered_curve(*_calibrated())
    assert (curve.share > 0.99).sum() > 50


def test_images_of_one_confidence_are_answered_together():
    probabilities, labels = _answers([0.5, 0.9, 0.9, 0.9, 1.0], [False, True, False, True, True])
    curve = answered_curve(probabilities, labels)
    np.testing.assert_array_equal(curve.threshold, np.float32([0.5, 0.9, 1.0]))
    np.testing.assert_allclose(curve.share, [1, 0.8, 0.2])
    np.testing.assert_allclose(curve.accuracy, [0.6, 0.75, 1])


def test_a_model_of_one_confidence_has_one_point():
    curve = answered_curve(*_answers([1.0] * 4, [True, True, True, False]))
    assert (curve.threshold.tolist(), curve.share.tolist()) == ([1.0], [1.0])
    assert curve.accuracy.tolist() == [0.75]


@given(_CONFIDENCES)
@settings(max_examples=50, deadline=None)
def test_every_point_is_what_its_threshold_leaves(answers):
    probabilities, labels = _answers(*zip(*answers, strict=True))
    curve = answered_curve(probabilities, labels)
    for threshold, share, accuracy in zip(
        curve.threshold, curve.share, curve.accuracy, strict=True
    ):
        left = at_threshold(probabilities, labels, float(threshold))
        assert left == (pytest.approx(share), pytest.approx(accuracy))


def test_a_threshold_answers_what_reaches_it():
    probabilities, labels = _answers([0.5, 0.9, 1.0, 1.0], [False, False, True, True])
    assert at_threshold(probabilities, labels, 0.0) == (1.0, 0.5)
    assert at_threshold(probabilities, labels, 0.9) == (0.75, pytest.approx(2 / 3))
    assert at_threshold(probabilities, labels, 1.0) == (0.5, 1.0)


def test_where_nothing_is_answered_there_is_no_accuracy():
    assert at_threshold(*_answers([0.5, 0.9], [True, True]), 0.95) == (0.0, None)
    assert at_threshold(np.zeros((0, 10)), np.zeros(0, int), 0.5) == (0.0, None)


def test_no_images_have_no_curve():
    with pytest.raises(ValueError, match="at least one image"):
        answered_curve(np.zeros((0, 10)), np.zeros(0, int))
