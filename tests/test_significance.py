"""Differences between models are significant where statsmodels says so."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from core.evaluation import compare_answers, holm

# For each correction statsmodels looks for garbage, among all that other tests have loaded.
pytestmark = pytest.mark.usefixtures("libraries_are_no_garbage")


@given(st.lists(st.floats(0, 1), max_size=20))
def test_the_correction_is_that_of_statsmodels(p_values):
    expected = multipletests(p_values, alpha=0.05, method="holm")[0] if p_values else []
    assert sorted(holm(p_values)) == list(np.flatnonzero(expected))


@given(st.integers(1, 300), st.integers(0, 2**32 - 1), st.integers(2, 5))
def test_every_two_are_compared_as_by_statsmodels(count, seed, num_models):
    draw = np.random.default_rng(seed)
    shares = draw.uniform(0.3, 1, num_models)
    correct = {f"model {n}": draw.random(count) < share for n, share in enumerate(shares)}
    found = compare_answers(correct)
    assert len(found) == num_models * (num_models - 1) / 2
    for each in found:
        a, b = correct[each.first], correct[each.second]
        table = [[(a & b).sum(), (a & ~b).sum()], [(~a & b).sum(), (~a & ~b).sum()]]
        assert each.only_first - each.only_second == a.sum() - b.sum()
        if each.only_first + each.only_second:
            assert each.p_value == pytest.approx(mcnemar(table, exact=True).pvalue)
        else:
            assert each.p_value == 1
    unlikely = multipletests([each.p_value for each in found], method="holm")[0]
    assert [each.is_significant for each in found] == unlikely.tolist()


def test_different_images_are_refused():
    with pytest.raises(ValueError, match="the same images"):
        compare_answers({"a": np.ones(3, bool), "b": np.ones(4, bool)})
