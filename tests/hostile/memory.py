"""How much memory this process has, and what it had at most."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
MEGABYTE = 10**6


def resident() -> int:
    """Return the bytes that this process has, after what nothing refers to is gone."""
    gc.collect()
    return int(psutil.Process().memory_info().rss)


@contextmanager
def at_most(megabytes: float, what: str) -> Iterator[None]:
    """Fail where this process has so much more memory at any moment inside than before."""
    before = resident()
    _CLEAR.write_text("5")  # begins the peak anew
    yield
    peak = int(_STATUS.read_text().split("VmHWM:")[1].split()[0]) * 1024
    assert peak - before < megabytes * MEGABYTE, f"{what}: {(peak - before) / MEGABYTE:.0f} MB"
