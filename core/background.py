"""Run each task once, in a background thread, and return its future. Knows no task."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any


class Background:
    """One thread that runs each task once and keeps the results; thread-safe."""

    def __init__(self, name: str, *, max_kept: int) -> None:
        """Prepare a thread, which starts with the first task.

        Args:
            name: name of the thread.
            max_kept: results that are kept; the least recently used is dropped and computed again
                when it is needed.
        """
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._max_kept = max_kept
        self._futures: OrderedDict[Hashable, Future[Any]] = OrderedDict()
        self._lock = threading.Lock()

    def once(self, key: Hashable, work: Callable[[], Any]) -> Future[Any]:
        """Return the future of the task `key`, which runs `work` if it is not known yet."""
        with self._lock:
            if key not in self._futures:
                self._futures[key] = self._pool.submit(work)
                if len(self._futures) > self._max_kept:
                    self._futures.popitem(last=False)
            self._futures.move_to_end(key)
            return self._futures[key]

    def submit(self, work: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Run a task after those submitted before it, every time."""
        return self._pool.submit(work, *arguments)
