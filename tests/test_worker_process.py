"""The process that computes: it stays warm, is watched, and is never left behind."""

import errno
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import BrokenExecutor, CancelledError
from pathlib import Path

import psutil
import pytest

from core import worker_process
from core.worker_process import TaskError, WorkerHung, WorkerProcess
from tests.helpers import has_ended, in_own_mounts, wait_until

_PROJECT = Path(__file__).parent.parent
_SERVER = """
import time
from core.worker_process import WorkerProcess
worker = WorkerProcess()
worker.submit(int).result()
print(worker.pid, flush=True)
worker.submit(time.sleep, 60)
time.sleep(60)
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    """A folder for temporary files of this test's own."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


@pytest.fixture
def worker():
    worker = WorkerProcess()
    yield worker
    worker.kill()


def _remember(value):
    """Keep a value in a module of the process that runs this."""
    import string

    before = getattr(string, "remembered", None)
    string.remembered = value
    return before


def _raise_foreign():
    from pydantic import TypeAdapter

    TypeAdapter(int).validate_python("x")


def _start_child():
    """Start a process that lives longer than this one, and return its id."""
    return subprocess.Popen(["sleep", "60"]).pid


def test_tasks_run_in_their_order_in_one_other_process_that_stays(worker):
    assert worker.submit(os.getpid).result() == worker.pid != os.getpid()
    futures = [worker.submit(_remember, value) for value in range(3)]
    assert [future.result() for future in futures] == [None, 0, 1]
    assert worker.submit(int, "11", base=2).result() == 3


def test_what_a_task_raises_is_raised_with_the_place_where_it_happened(worker):
    error = worker.submit(os.rmdir, "no such folder").exception()
    assert isinstance(error, FileNotFoundError)
    assert error.errno == errno.ENOENT
    assert "In the worker process:" in error.__notes__[0]
    foreign = worker.submit(_raise_foreign).exception()
    assert type(foreign) is TaskError
    assert str(foreign).startswith("ValidationError: 1 validation error")
    assert worker.submit(int).result() == 0


def test_it_needs_neither_semaphores_nor_shared_memory():
    code = """
import multiprocessing
from core.worker_process import WorkerProcess
try:
    multiprocessing.get_context("spawn").Semaphore()
except OSError:
    print("no semaphores")
with WorkerProcess() as worker:
    print(worker.submit(pow, 2, 5).result())
"""
    shown = in_own_mounts(
        [sys.executable, "-c", code], cwd=_PROJECT, first="mount -t tmpfs -o ro tmpfs /dev/shm"
    )
    assert shown == "no semaphores\n32\n"


def test_it_ends_after_its_tasks_when_it_is_shut_down(temporary):
    with WorkerProcess() as worker:
        futures = [worker.submit(time.sleep, 0.2), worker.submit(int)]
        process = psutil.Process(worker.pid)
    assert [future.result() for future in futures] == [None, 0]
    wait_until(lambda: has_ended(process), seconds=5)
    wait_until(lambda: not [*temporary.iterdir()], seconds=5)
    with pytest.raises((RuntimeError, BrokenExecutor)):
        worker.submit(int)


def test_what_waits_can_be_cancelled(worker):
    under_way, waiting, other = (worker.submit(time.sleep, 0.3) for _ in range(3))
    assert waiting.cancel()
    worker.shutdown(cancel_futures=True)
    assert under_way.result() is None
    for future in (waiting, other):
        with pytest.raises(CancelledError):
            future.result()


def test_killed_it_lets_nobody_wait(worker, temporary):
    futures = [worker.submit(time.sleep, 60), worker.submit(int)]
    process = psutil.Process(worker.pid)
    started = time.monotonic()
    worker.kill()
    for future in futures:
        assert isinstance(future.exception(timeout=10), BrokenExecutor)
    with pytest.raises(BrokenExecutor):
        worker.submit(int)
    assert time.monotonic() - started < 5
    assert has_ended(process)
    assert not [*temporary.iterdir()]
    worker.kill()


def test_a_process_that_dies_lets_nobody_wait(worker):
    future = worker.submit(os._exit, 3)
    error = future.exception(timeout=10)
    assert isinstance(error, BrokenExecutor)
    assert not isinstance(error, WorkerHung)


