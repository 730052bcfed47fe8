"""Run a function in a process apart, where what it takes or breaks is not this process's.

What ends that process, such as a damaged file in a library of C, does not end this one. Does not
know what it runs.
"""

import threading
from collections.abc import Callable
from concurrent.futures import BrokenExecutor
from typing import ParamSpec, TypeVar

from core.worker_process import WorkerProcess

P = ParamSpec("P")
T = TypeVar("T")

_NICE = 5
_MOST_SECONDS = 600.0


def run_apart(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a function in a process that ends with it; blocking.

    Raises:
        BrokenExecutor: the process ended, or took longer than any such function does.
        OSError: no process can be started.
        Exception: whatever the function raises; `TaskError` where only its process knows it.
    """
    with ProcessApart(seconds_idle=0) as process:
        return process.run(function, *args, **kwargs)


class ProcessApart:
    """A process that starts with the first function and stays a while for the next one.

    To import what a function needs may take longer than the function.
    """

    def __init__(self, *, seconds_idle: float) -> None:
        """Prepare; the process ends when nothing was run for so many seconds."""
        self._seconds_idle = seconds_idle
        self._lock = threading.Lock()  # held while a function runs: they run one after the other
        self._worker: WorkerProcess | None = None
        self._timer: threading.Timer | None = None

    def __enter__(self) -> "ProcessApart":
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process."""
        self.close()

    def run(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a function; blocking; raises as `run_apart` does."""
        with self._lock:
            if self._timer:
                self._timer.cancel()
            if self._worker is None:
                self._worker = WorkerProcess(nice=_NICE)
            try:
                return self._worker.submit(function, *args, **kwargs).result(_MOST_SECONDS)
            except TimeoutError:
                self._end()
                raise BrokenExecutor("It took too long.") from None
            except BrokenExecutor:
                self._end()
                raise
            finally:
                self._timer = threading.Timer(self._seconds_idle, self.close)
                self._timer.daemon = True
                self._timer.start()

    def close(self) -> None:
        """End the process, once what runs is done; the next function starts another one."""
        with self._lock:
            if self._timer:
                self._timer.cancel()
            self._end()

    def _end(self) -> None:
        if self._worker:
            self._worker.kill()
            self._worker = None
