"""How long a run would train, and what that is concluded from."""

import pytest

from core.hyperparameters import PRESETS, Hyperparameters
from core.runs import DataRecord, estimate_duration, estimate_starts
from tests.records import results_record, step_record

_MLP = Hyperparameters(architecture="mlp", epochs=2)
_DATA = DataRecord(name="d", fingerprint="f", num_train=9_000, num_val=1_000, num_test=1_000)


def _finish(store, settings, *, images_per_second):
    run = store.create(settings)
    measured = results_record(images_per_second=images_per_second)
    run.update(status="completed", results=measured, data=_DATA)
    return run


def _changed(**changes):
    return _MLP.model_copy(update=changes)


def test_a_machine_without_runs_is_compared_with_a_reference(store):
    estimate = estimate_duration(store, PRESETS["article"], 54_000)
    assert estimate.basis == "reference"
    assert 1 < estimate.seconds < 60
    thorough = estimate_duration(store, PRESETS["accurate"], 54_000)
    assert thorough.seconds > 10 * estimate.seconds
    assert estimate_duration(store, _MLP, 0) is None


def test_runs_whose_steps_take_as_long_tell_most(store):
    _finish(store, _changed(hidden_units=(512,)), images_per_second=50)
    for speed in (900, 1_000, 1_100):
        _finish(store, _changed(seed=speed, dropout=0.5), images_per_second=speed)
    estimate = estimate_duration(store, _changed(epochs=4, learning_rate=0.1), 5_000)
    assert (estimate.seconds, estimate.basis) == (20.0, "same settings")


def test_other_runs_are_scaled_by_the_size_of_the_network_and_of_the_batch(store):
    _finish(store, _MLP, images_per_second=1_000)
    known = estimate_duration(store, _MLP, 9_000).seconds
    for larger in (
        _changed(hidden_units=(1024, 1024)),
        _changed(batch_size=1),
        _MLP.model_copy(update={"architecture": "convnet"}),
    ):
        estimate = estimate_duration(store, larger, 9_000)
        assert estimate.basis == "other runs"
        assert estimate.seconds > 1.5 * known
    assert estimate_duration(store, _changed(rotation=10.0), 9_000).seconds > known
    assert estimate_duration(store, _changed(hidden_units=(8,)), 9_000).seconds < known


def test_a_network_of_the_same_architecture_tells_more_than_one_of_another(store):
    _finish(store, _MLP, images_per_second=1_000)
    _finish(store, Hyperparameters(), images_per_second=1_000_000)
    estimate = estimate_duration(store, _changed(hidden_units=(129,)), 9_000)
    assert estimate.seconds == pytest.approx(18, rel=0.05)


def test_a_run_under_way_tells_how_fast_this_machine_is_now(store):
    run = store.create(_MLP)
    run.update(status="running", data=_DATA)
    for second in (1, 2, 3):
        run.append_metrics(
            step_record(second, epoch=second / 10, images=900 * second, seconds=float(second))
        )
    estimate = estimate_duration(store, _MLP, 9_000)
    assert (estimate.seconds, estimate.basis) == (20.0, "same settings")


def test_a_waiting_run_and_a_new_one_with_its_settings_take_equally_long(store):
    _finish(store, Hyperparameters(), images_per_second=700)
    first, second = store.create(_MLP), store.create(_MLP)
    starts = estimate_starts(store, None)
    expected = estimate_duration(store, _MLP, 9_000).seconds
    assert starts[second.id] - starts[first.id] == pytest.approx(expected)
