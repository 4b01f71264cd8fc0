"""What the box says about itself: memory and CPU of this process, temperature and throttling of the processor."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

_NS_PER_S: Final = 1_000_000_000
_ROOT: Final = Path("/")
_STATM: Final = "proc/self/statm"
_THERMAL_ZONE: Final = "sys/class/thermal/thermal_zone0/temp"
_THROTTLED: Final = "sys/devices/platform/soc/soc:firmware/get_throttled"
"""Raspberry Pi's firmware driver: the same bit field as `vcgencmd get_throttled`, in hexadecimal."""

_THROTTLED_NOW: Final = 0x7
"""Bits 0 undervoltage, 1 frequency capped, 2 throttled, as of now; the same from bit 16 on is since boot."""


@dataclass(frozen=True, slots=True)
class Readings:
    """One look at the box. None where this machine has no such reading.

    Attributes:
        rss_bytes: Resident memory of this process.
        cpu_s: CPU seconds that this process has used, user and system.
        temperature_c: Of the processor, in degrees Celsius.
        throttled: Whether the firmware holds the processor back at this moment (heat or undervoltage).
    """

    rss_bytes: int
    cpu_s: float
    temperature_c: float | None
    throttled: bool | None


class Vitals:
    """Looks at the box now and then, and turns CPU seconds into a share.

    Args:
        now_ns: Monotonic time of the start.
        readings: Looks at the box.
    """

    def __init__(self, now_ns: int, readings: Callable[[], Readings]) -> None:
        self._readings = readings
        self._cpu_s = readings().cpu_s
        self._looked_ns = now_ns

    def look(self, now_ns: int) -> tuple[Readings, float]:
        """Read all, and the CPU share since the last look in percent of one core."""
        now = self._readings()
        seconds = max((now_ns - self._looked_ns) / _NS_PER_S, 1e-9)
        share = 100.0 * (now.cpu_s - self._cpu_s) / seconds
        self._cpu_s, self._looked_ns = now.cpu_s, now_ns
        return now, share


def read(root: Path = _ROOT) -> Readings:
    """Read all; `root` stands for `/`, another tree in tests."""
    times = os.times()
    return Readings(
        rss_bytes=_rss_bytes(root),
        cpu_s=times.user + times.system,
        temperature_c=_temperature_c(root),
        throttled=_throttled(root),
    )


@cache
def _file(root: Path, name: str) -> Path:
    """Made once.

    To make a path interns its parts, and each leaves an entry behind in Python's table of such strings: after some
    thousand the table is made anew, 1.1 MB larger.
    """
    return root / name


def _rss_bytes(root: Path) -> int:
    try:
        resident_pages = int(_file(root, _STATM).read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0
    return resident_pages * os.sysconf("SC_PAGE_SIZE")


def _temperature_c(root: Path) -> float | None:
    try:
        return int(_file(root, _THERMAL_ZONE).read_text(encoding="ascii")) / 1000
    except (OSError, ValueError):
        return None


def throttled_bits(root: Path = _ROOT) -> int | None:
    """The firmware's bit field, of now and since boot, or None where there is none."""
    try:
        return int(_file(root, _THROTTLED).read_text(encoding="ascii"), 16)
    except (OSError, ValueError):
        return None


def _throttled(root: Path) -> bool | None:
    bits = throttled_bits(root)
    return None if bits is None else bool(bits & _THROTTLED_NOW)
