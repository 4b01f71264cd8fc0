"""The C library, for what Python has no function of."""

import ctypes
from functools import cache


@cache
def libc() -> ctypes.CDLL:
    """Look it up, once: each time makes a class, which is garbage that only a collection takes away."""
    return ctypes.CDLL(None, use_errno=True)
