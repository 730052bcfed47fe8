"""Reading files that seldom change: what did not change since the last look is not read again.

Does not know what the files mean, except that metrics only ever grow. Safe from several threads.
"""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from core.runs.metrics import Metrics, parse_record

# A file system's clock stands still for some milliseconds, in which a file may change once more.
_CLOCK_STEP_NS = 20_000_000
# So much of what was read last is compared, to notice a file that was begun anew.
_TAIL_BYTES = 256

T = TypeVar("T")
_Stamp = tuple[int, int, int]


def _stamp(status: os.stat_result) -> _Stamp:
    """Return what changes whenever a file is appended to or replaced."""
    return status.st_mtime_ns, status.st_size, status.st_ino


class CachedFile(Generic[T]):
    """A small file that is replaced as a whole, parsed once for each time it is replaced."""

    def __init__(self, path: Path, parse: Callable[[bytes], T]) -> None:
        """Refer to a file, which need not exist, and to what turns its content into a value."""
        self._path, self._parse = path, parse
        self._cached: tuple[_Stamp, T] | None = None

    def read(self) -> T:
        """Return the parsed content; raises OSError where the file cannot be read."""
        if (cached := self._cached) and cached[0] == _stamp(self._path.stat()):
            return cached[1]
        with self._path.open("rb") as file:
            status = os.fstat(file.fileno())
            value = self._parse(file.read())
        is_settled = time.time_ns() - status.st_mtime_ns > _CLOCK_STEP_NS
        self._cached = (_stamp(status), value) if is_settled else None
        return value


class MetricsReader:
    """Reads `metrics.jsonl` from where its last look ended."""

    def __init__(self, path: Path) -> None:
        """Refer to a file, which need not exist."""
        self._path = path
        self._lock = threading.Lock()
        self._begin()

    def _begin(self) -> None:
        self._stamp: _Stamp | None = None
        self._offset, self._tail = 0, b""
        self._metrics = Metrics()

    def read(self) -> Metrics:
        """Return all records so far; the same object as before where nothing was added.

        Damaged lines are left out, and so is a last line that is not complete yet.
        """
        with self._lock:
            try:
                if self._stamp is None or self._stamp != _stamp(self._path.stat()):
                    self._read_further()
            except OSError:
                self._begin()
            return self._metrics

    def _read_further(self) -> None:
        with self._path.open("rb") as file:
            stamp = _stamp(os.fstat(file.fileno()))
            file.seek(self._offset - len(self._tail))
            is_same = self._stamp is not None and self._stamp[2] == stamp[2]
            if not is_same or file.read(len(self._tail)) != self._tail:
                self._begin()
                file.seek(0)
            content = file.read()
        complete = content[: content.rfind(b"\n") + 1]
        parsed = (parse_record(line) for line in complete.split(b"\n"))
        if records := tuple(record for record in parsed if record is not None):
            self._metrics = self._metrics.extended(records)
        self._offset += len(complete)
        self._tail = (self._tail + complete)[-_TAIL_BYTES:]
        self._stamp = stamp
