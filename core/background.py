"""Run each task once, in a background thread, and return its future. Knows no task.

The threads end with the process, whatever they are doing: `concurrent.futures` would finish every
task that waits before a server may end.
"""

import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import CancelledError, Future, InvalidStateError
from contextlib import suppress
from queue import SimpleQueue
from typing import Any

# What failed may have failed by chance, such as on a busy disk; a page that looks at it each second
# is not to try a file that is simply damaged each second.
_SECONDS_BEFORE_RETRY = 5.0


class Background:
    """One thread that runs each task once and keeps the results; thread-safe."""

    def __init__(self, name: str, *, max_kept: int) -> None:
        """Prepare a thread, which starts with the first task.

        Args:
            name: name of the thread.
            max_kept: results that are kept; the least recently used is dropped and computed again
                when it is needed.
        """
        self._name, self._max_kept = name, max_kept
        self._tasks: SimpleQueue[tuple[Future[Any], Callable[[], Any]]] = SimpleQueue()
        self._futures: OrderedDict[Hashable, Future[Any]] = OrderedDict()
        self._failed: weakref.WeakKeyDictionary[Future[Any], float] = weakref.WeakKeyDictionary()
        self._unfinished: set[Future[Any]] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        _all.add(self)

    def once(self, key: Hashable, work: Callable[[], Any]) -> Future[Any]:
        """Return the future of the task `key`, which runs `work` if it is not known yet.

        What has failed is run again when it is asked for some seconds later.
        """
        with self._lock:
            if key not in self._futures or self._is_to_be_retried(self._futures[key]):
                self._futures[key] = self._submit(work)
                if len(self._futures) > self._max_kept:
                    self._futures.popitem(last=False)
            self._futures.move_to_end(key)
            return self._futures[key]

    def submit(self, work: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Run a task after those submitted before it, every time."""
        with self._lock:
            return self._submit(lambda: work(*arguments))

    def close(self) -> None:
        """Let nobody wait any longer for what is not done: it never will be."""
        with self._lock:
            unfinished = list(self._unfinished)
        for future in unfinished:
            if not future.cancel():
                with suppress(InvalidStateError):  # done at this moment
                    future.set_exception(CancelledError())

    def _is_to_be_retried(self, future: Future[Any]) -> bool:
        failed = self._failed.get(future)
        return failed is not None and time.monotonic() - failed >= _SECONDS_BEFORE_RETRY

    def _submit(self, work: Callable[[], Any]) -> Future[Any]:
        future: Future[Any] = Future()
        self._unfinished.add(future)
        self._tasks.put((future, work))
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name=self._name, daemon=True)
            self._thread.start()
        return future

    def _serve(self) -> None:
        while True:
            future, work = self._tasks.get()
            if future.set_running_or_notify_cancel():
                self._run(future, work)
            with self._lock:
                self._unfinished.discard(future)
            del future, work  # which would be kept until the next task

    def _run(self, future: Future[Any], work: Callable[[], Any]) -> None:
        with suppress(InvalidStateError):  # closed meanwhile
            try:
                result = work()
            except BaseException as error:
                with self._lock:
                    self._failed[future] = time.monotonic()
                future.set_exception(error)
            else:
                future.set_result(result)


_all: weakref.WeakSet[Background] = weakref.WeakSet()


def _close_all() -> None:
    for background in list(_all):
        background.close()


# Before the process waits for the threads of pages, which may wait for these tasks; nothing public
# offers that.
threading._register_atexit(_close_all)  # type: ignore[attr-defined]
