"""Keeps the process as small as what it uses: one heap, and nothing kept that only starting up needed."""

import ctypes
import gc
import logging
from pathlib import Path
from typing import Final

from edge.heap import trim
from edge.libc import libc

logger = logging.getLogger(__name__)

_MADV_DONTNEED: Final = 4
_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3
_M_ARENA_MAX: Final = -8

_KEPT_BYTES: Final = 8 * 1024 * 1024
"""What the heap keeps when it is free: more than one model run needs (a copy of the picture and the networks' inputs, 3
MB at 640 by 480). By itself glibc gives such memory back after every run and gets it again page by page for the next:
up to 300 page faults and 0.6 ms a run."""

_MAPS: Final = Path("/proc/self/maps")


def share_one_heap() -> None:
    """Let all threads allocate from one heap; to be called before there are any.

    By default glibc gives each of MediaPipe's threads one of its own, and every one keeps what it once needed: 15 MB in
    all with pictures of 1280 by 720. The one heap keeps what every frame needs anew.
    """
    if hasattr(libc(), "mallopt"):  # glibc only
        libc().mallopt(_M_ARENA_MAX, 1)
        # Both, as setting one ends glibc's own choice of the other.
        libc().mallopt(_M_MMAP_THRESHOLD, _KEPT_BYTES)
        libc().mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)


def release_startup_memory(maps: Path = _MAPS) -> None:
    """Return free heap to the system, and unmap library code until it is run again.

    What is there by now is also taken out of garbage collection, the first time this is called. A full collection comes
    after forty minutes or so and would look at each of 70,000 objects: 0.1 s in which nothing else is done, and 0.9 MB
    of code that came back for it.

    Args:
        maps: The memory map of this process.
    """
    if not gc.get_freeze_count():
        gc.freeze()
    trim()
    release_code(maps)


def release_code(maps: Path = _MAPS) -> None:
    """Unmap library code until it is run again; takes 7 ms.

    Loading MediaPipe and OpenCV maps far more of their code than finding poses runs: 40 MB, and 100 MB right after an
    installation, while the files lie in the page cache in large pieces. Later, what runs once in a while stays mapped:
    1 MB of OpenCV when other work took the processor. Code pages are copies of the file that nobody writes to; those
    still needed come back one by one. What a debugger has written into code would be lost.

    Args:
        maps: The memory map of this process.
    """
    try:
        lines = maps.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        logger.debug("code pages were not released: %s", error)
        return
    for line in lines:
        place, permissions, _, _, inode, *_ = line.split(maxsplit=5)
        if permissions == "r-xp" and inode != "0":
            start, end = (int(address, 16) for address in place.split("-"))
            libc().madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), _MADV_DONTNEED)
