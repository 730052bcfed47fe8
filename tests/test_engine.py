"""The queue and its worker process, with real processes that really die."""

import errno
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import BrokenExecutor, Executor, Future
from pathlib import Path

import numpy as np
import psutil
import pytest

from core import engine as engine_module
from core.engine import TrainingEngine
from core.hyperparameters import Hyperparameters
from core.runs import RunStore, files
from core.training.state import LoopState
from core.training_task import train_in_worker
from core.worker_process import WorkerProcess
from tests.helpers import has_ended, wait_until, worker_processes

_PROJECT = Path(__file__).parent.parent
_SERVER = """
import sys
from pathlib import Path
from core.engine import TrainingEngine
from core.runs import RunStore, files
engine = TrainingEngine(RunStore(sys.argv[1]), mnist=Path(sys.argv[2]))
sys.stdin.read()
"""
_SECONDS = 120  # a worker has to load TensorFlow, perhaps on a busy machine


def _wait_for_status(run, status):
    wait_until(lambda: run.read().status == status, seconds=_SECONDS)


def _wait_for_metrics(run):
    wait_until(run.metrics, seconds=_SECONDS)


def _request(run, what, *arguments):
    """Ask something of a run, as a page does."""
    getattr(run, f"request_{what}")(*arguments)


def _epochs_in_checkpoint(run):
    if not run.has_checkpoint:
        return 0
    with np.load(run.checkpoint_path) as file:
        return LoopState.model_validate_json(file["state"].tobytes()).epoch


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return RunStore(tmp_path_factory.mktemp("server") / "runs")


@pytest.fixture(scope="module")
def killed_server(store, small_npz, tiny, endless):
    """A server that was killed with one run under way and one waiting, and its worker."""
    under_way = store.create(endless, "Under way")
    waiting = store.create(tiny, "Waiting")
    server = subprocess.Popen(
        [sys.executable, "-c", _SERVER, str(store.root), str(small_npz)],
        cwd=_PROJECT,
        stdin=subprocess.PIPE,
    )
    with server:
        _wait_for_metrics(under_way)
        (worker,) = worker_processes(server.pid)
        assert under_way.read().status == "running"
        server.kill()
    return under_way, waiting, worker


@pytest.fixture(scope="module")
def engine(store, small_npz, killed_server):
    """The server that is started after the other was killed."""
    wait_until(lambda: has_ended(killed_server[2]))
    engine = TrainingEngine(store, mnist=small_npz)
    yield engine
    engine.close()


def test_a_worker_whose_server_is_killed_ends_itself(killed_server):
    under_way, _, worker = killed_server
    wait_until(lambda: has_ended(worker), seconds=10)
    # Its threads may hold the lock a moment longer than it counts as alive.
    wait_until(lambda: under_way.read().status == "interrupted", seconds=10)
    assert under_way.read().is_finished
    assert under_way.metrics()


def test_the_next_server_trains_what_still_waited_to_its_end(killed_server, engine, small):
    under_way, waiting, _ = killed_server
    _wait_for_status(waiting, "completed")
    record = waiting.read()
    assert record.data.fingerprint == small.fingerprint
    assert record.results.test_accuracy > 0.3
    assert waiting.model_path.is_file()
    assert under_way.read().status == "interrupted"


def test_runs_wait_in_their_order_know_their_place_and_can_be_cancelled(
    store, engine, tiny, endless
):
    runs = [store.create(settings) for settings in (endless, endless, tiny, tiny)]
    first, cancelled, third, fourth = runs
    for run in runs:
        engine.submit(run)
    _wait_for_metrics(first)
    assert [engine.position(run.id) for run in runs] == [None, 1, 2, 3]
    assert [run.read().status for run in runs] == ["running", "queued", "queued", "queued"]
    cancelled.request_stop()
    assert cancelled.read().status == "stopped"
    assert [engine.position(run.id) for run in runs] == [None, None, 1, 2]
    first.request_stop()
    _wait_for_status(fourth, "completed")
    assert third.read().status == "completed"
    ended = [(run.directory / "metrics.jsonl").stat().st_mtime for run in (first, third, fourth)]
    assert ended == sorted(ended)
    assert first.read().status == "stopped"
    assert first.read().results is not None
    assert (cancelled.read().status, len(cancelled.metrics())) == ("stopped", 0)
    assert engine.position("no such run") is None


