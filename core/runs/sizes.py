"""How much of the disk each run takes. Does not know what may be taken."""

import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from core.runs.record import RunRecord
from core.runs.run import Run

# A run under way writes all the time; its size need not be known better than this.
_SECONDS_BETWEEN_LOOKS = 10.0
_LEVELS = 2  # a run's directory, and its checkpoint's; a foreign one may hold anything


class RunSizes:
    """How many bytes each run takes, measured anew only where that may have changed.

    To look costs a lookup for each run that has ended: many pages look many times a second.
    """

    def __init__(self) -> None:
        """Know nothing yet."""
        self._known: dict[Run, tuple[RunRecord, float, int]] = {}

    def of(self, records: Mapping[Run, RunRecord]) -> Mapping[Run, int]:
        """Return the size of each run in bytes; `records` as `RunStore.look` gives them."""
        now, before = time.monotonic(), self._known
        known = {}
        for run, record in records.items():
            measured = before.get(run)
            if measured is None or not _still_holds(measured, record, now):
                measured = (record, now, _size(run.directory))
            known[run] = measured
        self._known = known
        return {run: size for run, (_, _, size) in known.items()}


def _still_holds(measured: tuple[RunRecord, float, int], record: RunRecord, now: float) -> bool:
    """Tell whether a size is still true: a run ends with a change of its record."""
    known, when, _ = measured
    return known is record and (record.is_measured or now - when < _SECONDS_BETWEEN_LOOKS)


def _size(directory: Path) -> int:
    return sum(_sizes(directory, levels=_LEVELS))


def _sizes(directory: Path | str, *, levels: int) -> Iterator[int]:
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                if not entry.is_dir(follow_symlinks=False):
                    yield entry.stat(follow_symlinks=False).st_size
                elif levels > 1:
                    yield from _sizes(entry.path, levels=levels - 1)
    except OSError:  # deleted at this moment, or somebody else's
        return
