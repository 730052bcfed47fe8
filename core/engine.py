"""Where training runs: a queue, and one warm worker process that serves it.

The queue is the runs folder itself: whatever is "queued" there, oldest first, so that a restarted
server continues where the last one ended. A worker needs only a run's directory. Training is a
process of its own because page reruns and training would fight for one interpreter, and because
a crash in training must not take the pages down. Does not know how a run is trained.
"""

import functools
import gc
import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, wait
from contextlib import suppress
from pathlib import Path

from loky import ProcessPoolExecutor

from core.data import Dataset, data_stamp, find_dataset, load_configured
from core.runs import Run, RunStore

_log = logging.getLogger(__name__)
_UNTOUCHED = "The training process ended before it could begin with this run. Start it again."

_SECONDS_BETWEEN_LOOKS = 0.3


def start_worker_process() -> Executor:
    """Start an executor with one process that survives Streamlit and is told apart from it.

    `concurrent.futures.ProcessPoolExecutor` cannot serve here: its child would import the
    server's main module under spawn, and inherit TensorFlow's threads under fork.
    """
    return ProcessPoolExecutor(max_workers=1, initializer=_prepare_worker, initargs=(os.getpid(),))


class TrainingEngine:
    """Trains the queued runs of a store, one after the other, in another process."""

    def __init__(
        self,
        store: RunStore,
        *,
        mnist: Path | None = None,
        start_executor: Callable[[], Executor] = start_worker_process,
    ) -> None:
        """Begin to serve the queue, with what an earlier server left in it.

        `mnist` is what the server's owner named; `start_executor` starts what computes, and is
        called again after a worker died.
        """
        self._store, self._mnist, self._start_executor = store, mnist, start_executor
        self._executor: Executor | None = None
        self._given_up: set[str] = set()
        self._current: str | None = None
        self._wake = threading.Event()
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name="training-queue", daemon=True)
        self._thread.start()

    def submit(self, run: Run) -> None:
        """Let a queued run be trained when its turn comes."""
        self._wake.set()

    @property
    def current(self) -> str | None:
        """Return the id of the run that the worker has, whether it trains, rests or measures."""
        return self._current

    def waiting(self, *, max_age: float = 0.0) -> Sequence[Run]:
        """Return the runs in the queue, first in line first, without the one that has a worker.

        `max_age` is how old this may be, in seconds, as for `RunStore.look`.
        """
        return [run for run in self._store.queued(max_age=max_age) if run.id != self._current]

    def position(self, run_id: str, *, max_age: float = 0.0) -> int | None:
        """Return a run's place among those `waiting`, 1 for the next; None where it is not one."""
        waiting = [run.id for run in self.waiting(max_age=max_age)]
        return waiting.index(run_id) + 1 if run_id in waiting else None

    def wake(self) -> None:
        """Look at the queue again, which somebody has changed."""
        self._wake.set()

    def close(self) -> None:
        """Stop serving and end the worker process, whatever it is doing; safe to call again."""
        if self._closed:
            return
        self._closed = True
        self._wake.set()
        if isinstance(self._executor, ProcessPoolExecutor):
            self._executor.shutdown(wait=False, kill_workers=True)
        elif self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)
        self._thread.join(timeout=10)

    def _serve(self) -> None:
        self._store.clean()
        while not self._closed:
            self._wake.clear()
            try:
                if self._executor is None:
                    self._executor = self._start_executor()
                    self._executor.submit(_import_training)  # for seconds
                    # So that a server that is told to end does so at once: loky waits for its
                    # workers in this hook, which nothing public offers; the last added runs first.
                    threading._register_atexit(self.close)  # type: ignore[attr-defined]
                waiting = [run for run in self._store.queued() if run.id not in self._given_up]
                if waiting:
                    self._train(waiting[0], self._executor)
                    continue
            except Exception:
                # The queue must outlive whatever goes wrong with one run or one worker.
                _log.exception("The training queue had a problem and continues")
                self._wake.wait(1.0)
                continue
            self._wake.wait()

    def _train(self, run: Run, executor: Executor) -> None:
        self._current = run.id
        was_trained = False
        try:
            future = executor.submit(train_in_worker, run.directory, self._mnist)
            was_trained = self._wait_for(future, run)
        except BrokenExecutor:
            _log.warning("The training process died while it had %s", run.id, exc_info=True)
            self._executor = None
        finally:
            self._current = None
            # A run that cannot even be marked, as on a full disk, must not come up for ever; one
            # that this server has left waiting is for the next server, and one that was trained
            # may have been put into the queue again.
            if not (was_trained or self._closed) and run.read().status == "queued":
                self._given_up.add(run.id)
                with suppress(FileNotFoundError):  # deleted at this moment
                    run.fail(_UNTOUCHED)

    def _wait_for(self, future: "Future[bool]", run: Run) -> bool:
        """Wait until the worker is done with `run`; paused, it gives way to those that wait."""
        while not wait([future], timeout=_SECONDS_BETWEEN_LOOKS).done:
            paused = run.control().pause and run.read().status == "paused"
            if paused and any(other.id != run.id for other in self._store.queued()):
                with suppress(FileNotFoundError):  # deleted at this moment
                    run.request_release()
        return future.result()


def _import_training() -> None:
    """Import what training needs; returns nothing, which the server would import, too."""
    import core.training  # noqa: F401


def train_in_worker(directory: Path, mnist: Path | None) -> bool:
    """Train the run in `directory`, in the worker process; tell if it waited for that, and was."""
    import keras

    from core.training import train

    run = Run(directory)
    was_trained = train(run, _data_for(run, mnist))
    # Only this process is touched, and nobody else trains in it.
    keras.backend.clear_session()
    gc.collect()
    return was_trained


def _data_for(run: Run, mnist: Path | None) -> Dataset:
    """Return the images that a new run gets now, or those that a continued one began with."""
    data, record = _dataset(mnist, data_stamp(mnist)), run.recorded()
    if record.data is None or record.data.fingerprint == data.fingerprint:
        return data
    began_with = find_dataset(record.data.fingerprint, mnist) if run.has_checkpoint else None
    return began_with or data


@functools.lru_cache(maxsize=1)
def _dataset(mnist: Path | None, stamp: tuple[float, ...]) -> Dataset:
    return load_configured(mnist)


def _prepare_worker(server: int) -> None:
    # The pages and the answers to drawings go before training where both want the processor.
    os.nice(5)
    threading.Thread(target=_end_with_server, args=(server,), daemon=True).start()


def _end_with_server(server: int) -> None:
    """End this process when the server is gone, even when it was killed."""
    while os.getppid() == server:
        time.sleep(0.5)
    os._exit(1)