def test_a_killed_worker_leaves_its_run_interrupted_and_the_next_run_trains(
    store, engine, tiny, endless
):
    lost, following = store.create(endless), store.create(tiny)
    engine.submit(lost)
    wait_until(lambda: _epochs_in_checkpoint(lost) > 0, seconds=_SECONDS)
    (worker,) = worker_processes()
    worker.send_signal(signal.SIGKILL)
    _wait_for_status(lost, "interrupted")
    assert "killed" in lost.read().error
    assert lost.metrics()
    _wait_for_status(following, "completed")
    assert worker not in worker_processes()
    # What was lost goes on from its checkpoint in the new worker, and not from its beginning.
    reached = _epochs_in_checkpoint(lost)
    lost.request_resume()
    engine.submit(lost)
    _wait_for_status(lost, "running")
    wait_until(lambda: lost.metrics().records[-1].epoch > reached, seconds=_SECONDS)
    lost.request_stop()
    _wait_for_status(lost, "stopped")
    epochs = [record.epoch for record in lost.metrics().epochs]
    assert epochs[:reached] == list(range(1, reached + 1))


def test_a_paused_run_gives_way_to_one_that_waits_and_can_be_resumed_afterwards(
    store, engine, tiny, endless
):
    paused = store.create(endless, "Paused")
    engine.submit(paused)
    _wait_for_metrics(paused)
    paused.request_pause()
    engine.wake()
    _wait_for_status(paused, "paused")
    # Alone, it keeps the worker: it can go on at once.
    time.sleep(1)
    assert paused.is_busy()
    waiting = store.create(tiny, "Waiting")
    engine.submit(waiting)
    _wait_for_status(waiting, "completed")
    assert paused.read().status == "paused"
    assert not paused.is_busy()
    before = len(paused.metrics())
    paused.request_resume()
    engine.submit(paused)
    wait_until(lambda: len(paused.metrics()) > before, seconds=_SECONDS)
    assert paused.read().status == "running"
    steps = [record.step for record in paused.metrics().records]
    assert steps == sorted(steps)
    paused.request_stop()
    _wait_for_status(paused, "stopped")


def test_a_paused_run_that_is_resumed_keeps_its_worker_and_goes_before_those_that_wait(
    store, engine, tiny, endless
):
    paused = store.create(endless)
    engine.submit(paused)
    _wait_for_metrics(paused)
    paused.request_pause()
    _wait_for_status(paused, "paused")
    paused.request_resume()
    engine.submit(paused)
    waiting = store.create(tiny)
    engine.submit(waiting)
    _wait_for_status(paused, "running")
    assert waiting.read().status == "queued"
    assert [engine.position(run.id) for run in (paused, waiting)] == [None, 1]
    paused.request_stop()
    _wait_for_status(waiting, "completed")
    assert paused.read().status == "stopped"


def test_the_server_does_not_import_what_the_worker_does():
    code = f"""
import sys, threading
{_SERVER.replace("sys.stdin.read()", "")}
while not (engine._executor and engine._executor.submit(int).result() == 0):
    pass  # the worker has imported training by then
print("keras" in sys.modules, flush=True)
engine.close()
"""
    command = [sys.executable, "-c", code, "no such folder", "no such file"]
    ended = subprocess.run(command, cwd=_PROJECT, capture_output=True, text=True, timeout=_SECONDS)
    assert ended.stdout == "False\n"


def test_training_leaves_the_processor_to_the_pages(engine):
    (worker,) = wait_until(worker_processes)
    assert worker.nice() > psutil.Process().nice() or worker.nice() == 19


def test_a_closed_engine_leaves_no_worker_and_what_waits_waits_on(
    tmp_path, small_npz, endless, engine
):
    earlier = set(wait_until(worker_processes))  # that of `engine`
    store = RunStore(tmp_path / "runs")
    run, waiting = store.create(endless), store.create(endless)
    own = TrainingEngine(store, mnist=small_npz)
    (worker,) = wait_until(lambda: set(worker_processes()) - earlier)
    own.close()
    wait_until(lambda: has_ended(worker), seconds=10)
    assert {run.read().status, waiting.read().status} <= {"queued", "interrupted"}
    own.close()


