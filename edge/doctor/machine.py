"""The machine: processor, libraries, clock, heat, disk."""

import ctypes
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from edge.detect.preflight import check_processor, installed_version, lock_name
from edge.doctor.finding import Finding, fail, ok, warn
from edge.errors import ProcessorError
from edge.service.clock import synchronised
from edge.service.readings import read, throttled_bits

_SHARED_LIBRARIES: Final = {"libEGL.so.1": "libegl1", "libGLESv2.so.2": "libgles2"}
"""What MediaPipe links to and pip does not bring, with Debian's package of each."""

_HOT_C: Final = 80.0
"""Degrees Celsius from which a Pi's firmware holds the processor back."""
_WARM_C: Final = 70.0

_UNDERVOLTED: Final = 0x1
_UNDERVOLTED_SINCE_BOOT: Final = 0x1_0000
_HELD_BACK_SINCE_BOOT: Final = 0xE_0000
"""Bits of `vcgencmd get_throttled`: frequency capped, throttled or at the soft limit at some time since boot."""

_LEAST_FREE_MB: Final = 50
_LITTLE_FREE_MB: Final = 200
_BYTES_PER_MB: Final = 1024 * 1024

_WORN: Final = 9
"""An eMMC's life time estimate in tenths; 11 is past its end."""

_SECTORS_WRITTEN: Final = 6
_BYTES_PER_SECTOR: Final = 512
"""Place in the kernel's `/sys/block/*/stat`, and its unit on every medium (Documentation/block/stat.rst)."""

_S_PER_DAY: Final = 86400
_MUCH_MB_A_DAY: Final = 1000
"""A box writes a few MB a day with its journal in memory; so much more is somebody else's doing."""


def check_processor_fits(machine: str | None = None, cpuinfo: Path | None = None) -> Finding:
    """Whether the installed MediaPipe runs on this processor."""
    where = {} if cpuinfo is None else {"cpuinfo": cpuinfo}
    machine = machine or platform.machine()
    try:
        version = installed_version()
        check_processor(version, machine=machine, **where)
    except ProcessorError as error:
        text, _, remedy = str(error).partition(": ")
        return fail("processor", text, remedy or "see docs/models.md")
    python = f"{sys.version_info[0]}.{sys.version_info[1]}"
    return ok("processor", f"{machine} with mediapipe {version} ({lock_name(machine, **where)} lock), Python {python}")


def check_libraries() -> Finding:
    """Whether everything the landmarker links to is there."""
    missing = [package for library, package in _SHARED_LIBRARIES.items() if not _loads(library)]
    if missing:
        return fail("libraries", f"{' and '.join(missing)} not installed", f"sudo apt install {' '.join(missing)}")
    return ok("libraries", "all that the landmarker links to is installed")


def check_clock() -> Finding:
    """Whether the time comes from the network: events carry it."""
    told = synchronised()
    if told is None:
        return warn("clock", "the system does not say whether its time is right", "timedatectl status")
    if not told:
        return warn(
            "clock",
            "the time is not synchronised: events carry a time that may be wrong, and say so",
            "timedatectl set-ntp true; let the box reach a time server",
        )
    return ok("clock", "synchronised")


def check_heat(root: Path = Path("/")) -> Iterator[Finding]:
    """Temperature, throttling and voltage.

    Args:
        root: Stands for `/`, another tree in tests.
    """
    celsius = read(root).temperature_c
    if celsius is None:
        yield ok("temperature", "this machine has no sensor")
    elif celsius >= _HOT_C:
        yield fail("temperature", f"{celsius:.0f} °C: the processor is held back", "fit a heat sink or a fan; move it")
    elif celsius >= _WARM_C:
        yield warn("temperature", f"{celsius:.0f} °C is warm", "give the box air; see pace.max_temperature_c")
    else:
        yield ok("temperature", f"{celsius:.0f} °C")
    bits = throttled_bits(root)
    if bits is None:
        yield ok("power", "this machine does not report its supply")
    elif bits & (_UNDERVOLTED | _UNDERVOLTED_SINCE_BOOT):
        when = "now" if bits & _UNDERVOLTED else "since boot"
        yield fail("power", f"undervoltage {when}: the box may freeze or lose data", "use the Pi's own power supply")
    elif bits & _HELD_BACK_SINCE_BOOT:
        yield warn("power", "the processor was held back since boot, by heat", "give the box air")
    else:
        yield ok("power", "steady since boot")


def check_disk(folder: Path, root: Path = Path("/")) -> Iterator[Finding]:
    """Space and wear of the disk that keeps undelivered events.

    Args:
        folder: Where the box keeps its state.
        root: Stands for `/`, another tree in tests.
    """
    existing = next((path for path in (folder, *folder.parents) if path.exists()), Path("/"))
    free_mb = shutil.disk_usage(existing).free // _BYTES_PER_MB
    if free_mb < _LEAST_FREE_MB:
        yield fail(
            "disk", f"{free_mb} MB free at {existing}: events cannot be kept", "make room: journalctl --vacuum-size=50M"
        )
    elif not os.access(existing, os.W_OK) and os.statvfs(existing).f_flag & os.ST_RDONLY:
        yield fail("disk", f"{existing} is read-only: events cannot be kept", "check the card: dmesg | grep -i mmc")
    elif free_mb < _LITTLE_FREE_MB:
        yield warn("disk", f"{free_mb} MB free at {existing}", "make room: journalctl --vacuum-size=50M")
    else:
        yield ok("disk", f"{free_mb} MB free at {existing}")
    for medium in sorted((root / "sys/block").glob("mmcblk[0-9]")):
        yield from _wear(medium, root)


def _wear(medium: Path, root: Path) -> Iterator[Finding]:
    """What an eMMC says of its life; a card says nothing, so what is written to it is all there is to go by."""
    try:
        words = (medium / "device/life_time").read_text(encoding="ascii").split()
    except OSError:
        words = []
    tenths = max((int(word, 16) for word in words), default=0)
    if tenths >= _WORN:
        yield warn("wear", f"{medium.name} has used {10 * tenths} % of its life", "replace the medium soon")
    elif tenths:
        yield ok("wear", f"{medium.name} has used {10 * tenths} % of its life at most")
    try:
        up_s = float((root / "proc/uptime").read_text(encoding="ascii").split()[0])
        written = int((medium / "stat").read_text(encoding="ascii").split()[_SECTORS_WRITTEN]) * _BYTES_PER_SECTOR
    except (OSError, ValueError, IndexError):
        return
    days = up_s / _S_PER_DAY
    if days < 1:  # starting up and installing write more than all days after
        return
    mb_a_day = written / days / _BYTES_PER_MB
    if mb_a_day > _MUCH_MB_A_DAY:
        yield warn(
            "wear",
            f"{mb_a_day:.0f} MB a day are written to {medium.name} since the start",
            "keep the journal in memory (docs/operations.md); sudo iotop -ao shows who else writes",
        )
    else:
        yield ok("wear", f"{mb_a_day:.0f} MB a day are written to {medium.name} since the start")


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
