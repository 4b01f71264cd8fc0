"""Returns freed memory to the system."""

from edge.libc import libc


def trim() -> None:
    """Return all memory that is free in the heap, at its end and between what is in use; glibc by itself keeps it."""
    if hasattr(libc(), "malloc_trim"):  # glibc only
        libc().malloc_trim(0)