def test_an_engine_that_is_closed_while_its_worker_starts_trains_nothing(
    tmp_path, small_npz, endless
):
    closing, submitted = threading.Event(), []

    class Worker(Executor):
        def submit(self, function, *_):
            submitted.append(function)
            return Future()

    def start():
        closing.wait(10)
        return Worker()

    store = RunStore(tmp_path / "runs")
    run = store.create(endless)
    own = TrainingEngine(store, mnist=small_npz, start_executor=start)
    closer = threading.Thread(target=own.close)
    closer.start()
    wait_until(own._closed.is_set)
    closing.set()
    closer.join(20)
    assert train_in_worker not in submitted
    assert run.read().status == "queued"


def test_a_run_continues_with_the_images_that_it_began_with(
    tmp_path, monkeypatch, synthetic, small, small_npz, tiny
):
    monkeypatch.setattr("core.training.trainer._add_drawn_digits", lambda *_: None)
    monkeypatch.setattr("core.data.dataset.load_embedded", lambda: synthetic)
    run = RunStore(tmp_path / "runs").create(tiny.model_copy(update={"epochs": 1}))
    assert train_in_worker(run.directory, None)
    assert run.read().data.name == synthetic.name
    # Others have come, as MNIST does when it is downloaded.
    run.request_more_epochs(1)
    assert train_in_worker(run.directory, small_npz)
    record = run.read()
    assert (record.status, record.error, record.segments) == ("completed", None, (1, 2))
    assert record.data.fingerprint == synthetic.fingerprint
    # And now there are only others.
    monkeypatch.setattr("core.data.dataset.load_embedded", lambda: small)
    run.request_more_epochs(1)
    assert train_in_worker(run.directory, small_npz)
    after = run.read()
    assert after.error.startswith("It began on other images")
    assert after == record.model_copy(update={"error": after.error, "queued": after.queued})


def test_a_worker_that_hangs_is_replaced_and_its_run_can_be_resumed(
    tmp_path, small_npz, tiny, endless
):
    store = RunStore(tmp_path / "runs")
    hung, following = store.create(endless), store.create(tiny)
    # Time enough to load TensorFlow's libraries.
    engine = TrainingEngine(
        store, mnist=small_npz, start_executor=lambda: WorkerProcess(seconds_of_silence=15)
    )
    wait_until(lambda: _epochs_in_checkpoint(hung) > 0, seconds=_SECONDS)
    psutil.Process(engine._executor.pid).suspend()
    wait_until(lambda: hung.recorded().status == "interrupted", seconds=_SECONDS)
    error = hung.read().error
    assert error.startswith("The training process stopped responding and was ended")
    assert error.endswith("it can be resumed.")
    _wait_for_status(following, "completed")
    assert engine.problem is None
    engine.close()
    _request(hung, "resume")
    assert hung.read().status == "queued"


class _Stuck(WorkerProcess):
    """Stands for a driver in which training never returns, while Python goes on."""

    def submit(self, function, /, *args, **kwargs):
        if function is train_in_worker:
            return super().submit(time.sleep, 600)
        return super().submit(int)


def test_who_stops_a_run_does_not_wait_for_ever_for_a_worker_that_is_stuck(tmp_path, monkeypatch):
    monkeypatch.setattr(engine_module, "_SECONDS_TO_STOP", 1)
    run = RunStore(tmp_path / "runs").create(Hyperparameters())
    engine = TrainingEngine(RunStore(tmp_path / "runs"), start_executor=_Stuck)
    wait_until(lambda: engine.current == run.id)
    process = psutil.Process(engine._executor.pid)
    run.update(status="running")
    time.sleep(2)
    assert engine.current == run.id
    _request(run, "stop")
    wait_until(lambda: run.recorded().status == "interrupted")
    assert "stopped responding" in run.read().error
    wait_until(lambda: has_ended(process))
    engine.close()


class _Loading(Executor):
    """Stands for a worker that loads TensorFlow, and takes runs without training them."""

    def __init__(self):
        self.loading, self.training = Future(), Future()

    def submit(self, function, /, *args, **kwargs):
        return self.training if function is train_in_worker else self.loading

    def shutdown(self, **_):
        for future in (self.loading, self.training):
            if not future.done():
                future.set_exception(BrokenExecutor("ended"))


