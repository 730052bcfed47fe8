"""The folder of runs: what is created is listed, and what is foreign stops nobody."""

import errno
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from core.hyperparameters import Hyperparameters
from core.runs import Run, RunStore
from core.runs.locking import locked
from tests.records import edit_record, results_record


@pytest.fixture
def run(store):
    return store.create(Hyperparameters(), "A run")


def _full_disk(*_args, **_kwargs):
    raise OSError(errno.ENOSPC, "No space left on device")


def _visible(directory):
    return sorted(path.name for path in directory.iterdir() if not path.name.endswith(".lock"))


def test_a_new_run_waits_with_its_settings_and_name(store, tiny):
    run = store.create(tiny, "  My   first run ")
    record = store.get(run.id).read()
    assert record.status == "queued"
    assert record.hyperparameters == tiny
    assert record.name == "My first run"
    assert record.created.tzinfo is not None
    assert not record.is_finished
    assert _visible(run.directory) == ["run.json"]


def test_a_run_without_a_name_is_called_after_what_it_is_and_the_local_time(store):
    settings = Hyperparameters(architecture="mlp", hidden_units=(256,))
    record = store.create(settings, timezone="Asia/Tokyo").read()
    time = f"{record.created.astimezone(ZoneInfo('Asia/Tokyo')):%H:%M}"
    assert record.name == f"Multilayer perceptron, 256 neurons, {time}"


def test_a_run_knows_its_owner_and_the_drawing_that_it_classifies(store):
    image = np.linspace(0, 1, 784).reshape(28, 28)
    run = store.create(Hyperparameters(), owner="0123456789ab", drawing=image)
    assert run.read().owner == "0123456789ab"
    np.testing.assert_array_equal(run.drawing(), image.astype(np.float32))
    without = store.create(Hyperparameters())
    assert without.read().owner is None
    assert without.drawing() is None


def test_runs_are_listed_newest_first_and_queued_oldest_first(store):
    runs = [store.create(Hyperparameters(), str(i)) for i in range(3)]
    for second, run in enumerate(runs):
        edit_record(run, created=datetime(2024, 1, 1, 0, 0, second, tzinfo=UTC).isoformat())
    assert [run.id for run in store.queued()] == [run.id for run in runs]
    assert [run.id for run in store.list()] == sorted((run.id for run in runs), reverse=True)
    runs[1].update(status="completed")
    assert [run.id for run in store.queued()] == [runs[0].id, runs[2].id]


def test_a_look_may_be_a_moment_old_but_knows_what_was_changed_through_its_store(store):
    first, second = (store.create(Hyperparameters(), name) for name in ("first", "second"))
    look = store.look()
    Run(first.directory).update(status="completed")  # as the worker does
    assert store.look(max_age=60) is look
    assert [run.id for run in store.queued()] == [second.id]
    store.get(second.id).request_stop()
    assert store.queued(max_age=60) == []
    third = store.create(Hyperparameters())
    assert [run.id for run in store.queued(max_age=60)] == [third.id]
    store.delete(third.id)
    assert store.queued(max_age=60) == []


def test_foreign_things_in_the_runs_folder_are_listed_or_left_alone(store, run):
    (store.root / "my holiday photos").mkdir()
    (store.root / "odd" / "run.json").mkdir(parents=True)
    (store.root / ".hidden").mkdir()
    (store.root / "notes.txt").touch()
    records = {listed.id: listed.read() for listed in store.list()}
    assert set(records) == {run.id, "my holiday photos", "odd"}
    assert records["my holiday photos"].error == "It has no run.json."
    assert "cannot be read" in records["odd"].error
    assert store.get("my holiday photos").read().status == "unreadable"


@pytest.mark.parametrize("run_id", ["", ".", "..", "../other", "none", "a/b", "x" * 500, "\0"])
def test_an_id_from_an_address_leads_nowhere_but_to_a_run(store, run, run_id):
    with pytest.raises(KeyError, match="There is no run"):
        store.get(run_id)
    with pytest.raises(KeyError):
        store.delete(run_id)
    assert run.directory.is_dir()


def test_a_deleted_run_is_gone_and_a_damaged_one_can_be_deleted(store, run):
    (store.root / "my photos").mkdir()
    store.delete("my photos")
    assert [listed.id for listed in store.list()] == [run.id]
    store.delete(run.id)
    assert list(store.root.iterdir()) == []


def test_a_run_that_is_being_trained_is_not_deleted(store, run):
    with run.locked_for_training(), pytest.raises(RuntimeError, match="A run is being trained"):
        store.delete(run.id)
    assert run.read().name == "A run"


def test_a_finished_run_can_be_deleted_while_its_drawn_digits_are_measured(store, run):
    run.update(status="completed", results=results_record())
    with run.locked_for_training():
        store.delete(run.id)
        with pytest.raises(FileNotFoundError):
            run.update(results=results_record())
    assert list(store.root.iterdir()) == []


def test_a_run_deleted_before_its_worker_begins_does_not_come_back(store, run):
    worker = Run(run.directory)  # which has been told of the run
    store.delete(run.id)
    with worker.locked_for_training() as alone:
        assert not alone
    for change in (worker.update, lambda: worker.fail("gone"), worker.request_stop):
        with pytest.raises(FileNotFoundError):
            change()
    assert list(store.root.iterdir()) == []


def test_a_lock_makes_no_directory_and_no_file_in_a_foreign_one(store, run):
    photos = store.root / "my photos"
    photos.mkdir()
    with pytest.raises(FileNotFoundError):
        store.get("my photos").request_pause()
    assert list(photos.iterdir()) == []
    with pytest.raises(FileNotFoundError), locked(store.root / "none" / "a.lock", timeout=0):
        pass
    assert not (store.root / "none").exists()


def test_what_is_left_of_deleted_runs_is_not_listed_and_goes_in_time(store, run, monkeypatch):
    for name in ("ghost", ".new-1", ".deleted-1"):
        (store.root / name).mkdir()
        (store.root / name / "worker.lock").touch()
    (store.root / "my photos").mkdir()
    assert {listed.id for listed in store.list()} == {run.id, "my photos"}
    store.clean()  # somebody may be making or deleting them just now
    assert (store.root / ".new-1").is_dir()
    monkeypatch.setattr("core.runs.store._SECONDS_LEFT_ALONE", -1.0)
    store.clean()
    assert {path.name for path in store.root.iterdir()} == {run.id, "my photos"}
    RunStore(store.root / "none").clean()


def test_a_missing_or_impossible_runs_folder_holds_no_runs(tmp_path):
    (tmp_path / "file").touch()
    for root in (tmp_path / "none", tmp_path / "file", tmp_path / "file" / "runs"):
        store = RunStore(root)
        assert store.list() == []
        assert store.queued() == []
        with pytest.raises(KeyError):
            store.get("run")


def test_an_impossible_runs_folder_refuses_a_new_run(tmp_path):
    (tmp_path / "file").touch()
    for root in (tmp_path / "file", tmp_path / "file" / "runs"):
        with pytest.raises(OSError, match="file"):
            RunStore(root).create(Hyperparameters())


def test_a_full_disk_leaves_no_half_a_run(monkeypatch, store):
    monkeypatch.setattr("core.runs.files.replacing", _full_disk)
    with pytest.raises(OSError, match="No space left"):
        store.create(Hyperparameters())
    assert list(store.root.iterdir()) == []