def test_a_process_that_gives_no_sign_of_life_is_killed():
    worker = WorkerProcess(seconds_of_silence=2)
    process = psutil.Process(worker.pid)
    future = worker.submit(time.sleep, 60)
    time.sleep(3)  # busy for longer than that, it is left alone
    assert not future.done()
    process.suspend()
    assert isinstance(future.exception(timeout=20), WorkerHung)
    wait_until(lambda: has_ended(process), seconds=5)


def test_an_idle_process_that_is_stopped_for_a_moment_only_is_left_alone():
    worker = WorkerProcess(seconds_of_silence=4)
    process = psutil.Process(worker.pid)
    assert worker.submit(int).result() == 0
    process.suspend()
    time.sleep(1.5)
    process.resume()
    assert worker.submit(int).result(timeout=10) == 0
    time.sleep(3.5)
    assert worker.submit(int).result(timeout=10) == 0
    worker.kill()


def test_a_server_that_was_stopped_itself_has_not_waited(tmp_path):
    code = _SERVER.replace("WorkerProcess()", "WorkerProcess(seconds_of_silence=3)")
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=_PROJECT, stdout=subprocess.PIPE, text=True
    ) as server:
        worker = psutil.Process(int(server.stdout.readline()))
        # Both are stopped, as by a laptop that sleeps, for longer than a worker may be silent.
        for process in (server, worker):
            process.send_signal(signal.SIGSTOP)
        time.sleep(5)
        for process in (server, worker):
            process.send_signal(signal.SIGCONT)
        time.sleep(2)
        assert not has_ended(worker)
        server.kill()
    wait_until(lambda: has_ended(worker), seconds=5)


@pytest.mark.parametrize("told", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_with_its_server_and_leaves_no_files(temporary, told):
    with subprocess.Popen(
        [sys.executable, "-c", _SERVER], cwd=_PROJECT, stdout=subprocess.PIPE, text=True
    ) as server:
        worker = psutil.Process(int(server.stdout.readline()))
        assert len([*temporary.iterdir()]) == 1
        server.send_signal(told)
    wait_until(lambda: has_ended(worker), seconds=5)
    wait_until(lambda: not [*temporary.iterdir()], seconds=5)


def test_what_a_killed_server_and_its_killed_worker_left_is_removed_by_the_next(temporary, worker):
    with subprocess.Popen(
        [sys.executable, "-c", _SERVER], cwd=_PROJECT, stdout=subprocess.PIPE, text=True
    ) as server:
        other = psutil.Process(int(server.stdout.readline()))
        other.suspend()
        server.kill()
        other.kill()
    wait_until(lambda: has_ended(other), seconds=5)
    assert len([*temporary.iterdir()]) == 2
    foreign = temporary / "digit-lab-worker-file"
    foreign.touch()
    new = WorkerProcess()
    assert len([*temporary.iterdir()]) == 3
    assert worker.submit(os.listdir, os.environ["TMPDIR"]).result()
    new.kill()
    assert len([*temporary.iterdir()]) == 2


def test_a_worker_s_temporary_files_are_in_a_folder_of_its_own(worker, temporary):
    folder = Path(worker.submit(tempfile.gettempdir).result())
    assert folder.parent == temporary


def test_without_a_place_for_temporary_files_it_works_all_the_same(monkeypatch):
    def full(**_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(worker_process.tempfile, "mkdtemp", full)
    with WorkerProcess() as worker:
        assert worker.submit(int).result() == 0


def test_a_process_that_cannot_be_started_leaves_nothing_behind(monkeypatch, temporary):
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    threads = threading.active_count()
    with pytest.raises(FileNotFoundError):
        WorkerProcess()
    assert threading.active_count() == threads
    assert not [*temporary.iterdir()]


def test_its_end_is_noticed_though_a_process_that_it_started_lives_on(worker):
    child = psutil.Process(worker.submit(_start_child).result())
    future = worker.submit(time.sleep, 60)
    os.kill(worker.pid, signal.SIGKILL)
    assert isinstance(future.exception(timeout=10), BrokenExecutor)
    child.kill()


def test_it_gives_way_and_ctrl_c_is_its_server_s_alone():
    worker = WorkerProcess(nice=3)
    process = psutil.Process(worker.pid)
    assert worker.submit(int).result() == 0
    assert process.nice() == min(19, psutil.Process().nice() + 3)
    process.send_signal(signal.SIGINT)
    assert worker.submit(int).result(timeout=10) == 0
    worker.kill()
