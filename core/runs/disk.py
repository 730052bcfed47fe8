"""What is left of the disk, and whether an error means that nothing is. Knows no run."""

import errno
import shutil
from pathlib import Path

# With less than this left, a failure to write is taken for the disk's even where it does not say
# so: NumPy says "512 requested and 0 written" or "problem writing element 2048 to file", HDF5 a
# page of its own. What was written of the file has been removed by then.
_NOTHING_LEFT = 2**20


def free_bytes(directory: Path) -> int | None:
    """Return what may still be written below `directory`, which need not exist yet.

    What is kept for the system's administrator does not count. None where that cannot be told.
    """
    try:
        whole = directory.absolute()
        existing = next(path for path in (whole, *whole.parents) if path.exists())
        return shutil.disk_usage(existing).free
    except OSError:
        return None


def is_disk_full(error: BaseException, directory: Path) -> bool:
    """Tell whether something could not be written below `directory` because the disk is full.

    A quota of the file system counts as well.
    """
    chain: BaseException | None = error
    while chain is not None:
        if isinstance(chain, OSError) and chain.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        chain = chain.__cause__ or chain.__context__
    return has_no_space(directory)


def has_no_space(directory: Path) -> bool:
    """Tell whether next to nothing can be written below `directory` now."""
    free = free_bytes(directory)
    return free is not None and free < _NOTHING_LEFT
