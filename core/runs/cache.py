"""Reading files that seldom change: what did not change since the last look is not read again.

Does not know what the files mean, except that metrics only ever grow, and that a long run has more
than anybody looks at. Safe from several threads.
"""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Generic, TypeVar

from core.reading import open_file
from core.runs import files
from core.runs.lines import LineReader
from core.runs.metrics import (
    EpochRecord,
    LayersRecord,
    LearningRateRecord,
    Metrics,
    Record,
    parse_record,
)

# A file system's clock stands still for some milliseconds, in which a file may change once more.
_CLOCK_STEP_NS = 20_000_000
# Records that are kept of a run, and layers in them, as many as an hour of training writes.
_MOST_KEPT = 30_000
_USUAL_LINE, _SHORTEST_LINE = 300, 50  # bytes
# What the lines of a record begin with of which a run has few.
_RARE = (b'{"kind": "epoch"', b'{"kind": "learning_rate"')

T = TypeVar("T")
_Stamp = tuple[int, int, int]


def _stamp(status: os.stat_result) -> _Stamp:
    """Return what changes whenever a file is appended to or replaced."""
    return status.st_mtime_ns, status.st_size, status.st_ino


class CachedFile(Generic[T]):
    """A small file that is replaced as a whole, parsed once for each time it is replaced."""

    def __init__(self, path: Path, parse: Callable[[bytes], T], *, most: int) -> None:
        """Refer to a file, which need not exist, and to what turns its content into a value.

        One of more than `most` bytes cannot be read.
        """
        self._path, self._parse, self._most = path, parse, most
        self._cached: tuple[_Stamp, T] | None = None

    def read(self) -> T:
        """Return the parsed content; raises OSError where the file cannot be read."""
        if (cached := self._cached) and cached[0] == _stamp(self._path.stat()):
            return cached[1]
        with open_file(self._path, most=self._most) as file:
            status = os.fstat(file.fileno())
            value = self._parse(file.read(self._most))
        is_settled = time.time_ns() - status.st_mtime_ns > _CLOCK_STEP_NS
        self._cached = (_stamp(status), value) if is_settled else None
        return value


class MetricsReader:
    """Reads `metrics.jsonl` from where its last look ended, and keeps as much as a page shows.

    Of a long run's steps, layers and drawings one in two, four, eight and so on is kept; it has
    far more of them than a chart has points.
    """

    def __init__(self, path: Path) -> None:
        """Refer to a file, which need not exist."""
        self._path = path
        self._lock = threading.Lock()
        self._begin(0)

    def _begin(self, size: int) -> None:
        self._stamp: _Stamp | None = None
        self._lines = _new_reader()
        # Of a large file most lines need not be parsed.
        self._one_in = 1 << max(0, (size // (_MOST_KEPT * _USUAL_LINE)).bit_length())
        self._rare: tuple[bytes, ...] = _RARE
        self._num_frequent = self._weight = 0
        self._metrics = Metrics(one_in=self._one_in)

    def read(self) -> Metrics:
        """Return all records so far; the same object as before where nothing was added.

        Damaged lines are left out, and so is a last line that is not complete yet.
        """
        with self._lock:
            try:
                if self._stamp is None or self._stamp != _stamp(self._path.stat()):
                    self._read_further()
            except OSError:
                self._begin(0)
            return self._metrics

    def _read_further(self) -> None:
        with open_file(self._path, most=sys.maxsize) as file:
            status = os.fstat(file.fileno())
            stamp = _stamp(status)
            is_same = self._stamp is not None and self._stamp[2] == stamp[2]
            if not is_same or not self._lines.continues(file):
                self._begin(status.st_size)
            for lines in self._lines.read(file):
                self._add(lines)
        if self._lines.is_cut_off and not self._metrics.is_cut_off:
            self._metrics = replace(self._metrics, is_cut_off=True)
        self._stamp = stamp

    def _add(self, lines: Sequence[bytes]) -> None:
        parsed = (parse_record(line) for line in lines if self._is_kept(line))
        if records := tuple(record for record in parsed if record is not None):
            self._metrics = self._metrics.extended(records)
            self._weight += sum(map(_weight, records))
        while self._weight > _MOST_KEPT:
            self._halve()
            self._weight = sum(map(_weight, self._metrics.records))

    def _is_kept(self, line: bytes) -> bool:
        if len(line) < _SHORTEST_LINE:
            return False
        if self._one_in == 1 or line.startswith(self._rare):
            return True
        self._num_frequent += 1
        return self._num_frequent % self._one_in == 0

    def _halve(self) -> None:
        """Keep one in two of the records that are frequent; of all, where that is not enough."""
        records = self._metrics.records
        rare = [
            record for record in records if isinstance(record, EpochRecord | LearningRateRecord)
        ]
        if len(rare) > _MOST_KEPT // 2:  # more than there are epochs
            self._rare, rare = (), []
        keep_always = set(map(id, rare))
        others = (record for record in records if id(record) not in keep_always)
        kept = keep_always | {id(record) for record in islice(others, 1, None, 2)}
        self._one_in *= 2
        self._metrics = Metrics(
            tuple(record for record in records if id(record) in kept), one_in=self._one_in
        )


def read_records(path: Path) -> Iterator[Record]:
    """Yield all records of a `metrics.jsonl`, however many; none where there is no such file."""
    try:
        with open_file(path, most=sys.maxsize) as file:
            for lines in _new_reader().read(file):
                yield from filter(None, map(parse_record, lines))
    except FileNotFoundError:
        return


def _new_reader() -> LineReader:
    return LineReader(
        most_bytes=files.MOST_METRICS,
        most_lines=files.MOST_METRICS_LINES,
        most_in_line=files.MOST_METRICS_LINE,
    )


def _weight(record: Record) -> int:
    """Return how many objects a record is."""
    return 1 + len(record.layers) if isinstance(record, LayersRecord) else 1
