"""Where training runs: a queue, and one warm worker process that serves it.

The queue is the runs folder itself: whatever is "queued" there, oldest first, so that a restarted
server continues where the last one ended. A worker needs only a run's directory. Training is a
process of its own because page reruns and training would fight for one interpreter, and because
a crash in training must not take the pages down. Does not know how a run is trained.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, wait
from contextlib import suppress
from pathlib import Path

from core.runs import Run, RunStore, is_disk_full
from core.training_task import import_training, train_in_worker
from core.worker_process import WorkerHung, WorkerProcess

_log = logging.getLogger(__name__)
_UNTOUCHED = "The training process ended before it could begin with this run. Start it again."
_HUNG = (
    "The training process stopped responding and was ended: the machine may be short of memory, or "
    "a driver may hang."
)
_FULL_DISK = "The disk is full: nothing can be written. Free some space, such as by deleting runs."
_FAILED = "Training could not begin, or could not be ended in good order."
# By how much training's priority is lower: pages and the answers to drawings go first where both
# want the processor.
_NICE = 5

_SECONDS_BETWEEN_LOOKS = 0.3
# A worker that cannot start is tried again ever less often.
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0
# Each run leaves up to 6 MB behind, in TensorFlow's cache of compiled programs, which stays.
# So a worker is replaced after so many runs when nobody waits, and after the most in any case.
_RUNS_OF_WORKER, _MOST_RUNS_OF_WORKER = 25, 100
# Who asks a run to stop does not wait longer than this. A call into a driver that never returns may
# leave Python free, so that the process gives signs of life all the same.
_SECONDS_TO_STOP = 120.0
# How often it is tried to note on a full disk what became of a run.
_SECONDS_BETWEEN_NOTES = 5.0


class _CannotStart(Exception):
    """No worker can be had now; the message says why. No run is to blame."""


def start_worker_process() -> Executor:
    """Start the process that trains."""
    return WorkerProcess(nice=_NICE)


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
        self._loading: Future[None] | None = None
        # What became of runs that could not be written into their directories.
        self._unnoted: dict[str, str] = {}
        # Runs with which a worker died once.
        self._tried: set[str] = set()
        self._num_trained = 0  # by this worker
        self._current: str | None = None
        self._problem: str | None = None
        self._pause = _FIRST_PAUSE
        self._wake = threading.Event()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="training-queue", daemon=True)
        self._thread.start()

    def submit(self, run: Run) -> None:
        """Let a queued run be trained when its turn comes."""
        self._wake.set()

    @property
    def current(self) -> str | None:
        """Return the id of the run that the worker has, whether it trains, rests or measures."""
        return self._current

    @property
    def problem(self) -> str | None:
        """Return why no run can start now and what to do, for a page; None where one can."""
        return _FULL_DISK if self._unnoted else self._problem

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
        self._closed.set()
        self._wake.set()
        self._end_worker()
        self._thread.join(timeout=10)
        self._end_worker()  # one that was just being started

    def _serve(self) -> None:
        self._store.clean()
        while not self._closed.is_set():
            self._wake.clear()
            try:
                executor = self._ready_worker()
                if self._closed.is_set():  # while the worker was being started
                    break
                self._note_again()
                run = self._next()
                if self._loading and self._loading.done():
                    self._recover()
                if self._num_trained >= (_MOST_RUNS_OF_WORKER if run else _RUNS_OF_WORKER):
                    self._end_worker()
                    continue
                if run:
                    self._train(run, executor)
                    continue
            except Exception as error:
                # The queue must outlive whatever goes wrong with one run or one worker.
                self._pause_after(error)
                continue
            self._wake.wait(_SECONDS_BETWEEN_NOTES if self._unnoted else None)

    def _next(self) -> Run | None:
        return next((run for run in self._store.queued() if run.id not in self._unnoted), None)

    def _ready_worker(self) -> Executor:
        """Return a worker that has loaded TensorFlow, or is doing so.

        Raises:
            _CannotStart: there is none.
        """
        executor, loading = self._executor, self._loading
        if executor is None or loading is None:
            try:
                self._executor = executor = self._start_executor()
                self._loading = loading = executor.submit(import_training)  # for seconds
            except (OSError, BrokenExecutor) as error:
                reason = getattr(error, "strerror", None) or error
                raise _CannotStart(f"its process cannot be started ({reason})") from error
            loading.add_done_callback(self._has_loaded)
        self._check(loading)
        return executor

    def _has_loaded(self, loading: "Future[None]") -> None:
        """Forget the problem where a worker can train, and look again what there is to do."""
        if not loading.cancelled() and not loading.exception():
            self._recover()
        self._wake.set()

    def _recover(self) -> None:
        """Forget what kept training from starting."""
        if self._problem:
            _log.warning("Training can start again.")
        self._problem, self._pause = None, _FIRST_PAUSE

    def _check(self, loading: "Future[None] | None") -> None:
        """Raise `_CannotStart` where a worker could not load what it needs."""
        error = loading.exception() if loading and loading.done() else None
        if isinstance(error, BrokenExecutor):
            reason = "its process ends while it loads TensorFlow, perhaps for want of memory"
            raise _CannotStart(reason) from error
        if error:
            reason = f"TensorFlow cannot be loaded ({type(error).__name__}: {error})"
            raise _CannotStart(reason) from error

    def _pause_after(self, error: Exception) -> None:
        """Say what keeps training from starting, in the log once, and wait before the next try."""
        if self._closed.is_set():
            return
        reason = f"{type(error).__name__}: {error}"
        if isinstance(error, _CannotStart):
            self._end_worker()
            reason = str(error)
        problem = f"Training cannot start: {reason}. The server tries again by itself."
        if problem != self._problem:
            _log.error("%s", problem, exc_info=error)
        self._problem = problem
        self._closed.wait(self._pause)
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)

    def _end_worker(self) -> None:
        executor, self._executor = self._executor, None
        self._num_trained = 0
        if isinstance(executor, WorkerProcess):
            executor.kill()
        elif executor is not None:
            executor.shutdown(wait=False, cancel_futures=True)

    def _train(self, run: Run, executor: Executor) -> None:
        """Let the worker train a run, and note what became of it where training could not."""
        try:
            future = executor.submit(train_in_worker, run.directory, self._mnist)
        except BrokenExecutor:  # while it had nothing to do, so that no run is to blame
            _log.warning("The training process had ended; another one is started")
            self._end_worker()
            return
        loading, error = self._loading, None
        self._current, self._num_trained = run.id, self._num_trained + 1
        try:
            if not self._wait_for(future, run):
                error = _UNTOUCHED
        except WorkerHung as hung:
            _log.error("The training process hung while it had %s: %s", run.id, hung)
            self._end_worker()
            error = _HUNG
        except BrokenExecutor:
            if not self._closed.is_set():
                _log.warning("The training process died while it had %s", run.id)
            self._end_worker()
            # Whoever killed it need not have meant this run, which may try once more.
            if run.id not in self._tried:
                self._tried.add(run.id)
            else:
                error = _UNTOUCHED
        except Exception as failure:
            _log.error("%s could not be trained", run.id, exc_info=failure)
            is_full = is_disk_full(failure, run.directory)
            error = _FULL_DISK if is_full else f"{_FAILED} {type(failure).__name__}: {failure}."
        finally:
            self._current = None
        # What a server that ends has left waiting is for the next one.
        if self._closed.is_set():
            return
        self._check(loading)
        if error:
            self._note(run, error)

    def _wait_for(self, future: "Future[bool]", run: Run) -> bool:
        """Wait until the worker is done with `run`; paused, it gives way to those that wait.

        Raises:
            WorkerHung: it has not done what it was asked.
        """
        stopping = 0.0
        while not wait([future], timeout=_SECONDS_BETWEEN_LOOKS).done:
            control = run.control()
            if control.pause and run.read().status == "paused":
                if any(other.id != run.id for other in self._store.queued()):
                    with suppress(OSError):  # deleted at this moment, or the disk is full
                        run.request_release()
            elif control.stop and run.recorded().status == "running":
                # Looks are counted, so that a laptop that slept has not waited.
                stopping += _SECONDS_BETWEEN_LOOKS
                if stopping > _SECONDS_TO_STOP:
                    raise WorkerHung(f"It has not stopped for {stopping:.0f} s")
        return future.result()

    def _note(self, run: Run, error: str) -> None:
        """Write down that a run was not trained to its end, and why; later where that fails now.

        What cannot even be noted, as on a full disk, must not come up for ever.
        """
        try:
            if run.read().status == "queued":
                run.fail(error)
            elif error != _UNTOUCHED:  # of which the run tells by itself
                run.interrupt(run.with_next_step(error))
        except (FileNotFoundError, ValueError):  # deleted, or damaged by somebody
            pass
        except OSError:
            self._unnoted[run.id] = error
            return
        self._unnoted.pop(run.id, None)

    def _note_again(self) -> None:
        for run_id, error in [*self._unnoted.items()]:
            try:
                self._note(self._store.get(run_id), error)
            except KeyError:
                self._unnoted.pop(run_id)
