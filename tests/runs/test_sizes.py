"""How much of the disk runs take: true after a while, and almost free to know."""

import shutil
import time

import pytest

from core.hyperparameters import Hyperparameters
from core.runs import sizes
from tests.records import results_record


@pytest.fixture
def measured(monkeypatch):
    """The directories that were measured, in their order."""
    measured, size = [], sizes._size

    def note(directory):
        measured.append(directory)
        return size(directory)

    monkeypatch.setattr(sizes, "_size", note)
    return measured


def _create(store, *, status="completed"):
    run = store.create(Hyperparameters())
    run.checkpoint_path.parent.mkdir()
    run.checkpoint_path.write_bytes(bytes(3000))
    run.model_path.write_bytes(bytes(2000))
    run.update(status=status, results=results_record(drawn_accuracy=0.5))
    return run


def _sizes(store, look=None):
    return {run.id: size for run, size in store.sizes(look or store.look()).items()}


def test_a_run_takes_what_all_its_files_take_its_checkpoint_included(store):
    run = _create(store)
    assert _sizes(store) == {run.id: 5000 + (run.directory / "run.json").stat().st_size}


def test_runs_that_have_ended_are_measured_once_and_others_again_after_a_while(
    store, measured, monkeypatch
):
    ended, under_way = _create(store), _create(store, status="running")
    time.sleep(0.05)  # a record that has just been written is read again
    before = _sizes(store)
    measured.clear()
    for _ in range(5):
        assert _sizes(store) == before
    assert not measured
    for run in (ended, under_way):
        run.model_path.write_bytes(bytes(9000))
    monkeypatch.setattr(sizes, "_SECONDS_BETWEEN_LOOKS", 0.0)
    after = _sizes(store)
    assert after[ended.id] == before[ended.id]
    assert after[under_way.id] == before[under_way.id] + 7000
    under_way.update(status="completed")
    _sizes(store)
    assert measured == [under_way.directory] * 2


def test_a_run_that_is_trained_further_is_measured_anew(store):
    run = _create(store)
    before = _sizes(store)[run.id]
    run.model_path.write_bytes(bytes(40_000))
    run.update(num_parameters=1)
    assert 37_000 < _sizes(store)[run.id] - before < 39_000


def test_a_deleted_run_and_a_foreign_folder_take_what_is_there(store):
    run, deleted = _create(store), _create(store)
    look = store.look()
    shutil.rmtree(deleted.directory)
    assert _sizes(store, look)[deleted.id] == 0
    foreign = store.root / "foreign"
    (foreign / "a" / "b" / "c").mkdir(parents=True)
    (foreign / "link").symlink_to(run.directory)
    (foreign / "file").write_bytes(bytes(10))
    (foreign / "a" / "b" / "c" / "deep").write_bytes(bytes(10))
    found = _sizes(store)
    assert set(found) == {run.id, "foreign"}
    assert 10 <= found["foreign"] < 1000


def test_the_sizes_of_a_full_server_cost_next_to_nothing(store):
    for number in range(100):
        run = store.create(Hyperparameters(), str(number))
        run.update(status="completed", results=results_record(drawn_accuracy=0.5))
    look = store.look()
    store.sizes(look)
    started = time.perf_counter()
    for _ in range(100):
        store.sizes(look)
    # 0.03 ms on the machine that this was written on.
    assert (time.perf_counter() - started) / 100 < 0.003
