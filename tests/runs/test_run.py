"""A run is a directory: what is written is read again, and damage stops nobody."""

import errno
import json
import shutil
import threading
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from core.hyperparameters import Hyperparameters
from core.hyperparameters.links import RENAMED
from core.runs import MAX_NAME_LENGTH, Results, Run, RunStore


@pytest.fixture
def run(store):
    return store.create(Hyperparameters(), "A run")


def _edit(run, **changes):
    """Change run.json as somebody with an editor would."""
    path = run.directory / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


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


def test_a_run_without_a_name_is_called_after_its_architecture(store):
    name = store.create(Hyperparameters(architecture="mlp")).read().name
    assert name.startswith("mlp ")


def test_a_new_name_is_kept_short_and_never_empty(run):
    run.rename("word " * 50)
    assert len(run.read().name) <= MAX_NAME_LENGTH
    run.rename("  \n ")
    assert run.read().name == run.id


def test_an_update_leaves_the_other_fields_alone(run):
    before = run.read()
    run.update(device="CPU", num_parameters=7)
    assert run.read() == before.model_copy(update={"device": "CPU", "num_parameters": 7})


def test_a_run_from_before_drawn_digits_were_measured_still_opens(run):
    results = {
        "best_epoch": 1,
        "val_loss": 0.1,
        "val_accuracy": 0.9,
        "test_loss": 0.2,
        "test_accuracy": 0.8,
        "seconds": 1.0,
        "images_per_second": 10.0,
    }
    _edit(run, status="completed", results=results)
    record = run.read()
    assert (record.status, record.error) == ("completed", None)
    assert record.results.test_accuracy == 0.8
    assert record.results.drawn_accuracy is None


def test_updates_from_many_sides_at_once_are_all_kept(run):
    fields = ("name", "device", "error")
    threads = [
        threading.Thread(target=lambda f=f: [run.update(**{f: str(i)}) for i in range(20)])
        for f in fields
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [getattr(run.read(), field) for field in fields] == ["19"] * 3


def test_an_invalid_update_changes_nothing(run):
    before = run.read()
    with pytest.raises(ValidationError):
        run.update(status="on holiday")
    assert run.read() == before


def test_runs_are_listed_newest_first_and_queued_oldest_first(store):
    runs = [store.create(Hyperparameters(), str(i)) for i in range(3)]
    for second, run in enumerate(runs):
        _edit(run, created=datetime(2024, 1, 1, 0, 0, second, tzinfo=UTC).isoformat())
    assert [run.id for run in store.queued()] == [run.id for run in runs]
    assert [run.id for run in store.list()] == sorted((run.id for run in runs), reverse=True)
    runs[1].update(status="completed")
    assert [run.id for run in store.queued()] == [runs[0].id, runs[2].id]


def test_a_run_whose_worker_is_gone_is_interrupted(run):
    run.update(status="running")
    with run.locked_for_training() as alone:
        assert alone
        assert run.is_busy()
        assert run.read().status == "running"
    record = run.read()
    assert record.status == "interrupted"
    assert record.is_finished
    assert "ended unexpectedly" in record.error


def test_only_one_worker_gets_a_run(monkeypatch, run):
    monkeypatch.setattr("core.runs.run._ACQUIRE_SECONDS", 0.05)
    with run.locked_for_training() as first, Run(run.directory).locked_for_training() as second:
        assert (first, second) == (True, False)
    assert not run.is_busy()


def test_a_waiting_run_that_is_stopped_never_begins(store, run):
    run.request_stop()
    assert run.read().status == "stopped"
    assert store.queued() == []


def test_a_stop_asked_of_a_running_run_is_seen_by_its_worker(run):
    assert not run.control().stop
    run.update(status="running")
    with run.locked_for_training():
        run.request_stop()
        assert run.read().status == "running"
    assert run.control().stop


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"stop": "yes"}', b"\xff\xfe"])
def test_a_damaged_control_file_stops_nothing(run, content):
    (run.directory / "control.json").write_bytes(content)
    assert not run.control().stop


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": "on holiday"}, "invalid at status"),
        ({"created": "yesterday"}, "invalid at created"),
        ({"created": "2024-01-01T12:00:00"}, "invalid at created"),
        ({"id": "another"}, "belongs to the run 'another'"),
        ({"hyperparameters": {"epochs": 0}}, "Epochs: Input should be greater than"),
        ({"other_settings": ["red"]}, "invalid at other_settings"),
        ({"results": {"best_epoch": 1}}, "invalid at results"),
    ],
)
def test_a_damaged_run_is_listed_with_its_reason_and_stops_no_queue(store, changes, reason):
    good, bad = (store.create(Hyperparameters(), name) for name in ("good", "bad"))
    _edit(bad, **changes)
    record = bad.read()
    assert record.status == "unreadable"
    assert reason in record.error
    assert record.is_finished
    assert {run.id for run in store.list()} == {good.id, bad.id}
    assert [run.id for run in store.queued()] == [good.id]


@given(st.binary(max_size=200) | st.recursive(st.none() | st.integers(), st.lists).map(json.dumps))
def test_no_content_of_run_json_ends_in_an_exception(tmp_path_factory, content):
    run = Run(tmp_path_factory.getbasetemp() / "foreign")
    run.directory.mkdir(exist_ok=True)
    (run.directory / "run.json").write_bytes(
        content if isinstance(content, bytes) else content.encode()
    )
    record = run.read()
    assert record.status == "unreadable"
    assert record.error.startswith("Its run.json is invalid")


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


