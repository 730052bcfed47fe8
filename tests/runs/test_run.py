"""A run is a directory that several processes read and write at once."""

import shutil
import threading

import pytest

from core.hyperparameters import Hyperparameters
from core.runs import Run
from tests.records import edit_record


@pytest.fixture
def run(store):
    return store.create(Hyperparameters(), "A run")


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
    monkeypatch.setattr("core.runs.recorded._ACQUIRE_SECONDS", 0.05)
    with run.locked_for_training() as first, Run(run.directory).locked_for_training() as second:
        assert (first, second) == (True, False)
    assert not run.is_busy()


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


@pytest.mark.parametrize("foreign", ["worker.lock", "metrics.jsonl", "control.json"])
def test_a_folder_where_a_file_belongs_stops_no_page(run, foreign):
    edit_record(run, status="running")
    (run.directory / foreign).mkdir()
    assert run.read().status == "interrupted"
    assert not run.metrics()
    assert not run.control().stop


def test_a_run_deleted_by_somebody_else_is_read_as_unreadable(run):
    shutil.rmtree(run.directory)
    assert run.read().status == "unreadable"
    assert not run.metrics()
    assert not run.is_busy()


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
