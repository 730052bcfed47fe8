"""Give memory that nothing uses any more back to the system."""

import ctypes
import gc
import sys


def release_memory() -> None:
    """Collect what nothing refers to, and give what is free back to the system.

    Streamlit is told not to collect after every rerun, which took most of a second, and what it
    keeps of a session refers to itself. glibc keeps what was freed of many small pieces.
    """
    gc.collect()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
        if trim is not None:
            trim(0)
