"""When a waiting run will start, from what the runs before it wrote."""

import pytest

from core.hyperparameters import Hyperparameters
from core.runs import DataRecord, estimate_duration, estimate_starts
from tests.records import results_record, step_record

_MLP = {"architecture": "mlp", "epochs": 2, "validation_split": 0.1}


def _data(num_train=9_000, num_val=1_000):
    return DataRecord(
        name="d", fingerprint="f", num_train=num_train, num_val=num_val, num_test=1_000
    )


def _wait(store, **settings):
    return store.create(Hyperparameters(**{**_MLP, **settings}))


def _finish(store, *, images_per_second, **settings):
    run = _wait(store, **settings)
    measured = results_record(images_per_second=images_per_second)
    run.update(status="completed", results=measured, data=_data())
    return run


def _begin(store, *, images_per_second=900, seconds=10, status="running", **settings):
    """Create a run that has trained for so many seconds, and holds the worker."""
    run = _wait(store, **settings)
    run.update(status=status, data=_data())
    for second in range(1, seconds + 1):
        images = images_per_second * second
        run.append_metrics(
            step_record(second, epoch=images / 9_000, images=images, seconds=float(second))
        )
    return run


def test_the_first_in_line_starts_at_once_where_nobody_has_the_worker(store):
    assert estimate_starts(store, None) == {}
    run = _wait(store)
    assert estimate_starts(store, None) == {run.id: 0.0}


def test_each_run_waits_for_the_one_under_way_and_for_those_before_it(store):
    _finish(store, images_per_second=900)
    current = _begin(store, images_per_second=900, seconds=10)
    first, second, third = (
        _wait(store, seed=seed, epochs=epochs) for seed, epochs in ((1, 2), (2, 5), (3, 1))
    )
    with current.locked_for_training():
        starts = estimate_starts(store, current.id)
    # 9,000 of 18,000 images are left; the first waiting run takes 20 s, the second 50.
    assert starts == {
        first.id: pytest.approx(10),
        second.id: pytest.approx(30),
        third.id: pytest.approx(80),
    }


def test_the_order_is_that_of_the_queue(store):
    _finish(store, images_per_second=900)
    old, new = _wait(store), _wait(store)
    old.request_pause()
    old.update(status="paused")
    old.request_resume()  # and so it is last in line
    assert list(estimate_starts(store, None)) == [run.id for run in store.queued()]
    assert estimate_starts(store, None) == {new.id: 0.0, old.id: pytest.approx(20)}


def test_a_class_that_starts_one_run_each_learns_from_the_run_under_way(store):
    current = _begin(store, images_per_second=900, seconds=5)
    first, second = _wait(store, seed=1), _wait(store, seed=2)
    with current.locked_for_training():
        starts = estimate_starts(store, current.id)
    assert starts == {first.id: pytest.approx(15), second.id: pytest.approx(35)}


def test_the_same_settings_tell_more_than_the_same_architecture(store):
    _finish(store, images_per_second=100, hidden_units=(512, 512))
    _finish(store, images_per_second=1_800)
    _finish(store, images_per_second=200, hidden_units=(512,))
    _wait(store, learning_rate=0.02, dropout=0.5, filters=(8,))
    last = _wait(store)
    # Neither the rate nor what belongs to a convnet changes how long a step takes.
    assert estimate_starts(store, None)[last.id] == pytest.approx(10)


def test_the_median_of_the_latest_runs_counts(store):
    for speed in (1, 1, 100, 900, 900, 900, 1_800):
        _finish(store, images_per_second=speed)
    _wait(store)
    last = _wait(store)
    assert estimate_starts(store, None)[last.id] == pytest.approx(20)


def test_after_a_run_on_nobody_knows_how_many_images_everything_is_unknown(store):
    first, second = _wait(store), _wait(store)
    assert estimate_starts(store, None) == {first.id: 0.0, second.id: None}


def test_fewer_images_take_less_time(store):
    _finish(store, images_per_second=900)
    _wait(store, validation_split=0.5, training_share=0.2)
    last = _wait(store)
    # A fifth of half of 10,000 images.
    assert estimate_starts(store, None)[last.id] == pytest.approx(2 * 1_000 / 900)


def test_a_paused_run_gives_way(store):
    current = _begin(store, seconds=5, status="paused")
    run = _wait(store)
    assert estimate_starts(store, current.id) == {run.id: 0.0}


def test_a_run_that_is_only_measured_yet_takes_no_more_time(store):
    current = _finish(store, images_per_second=900)
    run = _wait(store)
    assert estimate_starts(store, current.id) == {run.id: 0.0}


def test_a_run_that_the_worker_prepares_takes_its_whole_duration(store):
    _finish(store, images_per_second=900)
    current, run = _wait(store), _wait(store)
    assert estimate_starts(store, current.id) == {run.id: pytest.approx(20)}


def test_a_first_run_is_estimated_before_it_has_a_speed(store):
    current = _begin(store, seconds=1)
    run = _wait(store)
    expected = estimate_duration(store, Hyperparameters(**_MLP), 9_000).seconds
    with current.locked_for_training():
        assert estimate_starts(store, current.id) == {run.id: pytest.approx(expected)}


def test_a_run_that_goes_on_from_a_checkpoint_has_less_before_it(store):
    _finish(store, images_per_second=900)
    resumed = _begin(store, seconds=15, status="interrupted")
    resumed.checkpoint_path.parent.mkdir()
    resumed.checkpoint_path.touch()
    resumed.request_resume()
    run = _wait(store)
    assert estimate_starts(store, None) == {resumed.id: 0.0, run.id: pytest.approx(5)}


def test_damaged_runs_are_passed_over(store):
    _finish(store, images_per_second=900)
    damaged = _wait(store)
    (damaged.directory / "run.json").write_text("{")
    current = _begin(store, seconds=3)
    (current.directory / "metrics.jsonl").write_text('{"kind": "step", "images": null}\n')
    run = _wait(store)
    with current.locked_for_training():
        assert estimate_starts(store, current.id) == {run.id: pytest.approx(20)}