class _Gone(_Loading):
    """Stands for a worker that died while it had nothing to do."""

    def submit(self, function, /, *args, **kwargs):
        if function is train_in_worker:
            raise BrokenExecutor("killed")
        self.loading.set_result(None)
        return self.loading


def test_a_worker_that_died_while_it_had_nothing_to_do_is_replaced_and_no_run_is_blamed(tmp_path):
    executors = [_Loading(), _Gone()]
    run = RunStore(tmp_path / "runs").create(Hyperparameters())
    engine = TrainingEngine(RunStore(tmp_path / "runs"), start_executor=executors.pop)
    wait_until(lambda: engine.current == run.id)
    assert not executors
    assert (run.read().status, engine.problem) == ("queued", None)
    engine.close()


@pytest.mark.parametrize("waits", [False, True])
def test_a_worker_is_replaced_after_some_runs_when_nobody_waits_or_after_many(
    tmp_path, monkeypatch, waits
):
    monkeypatch.setattr(engine_module, "_RUNS_OF_WORKER", 2)
    monkeypatch.setattr(engine_module, "_MOST_RUNS_OF_WORKER", 4)
    store, workers, trained = RunStore(tmp_path / "runs"), [], []

    class Quick(_Loading):
        def submit(self, function, /, *args, **kwargs):
            future = Future()
            if function is train_in_worker:
                trained.append(self)
                store.get(args[0].name).update(status="completed")
            future.set_result(True)
            return future

    def start():
        workers.append(Quick())
        return workers[-1]

    runs = [store.create(Hyperparameters()) for _ in range(6 if waits else 2)]
    engine = TrainingEngine(store, start_executor=start)
    wait_until(lambda: len(trained) == len(runs))
    wait_until(lambda: len(workers) == (3 if waits else 2))
    assert [workers.index(worker) for worker in trained] == [0, 0, 0, 0, 1, 1][: len(runs)]
    engine.close()


def _cannot_fork():
    raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")


def _dies_loading():
    executor = _Loading()
    executor.loading.set_exception(BrokenExecutor("killed"))
    return executor


def _cannot_import():
    executor = _Loading()
    executor.loading.set_exception(ImportError("libcuda.so.1"))
    return executor


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (_cannot_fork, "its process cannot be started (Resource temporarily unavailable)"),
        (_dies_loading, "its process ends while it loads TensorFlow"),
        (_cannot_import, "TensorFlow cannot be loaded (ImportError: libcuda.so.1)"),
    ],
)
def test_what_keeps_training_from_starting_is_said_logged_once_and_tried_ever_less_often(
    tmp_path, monkeypatch, caplog, fault, reason
):
    monkeypatch.setattr(engine_module, "_FIRST_PAUSE", 0.05)
    tries, works = [], threading.Event()

    def start():
        tries.append(time.monotonic())
        return _Loading() if works.is_set() else fault()

    store = RunStore(tmp_path / "runs")
    run = store.create(Hyperparameters())
    engine = TrainingEngine(store, start_executor=start)
    wait_until(lambda: len(tries) == 5)
    assert engine.problem.startswith(f"Training cannot start: {reason}")
    assert tries[4] - tries[3] > 2 * (tries[2] - tries[1])
    # No run is to blame, and it keeps its place.
    assert (run.read().status, engine.position(run.id)) == ("queued", 1)
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    works.set()
    wait_until(lambda: engine.current == run.id)
    engine._executor.loading.set_result(None)
    assert engine.problem is None
    assert caplog.records[1].message == "Training can start again."
    engine.close()
    assert run.read().status == "queued"


def test_a_queue_that_could_not_be_read_for_a_moment_is_served_again(tmp_path, monkeypatch):
    monkeypatch.setattr(engine_module, "_FIRST_PAUSE", 0.5)
    store = RunStore(tmp_path / "runs")
    run = store.create(Hyperparameters())
    queued, errors = store.queued, [RuntimeError("no luck")]

    def queued_or_not():
        if errors:
            raise errors.pop()
        return queued()

    monkeypatch.setattr(store, "queued", queued_or_not)
    executor = _Loading()
    executor.loading.set_result(None)
    engine = TrainingEngine(store, start_executor=lambda: executor)
    wait_until(lambda: engine.problem)
    assert engine.problem.startswith("Training cannot start: RuntimeError: no luck.")
    wait_until(lambda: engine.current == run.id)
    assert engine.problem is None
    engine.close()


