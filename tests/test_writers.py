"""For whom a model works less well is shown, and chance is not taken for it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from core.evaluation import accuracy_by_writer, wilson_interval


def _answers(**counts):
    """Return right answers and writers from "writer = (right, all)"."""
    correct = [place < right for right, count in counts.values() for place in range(count)]
    writers = [writer for writer, (_, count) in counts.items() for _ in range(count)]
    order = np.random.default_rng(0).permutation(len(writers))
    return np.array(correct, bool)[order], [writers[place] for place in order]


def _differing(correct, writers):
    return [own.writer for own in accuracy_by_writer(correct, writers) if own.differs]


def test_a_writer_who_is_read_worse_than_many_others_comes_first_and_differs():
    right = {f"writer{number}": (58 + number % 3, 60) for number in range(12)}
    worst, *others = accuracy_by_writer(*_answers(**right, Ada=(45, 60)))
    assert (worst.writer, worst.count, worst.correct, worst.accuracy) == ("Ada", 60, 45, 0.75)
    assert worst.interval == wilson_interval(45, 60)
    assert worst.others == sum(number for number, _ in right.values()) / (12 * 60)
    assert worst.differs
    assert [own.accuracy for own in others] == sorted(own.accuracy for own in others)
    assert not any(own.differs for own in others)


def test_a_writer_who_is_read_better_differs_too():
    right = {f"writer{number}": (70, 100) for number in range(5)}
    assert _differing(*_answers(**right, Ada=(99, 100))) == ["Ada"]


def test_of_equal_writers_hardly_ever_one_differs():
    seeds, num_writers, count = range(100), 15, 40
    writers = [f"writer{number}" for number in range(num_writers) for _ in range(count)]
    alone, differing = 0, 0
    for seed in seeds:
        correct = np.random.default_rng(seed).random(len(writers)) < 0.9
        found = accuracy_by_writer(correct, writers)
        alone += any(not own.interval[0] <= own.others <= own.interval[1] for own in found)
        differing += any(own.differs for own in found)
    assert alone > 30, "the intervals alone would show somebody in every third class"
    assert differing <= 5


def test_a_planted_writer_is_found_in_nearly_every_class():
    writers = [f"writer{number}" for number in range(15) for _ in range(40)]
    chance = np.array([0.65 if writer == "writer3" else 0.95 for writer in writers])
    found = [
        _differing(np.random.default_rng(seed).random(len(writers)) < chance, writers)
        for seed in range(20)
    ]
    assert sum("writer3" in differing for differing in found) >= 19
    assert sum(len(differing) > 1 for differing in found) <= 1


def test_few_drawings_say_little():
    right = {f"writer{number}": (20, 20) for number in range(5)}
    assert _differing(*_answers(**right, Ada=(1, 2))) == []


def test_drawings_of_nobody_named_are_one_group_that_is_not_tested_nor_among_the_others():
    correct, writers = _answers(Ada=(40, 40), Ben=(39, 40), nobody=(0, 40))
    writers = ["" if writer == "nobody" else writer for writer in writers]
    unnamed, ben, ada = accuracy_by_writer(correct, writers)
    assert (unnamed.writer, unnamed.count, unnamed.accuracy) == ("", 40, 0)
    assert unnamed.others == 79 / 80
    assert (ben.writer, ben.others) == ("Ben", 1)
    assert (ada.writer, ada.others) == ("Ada", 39 / 40)
    assert not any(own.differs for own in (unnamed, ben, ada))


def test_somebody_alone_has_no_others():
    for writer in ("Ada", ""):
        (own,) = accuracy_by_writer(np.array([True, False]), [writer, writer])
        assert (own.others, own.differs) == (None, False)
    assert accuracy_by_writer(np.zeros(0, bool), []) == []


def test_as_many_writers_as_answers_are_expected():
    with pytest.raises(ValueError, match="expected 2 writers, one a drawing, received 1"):
        accuracy_by_writer(np.array([True, False]), ["Ada"])


@given(st.lists(st.tuples(st.sampled_from(["", "a", "b", "c"]), st.booleans()), max_size=80))
def test_nobody_is_lost_and_who_differs_does_so_by_interval_and_test(answers):
    correct = np.array([is_right for _, is_right in answers], bool)
    writers = [writer for writer, _ in answers]
    found = accuracy_by_writer(correct, writers)
    assert {own.writer: own.count for own in found} == {w: writers.count(w) for w in writers}
    assert sum(own.correct for own in found) == correct.sum()
    for own in found:
        low, high = own.interval
        assert low <= own.accuracy <= high
        if own.differs:
            rest = [is_right for writer, is_right in answers if writer not in ("", own.writer)]
            table = [
                [own.correct, own.count - own.correct],
                [sum(rest), len(rest) - sum(rest)],
            ]
            assert own.others == np.mean(rest)
            assert not low <= own.others <= high
            assert fisher_exact(table).pvalue <= 0.05
