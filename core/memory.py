"""Give memory that nothing uses any more back to the system."""

import ctypes
import gc
import sys

# glibc's malloc.h. By default each thread gets a heap of its own, up to 8 for each processor, and
# Streamlit runs every script in a thread of its own: what they free is spread over all of them.
_M_ARENA_MAX, _NUM_ARENAS = -8, 2


def limit_heaps() -> None:
    """Let all threads of this process share two heaps; to be called before it has many threads."""
    if sys.platform == "linux":
        set_option = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
        if set_option is not None:
            set_option(_M_ARENA_MAX, _NUM_ARENAS)


def release_memory() -> None:
    """Collect what nothing refers to, and give what is free back to the system.

    Streamlit is told not to collect after every rerun, which took most of a second, and what it
    keeps of a session refers to itself. glibc keeps what was freed of many small pieces.
    """
    gc.collect()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