@pytest.mark.parametrize("foreign", ["worker.lock", "metrics.jsonl", "control.json"])
def test_a_folder_where_a_file_belongs_stops_no_page(run, foreign):
    _edit(run, status="running")
    (run.directory / foreign).mkdir()
    assert run.read().status == "interrupted"
    assert not run.metrics()
    assert not run.control().stop


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
    results = Results(
        best_epoch=1, val_loss=0.1, val_accuracy=0.9, seconds=1.0, images_per_second=10.0
    )
    run.update(status="completed", results=results)
    with run.locked_for_training():
        store.delete(run.id)
        with pytest.raises(FileNotFoundError):
            run.update(results=results)
    assert list(store.root.iterdir()) == []


def test_a_run_deleted_by_somebody_else_is_read_as_unreadable(run):
    shutil.rmtree(run.directory)
    assert run.read().status == "unreadable"
    assert not run.metrics()
    assert not run.is_busy()


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


def test_a_reader_never_sees_half_a_file(run):
    done = threading.Event()
    seen = []

    def read():
        while not done.is_set():
            seen.append(run.read().status)

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(50):
        run.update(error="long " * 2000)
    done.set()
    reader.join()
    assert set(seen) == {"queued"}


def test_a_run_knows_its_owner_and_the_drawing_that_rides_along(store):
    image = np.linspace(0, 1, 784).reshape(28, 28)
    run = store.create(Hyperparameters(), owner="0123456789ab", drawing=image)
    assert run.read().owner == "0123456789ab"
    np.testing.assert_array_equal(run.drawing(), image.astype(np.float32))
    without = store.create(Hyperparameters())
    assert without.read().owner is None
    assert without.drawing() is None


def test_a_resumed_run_goes_to_the_end_of_the_line(store):
    first, second, third = (store.create(Hyperparameters()) for _ in range(3))
    first.update(status="interrupted", error="gone")
    first.request_resume()
    assert [run.id for run in store.queued()] == [second.id, third.id, first.id]
    record = first.read()
    assert (record.status, record.error) == ("queued", None)
    assert record.created < record.queued


@pytest.mark.parametrize("status", ["paused", "stopped", "interrupted", "failed"])
def test_what_can_go_on_is_queued_once_resumed(store, run, status):
    run.update(status=status)
    run.request_resume()
    assert [queued.id for queued in store.queued()] == [run.id]


@pytest.mark.parametrize("status", ["running", "completed", "queued"])
def test_resuming_changes_no_run_that_is_at_work_or_done(run, status):
    run.update(status=status)
    with run.locked_for_training():
        before = run.read()
        run.request_resume()
        assert run.read() == before


def test_a_paused_run_is_not_finished_and_waits_for_nobody(store, run):
    run.update(status="paused")
    assert not run.read().is_finished
    assert store.queued() == []
    assert run.read().status == "paused"  # also where no worker has it


def test_a_paused_run_that_is_stopped_gets_a_worker_which_measures_it(store, run):
    run.update(status="paused")
    run.request_pause()
    run.request_stop()
    assert [queued.id for queued in store.queued()] == [run.id]
    assert run.control().stop and not run.control().pause


def test_a_worker_may_leave_a_paused_run_but_not_one_that_was_resumed(run):
    run.update(status="paused")
    run.request_pause()
    run.request_release()
    assert run.release()
    run.request_resume()
    assert not run.release()
    # Also where the status has not been changed yet by whoever resumed, or by the worker.
    run.update(status="paused")
    assert not run.release()
    run.request_pause()
    run.update(status="running")
    assert not run.release()


def test_a_new_pause_does_not_release_a_run_again(run):
    run.update(status="paused")
    run.request_pause()
    run.request_release()
    run.request_resume()
    run.update(status="running")
    with run.locked_for_training():
        run.request_pause()
        assert run.control().pause and not run.control().release


def test_epochs_are_added_to_a_completed_run_only(run, tiny):
    run.request_more_epochs(3)
    assert run.read().segments == ()
    epochs = run.read().hyperparameters.epochs
    run.update(status="completed")
    run.request_more_epochs(3)
    assert run.read().segments == (epochs, epochs + 3)
    assert (run.read().status, run.read().num_epochs) == ("queued", epochs + 3)


def test_epochs_are_added_from_where_a_run_stopped_early(run):
    run.update(status="completed", segments=(5, 20), stopped_early_at=9)
    run.request_more_epochs(4)
    assert run.read().segments == (5, 9, 13)


def test_a_deleted_run_can_be_asked_nothing_and_does_not_come_back(store, run):
    store.delete(run.id)
    for request in (run.request_stop, run.request_pause, run.request_resume, run.request_release):
        with pytest.raises(FileNotFoundError):
            request()
    assert list(store.root.iterdir()) == []


def test_settings_that_this_version_does_not_know_are_kept_and_stop_nothing(monkeypatch, run, tiny):
    settings = tiny.model_dump(mode="json") | {"colour": "red", "old_batch_size": 16}
    del settings["batch_size"]
    monkeypatch.setitem(RENAMED, "old_batch_size", "batch_size")
    _edit(run, hyperparameters=settings)
    record = run.read()
    assert record.status == "queued"
    assert record.hyperparameters == tiny.model_copy(update={"batch_size": 16})
    assert record.other_settings == {"colour": "red"}
    run.rename("Renamed")
    assert run.read().other_settings == {"colour": "red"}
    with pytest.raises(ValidationError, match="colour"):
        Hyperparameters(colour="red")


def test_a_setting_kept_by_a_version_that_did_not_know_it_is_read_again(run, tiny):
    settings = tiny.model_dump(mode="json")
    del settings["seed"]
    _edit(run, hyperparameters=settings, other_settings={"seed": 5})
    record = run.read()
    assert (record.hyperparameters.seed, record.other_settings) == (5, {})
