"""A report says what scikit-learn and statsmodels say of the same answers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import classification_report, confusion_matrix, log_loss
from statsmodels.stats.proportion import proportion_confint

from core.evaluation import make_report, wilson_interval


def _answers(count=500, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, count)
    logits = rng.normal(0, 1, (count, 10))
    logits[np.arange(count), labels] += 3
    powers = np.exp(logits)
    return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32), labels


def _exact(probabilities):
    return probabilities / probabilities.astype(np.float64).sum(axis=1, keepdims=True)


def test_every_figure_is_scikit_learn_s_own():
    probabilities, labels = _answers()
    report = make_report(probabilities, labels)
    answers = probabilities.argmax(axis=1)
    expected = classification_report(labels, answers, output_dict=True)
    assert report.accuracy == expected["accuracy"]
    own = log_loss(labels, _exact(probabilities))
    assert report.loss == pytest.approx(own, rel=1e-5)
    np.testing.assert_array_equal(report.confusion, confusion_matrix(labels, answers))
    for digit in range(10):
        own = expected[str(digit)]
        assert report.per_digit.precision[digit] == own["precision"]
        assert report.per_digit.recall[digit] == own["recall"]
        assert report.per_digit.f1[digit] == own["f1-score"]


def test_a_digit_that_is_not_there_has_zeros_and_no_warning():
    probabilities, labels = _answers()
    only = labels < 3
    report = make_report(probabilities[only], labels[only])
    assert report.confusion.shape == (10, 10)
    assert report.confusion[3:].sum() == 0
    assert report.per_digit.recall[7] == 0


def test_no_images_are_refused():
    with pytest.raises(ValueError, match="at least one image"):
        make_report(np.zeros((0, 10), np.float32), np.zeros(0, int))


@given(st.integers(1, 20_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_intervals_are_those_of_statsmodels(counted):
    correct, count = counted
    expected = proportion_confint(correct, count, method="wilson")
    assert wilson_interval(correct, count) == pytest.approx(expected, abs=1e-9)
