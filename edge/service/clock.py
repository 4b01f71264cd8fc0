"""Whether this machine's wall time can be believed: most Pis have no battery clock and ask the network at a start.

The kernel knows; but the call that asks it is the one that sets the clock, and the service's sandbox forbids it. There
the mark of systemd's own time client is looked for, which Raspberry Pi OS and Debian have.
"""

import ctypes
from pathlib import Path
from typing import Final

from edge.libc import libc

_TIMESYNC: Final = Path("/run/systemd/timesync")
_MARK: Final = "synchronized"
"""systemd-timesyncd(8) makes this file once it has heard a time server; the folder is there whenever it runs."""

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


def synchronised(timesync: Path = _TIMESYNC) -> bool | None:
    """Whether wall time comes from a time server; None where nothing says.

    Args:
        timesync: Folder of systemd's time client.
    """
    if (told := _kernel_says()) is not None:
        return told
    if (timesync / _MARK).exists():
        return True
    return False if timesync.is_dir() else None


def _kernel_says() -> bool | None:
    timex = _Timex()  # modes 0: only asks
    try:
        if libc().adjtimex(ctypes.byref(timex)) < 0:
            return None
    except (OSError, AttributeError):  # not Linux
        return None
    return not timex.status & _STA_UNSYNC
