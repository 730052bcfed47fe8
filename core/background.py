"""Run each task once, in a background thread, and return its future. Knows no task.

A process that ends drops the tasks that wait, which `concurrent.futures` would all do before; a
server drops the one that runs, too.
"""

import logging
import os
import sys
import threading
import time
import traceback
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
_LONGEST_MESSAGE = 1000  # characters
# What a server that ends gives the tasks that are running.
_SECONDS_TO_END = 0.5


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
        self._tasks: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._futures: OrderedDict[Hashable, Future[Any]] = OrderedDict()
        self._failed: weakref.WeakKeyDictionary[Future[Any], float] = weakref.WeakKeyDictionary()
        self._unfinished: set[Future[Any]] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_closed = False
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

    def known(self, key: Hashable) -> Future[Any] | None:
        """Return the future of the task `key` where it was run, and is kept, or will be run."""
        with self._lock:
            return self._futures.get(key)

    def submit(self, work: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Run a task after those submitted before it, every time."""
        with self._lock:
            return self._submit(lambda: work(*arguments))

    def close(self) -> None:
        """Do nothing after the task that runs, and let nobody wait for what is not done."""
        with self._lock:
            self._is_closed = True
            unfinished = list(self._unfinished)
        for future in unfinished:
            if not future.cancel():
                with suppress(InvalidStateError):  # done at this moment
                    future.set_exception(CancelledError())
        self._tasks.put(None)

    def raise_if_closed(self) -> None:
        """Raise `CancelledError` where nobody waits any longer; for a task of many steps."""
        if self._is_closed:
            raise CancelledError

    def join(self, timeout: float | None = None) -> bool:
        """Wait until the task that runs is done after `close`; return whether it is."""
        if self._thread is not None:
            self._thread.join(timeout)
        return self._thread is None or not self._thread.is_alive()

    def _is_to_be_retried(self, future: Future[Any]) -> bool:
        failed = self._failed.get(future)
        return failed is not None and time.monotonic() - failed >= _SECONDS_BEFORE_RETRY

    def _submit(self, work: Callable[[], Any]) -> Future[Any]:
        future: Future[Any] = Future()
        if self._is_closed:  # nobody would ever run it
            future.cancel()
            return future
        self._unfinished.add(future)
        self._tasks.put((future, work))
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name=self._name, daemon=True)
            self._thread.start()
        return future

    def _serve(self) -> None:
        while (task := self._tasks.get()) is not None:
            future, work = task
            if future.set_running_or_notify_cancel():
                self._run(future, work)
            with self._lock:
                self._unfinished.discard(future)
            del task, future, work  # which would be kept until the next task

    def _run(self, future: Future[Any], work: Callable[[], Any]) -> None:
        with suppress(InvalidStateError):  # closed meanwhile
            try:
                result = work()
            except BaseException as error:
                with self._lock:
                    self._failed[future] = time.monotonic()
                future.set_exception(_without_frames(error))
            else:
                future.set_result(result)


def _without_frames(error: BaseException) -> BaseException:
    """Return an error of the same type and with the same message, of which nothing else is kept.

    A future may be kept for as long as the server lives. The error that was raised holds on to the
    frames that it passed, with all their variables, to the errors that led to it, and some hold the
    document that they are about.
    """
    kind, message = type(error), str(error)[:_LONGEST_MESSAGE]
    chain: list[BaseException | None] = [error]
    while chain:
        if (passed := chain.pop()) is not None:
            traceback.clear_frames(passed.__traceback__)
            chain += [passed.__cause__, passed.__context__]
            passed.__traceback__ = passed.__cause__ = passed.__context__ = None
    try:
        bare = kind.__new__(kind, message)  # without what its __init__ would ask for
        return bare if str(bare) == message else RuntimeError(f"{kind.__name__}: {message}")
    except TypeError:
        return RuntimeError(f"{kind.__name__}: {message}")


_all: weakref.WeakSet[Background] = weakref.WeakSet()
_is_dropping = False


def drop_tasks_at_exit() -> None:
    """Let this process, a server that is told to end, end without the tasks that are running."""
    global _is_dropping
    _is_dropping = True


def _close_all() -> None:
    backgrounds = list(_all)
    for background in backgrounds:
        background.close()
    if not _is_dropping:
        for background in backgrounds:
            background.join()
        return
    deadline = time.monotonic() + _SECONDS_TO_END
    if not all(b.join(max(0.0, deadline - time.monotonic())) for b in backgrounds):
        # TensorFlow aborts a process that takes the interpreter away from a thread that is in it.
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


# Before the process waits for the threads of pages, which may wait for these tasks; nothing public
# offers that.
threading._register_atexit(_close_all)  # type: ignore[attr-defined]