def test_a_run_that_was_damaged_while_it_trained_does_not_block_the_queue(tmp_path):
    store = RunStore(tmp_path / "runs")
    damaged, following = store.create(Hyperparameters()), store.create(Hyperparameters())

    class Damaging(_Failing):
        def submit(self, function, /, *args, **kwargs):
            if function is train_in_worker and args[0].name == damaged.id:
                (damaged.directory / "run.json").write_text("{")
            return super().submit(function, *args, **kwargs)

    engine = TrainingEngine(store, start_executor=Damaging)
    _wait_for_status(following, "failed")
    assert damaged.read().status == "unreadable"
    assert engine.problem is None
    engine.close()


class _Failing(_Loading):
    """Stands for a worker in which a run cannot even be marked as failed: the disk is full."""

    def submit(self, function, /, *args, **kwargs):
        future = Future()
        if function is train_in_worker:
            future.set_exception(OSError(errno.ENOSPC, "No space left on device"))
        else:
            future.set_result(None)
        return future


@pytest.mark.parametrize("status", ["queued", "running"])
def test_a_run_that_cannot_be_marked_on_a_full_disk_is_marked_once_there_is_space(
    tmp_path, monkeypatch, status
):
    monkeypatch.setattr(engine_module, "_SECONDS_BETWEEN_NOTES", 0.1)
    write_text, is_full = files.write_text, threading.Event()

    def write(path, text):
        if is_full.is_set():
            raise OSError(errno.ENOSPC, "No space left on device")
        write_text(path, text)

    class Failing(_Failing):
        def submit(self, function, /, *args, **kwargs):
            if function is train_in_worker:
                run.update(status=status)
                is_full.set()
            return super().submit(function, *args, **kwargs)

    monkeypatch.setattr(files, "write_text", write)
    store = RunStore(tmp_path / "runs")
    run = store.create(Hyperparameters())
    engine = TrainingEngine(store, start_executor=Failing)
    wait_until(lambda: engine.problem)
    assert engine.problem.startswith("The disk is full")
    assert run.recorded().status == status
    is_full.clear()
    wait_until(lambda: engine.problem is None)
    record = run.read()
    assert record.status == ("failed" if status == "queued" else "interrupted")
    assert record.error.startswith("The disk is full")
    engine.close()


class _Dying(Executor):
    """Stands for workers that die before they can begin with a run, as where memory is short."""

    def submit(self, function, /, *args, **kwargs):
        future = Future()
        if function is train_in_worker:
            future.set_exception(BrokenExecutor("killed"))
        else:
            future.set_result(None)
        return future


def test_a_run_that_no_worker_survives_fails_and_does_not_block_the_queue(tmp_path):
    store = RunStore(tmp_path / "runs")
    runs = [store.create(Hyperparameters()) for _ in range(2)]
    engine = TrainingEngine(store, start_executor=_Dying)
    for run in runs:
        _wait_for_status(run, "failed")
        assert run.read().error.startswith("The training process ended before it could begin")
    engine.close()


def test_a_run_whose_worker_dies_before_it_begins_keeps_its_place_for_another_try(tmp_path):
    executors = [_Loading(), _Dying()]
    store = RunStore(tmp_path / "runs")
    run, following = store.create(Hyperparameters()), store.create(Hyperparameters())
    engine = TrainingEngine(store, start_executor=executors.pop)
    wait_until(lambda: not executors and engine.current == run.id)
    assert (run.read().status, engine.position(following.id)) == ("queued", 1)
    engine.close()


def test_an_impossible_runs_folder_does_not_end_the_queue(tmp_path):
    root = tmp_path / "runs"
    root.touch()
    store = RunStore(root)
    engine = TrainingEngine(store, start_executor=_Dying)
    engine.wake()
    root.unlink()
    run = store.create(Hyperparameters())
    engine.submit(run)
    _wait_for_status(run, "failed")
    engine.close()
