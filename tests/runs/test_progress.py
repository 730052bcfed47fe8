"""How far a run has come."""

import math
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.runs import Metrics, measure_progress
from tests.records import metrics_of, step_record

_record = partial(step_record, 1)


def test_a_run_that_has_written_nothing_stands_at_the_beginning():
    progress = measure_progress(Metrics(), num_epochs=3)
    assert (progress.share, progress.epoch) == (0, 1)
    assert progress.images_per_second is None
    assert progress.seconds_left is None


def test_one_record_tells_the_place_but_no_speed():
    progress = measure_progress(
        metrics_of(_record(epoch=0.5, images=500, seconds=1.0)), num_epochs=2
    )
    assert (progress.share, progress.epoch) == (0.25, 1)
    assert progress.images_per_second is None


def test_half_way_at_a_steady_speed_as_much_time_is_left_as_has_passed():
    metrics = [_record(epoch=t / 4, images=250 * t, seconds=float(t)) for t in range(1, 9)]
    progress = measure_progress(metrics_of(*metrics), num_epochs=4)
    assert (progress.share, progress.epoch) == (0.5, 2)
    assert progress.images_per_second == pytest.approx(250)
    assert progress.seconds_left == pytest.approx(8)


def test_a_run_that_ended_with_an_epoch_is_not_said_to_have_begun_another():
    for epochs, epoch in ((0.01, 1), (1.0, 1), (11.99, 12), (12.0, 12), (12.01, 13)):
        metrics = metrics_of(_record(epoch=epochs))
        assert measure_progress(metrics, num_epochs=60).epoch == epoch


def test_speed_is_that_of_the_last_ten_seconds():
    slow = [_record(epoch=t / 100, images=10 * t, seconds=t) for t in range(1, 31)]
    fast = [_record(epoch=0.3 + t / 10, images=300 + 100 * t, seconds=30 + t) for t in range(1, 12)]
    assert measure_progress(
        metrics_of(*slow, *fast), num_epochs=5
    ).images_per_second == pytest.approx(100)


def test_after_the_last_epoch_nothing_is_left():
    metrics = [_record(epoch=e, images=100 * e, seconds=e) for e in (1, 2, 3)]
    progress = measure_progress(metrics_of(*metrics), num_epochs=3)
    assert (progress.share, progress.epoch, progress.seconds_left) == (1, 3, 0)


_records = st.builds(
    step_record,
    st.just(1),
    epoch=st.floats(0, 1e6),
    images=st.integers(0, 2**53),
    seconds=st.floats(0, 1e10),
)


@given(st.lists(_records, max_size=5), st.integers(1, 200))
def test_whatever_numbers_a_file_holds_the_progress_is_finite(records, num_epochs):
    progress = measure_progress(metrics_of(*records), num_epochs=num_epochs)
    assert 0 <= progress.share <= 1
    assert 1 <= progress.epoch <= num_epochs
    assert progress.seconds_left is None or 0 <= progress.seconds_left < math.inf
