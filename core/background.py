"""Do each thing once, in a background thread, and give a page a future for it.

Knows nothing of what is done.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any


class Background:
    """One thread that does each thing once; safe to use from many sessions at once."""

    def __init__(self, name: str, *, max_kept: int) -> None:
        """Prepare a thread, which starts with the first thing to do.

        Args:
            name: of the thread.
            max_kept: results that are kept; whoever asks for one that is not waits for it anew.
        """
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._max_kept = max_kept
        self._futures: OrderedDict[Hashable, Future[Any]] = OrderedDict()
        self._lock = threading.Lock()

    def once(self, key: Hashable, work: Callable[[], Any]) -> Future[Any]:
        """Return the future of the thing called `key`; `work` does it for the first who asks."""
        with self._lock:
            if key not in self._futures:
                self._futures[key] = self._pool.submit(work)
                if len(self._futures) > self._max_kept:
                    self._futures.popitem(last=False)
            self._futures.move_to_end(key)
            return self._futures[key]

    def submit(self, work: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Do something in its turn, and whenever it is asked for."""
        return self._pool.submit(work, *arguments)
