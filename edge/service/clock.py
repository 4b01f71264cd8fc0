"""Whether this machine's wall time can be believed: most Pis have no battery clock and ask the network at a start."""

import ctypes
from functools import cache
from typing import Final

_STA_UNSYNC: Final = 0x40
"""Linux's `timex.h`: no time server has been heard, or not for too long."""


class _Timex(ctypes.Structure):
    """The first fields of Linux's `struct timex`, and room for the rest."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 256),
    )


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None)


def synchronised() -> bool | None:
    """Whether wall time comes from a time server; None where the system does not say."""
    timex = _Timex()  # modes 0: only asks
    try:
        if _libc().adjtimex(ctypes.byref(timex)) < 0:
            return None
    except (OSError, AttributeError):  # not Linux
        return None
    return not timex.status & _STA_UNSYNC
