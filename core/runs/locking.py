"""Locks of files, which hold between processes and end with the one that has them.

Knows no file's meaning. A lock never makes the directory that its file is in: that directory may be
a run's that has just been deleted.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.reading import open_descriptor

_SECONDS_BETWEEN_TRIES = 0.02


@contextmanager
def locked(path: Path, *, timeout: float) -> Iterator[None]:
    """Hold the lock of the file at `path`, which is made where its directory exists.

    Raises:
        TimeoutError: somebody else holds it for `timeout` seconds.
        FileNotFoundError: there is no such directory.
        OSError: there is something else than a file at `path`.
    """
    descriptor = open_descriptor(path, os.O_RDWR | os.O_CREAT)
    try:
        _acquire(descriptor, path, deadline=time.monotonic() + timeout)
        yield
    finally:
        os.close(descriptor)  # gives the lock back


def _acquire(descriptor: int, path: Path, *, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{path} is locked by another process") from None
            time.sleep(_SECONDS_BETWEEN_TRIES)
        else:
            return


def is_locked(path: Path) -> bool:
    """Tell whether somebody holds the lock of the file at `path` now."""
    # Shared, so that several who look at once do not take each other for a holder.
    try:
        descriptor = open_descriptor(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False
