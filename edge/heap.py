"""Returns freed memory to the system."""

import ctypes


def trim() -> None:
    """Return all memory that is free in the heap, at its end and between what is in use; glibc by itself keeps it."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "malloc_trim"):  # glibc only
        libc.malloc_trim(0)
