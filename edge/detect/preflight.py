"""Refuses a MediaPipe that this processor cannot run, before the library is loaded and the kernel kills the process.

MediaPipe 1.x for aarch64 is compiled with the ARMv8.1 large-system extensions ("lse", `atomics` in /proc/cpuinfo). A
Pi 4, Pi 3 or Zero 2 W lacks them, and the process dies with SIGILL, which Python cannot catch. 0.10.18 is the last
release that runs there.
"""

import ctypes
import platform
import sys
from importlib import metadata
from pathlib import Path
from typing import Final

from edge.errors import ProcessorError
from edge.libc import libc

CPUINFO: Final = Path("/proc/cpuinfo")
_AT_HWCAP: Final = 16
_HWCAP_ATOMICS: Final = 1 << 8
"""Linux's `asm/hwcap.h` for arm64."""


def installed_version() -> str:
    """The installed MediaPipe's version, read from its metadata; nothing of the library is loaded.

    Raises:
        ProcessorError: MediaPipe is not installed.
    """
    try:
        return metadata.version("mediapipe")
    except metadata.PackageNotFoundError:
        raise ProcessorError(
            f"MediaPipe is not installed in {sys.prefix}: install requirements/{lock_name()}.lock with "
            "pip install --no-deps --require-hashes"
        ) from None


def lock_name(machine: str | None = None, cpuinfo: Path = CPUINFO) -> str:
    """The name of the lock that fits this processor: `pi5` or `pi4`."""
    return "pi5" if _has_atomics(machine or platform.machine(), cpuinfo) else "pi4"


def check_processor(version: str, *, machine: str | None = None, cpuinfo: Path = CPUINFO) -> None:
    """Check that the installed MediaPipe can run here.

    Args:
        version: MediaPipe's version, e.g. `1.2.2`.
        machine: As `platform.machine()` says, when None.
        cpuinfo: Path of the processor description, another one in tests.

    Raises:
        ProcessorError: It would crash; the text names the lock to install.
    """
    machine = machine or platform.machine()
    if machine not in {"aarch64", "arm64", "x86_64", "AMD64"}:
        raise ProcessorError(
            f"There is no MediaPipe for {machine}: install a 64-bit system (on a Pi: Raspberry Pi OS Lite, 64-bit)"
        )
    if int(version.split(".", 1)[0]) >= 1 and not _has_atomics(machine, cpuinfo):
        raise ProcessorError(
            f"MediaPipe {version} would crash on this processor (no ARMv8.1 atomics: a Pi 4 or older): "
            "install requirements/pi4.lock (mediapipe 0.10.18, Python 3.11 or 3.12) with "
            "pip install --no-deps --require-hashes -r requirements/pi4.lock"
        )


def _has_atomics(machine: str, cpuinfo: Path) -> bool:
    if machine not in {"aarch64", "arm64"}:
        return True
    try:
        lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    features = [line.split(":", 1)[1].split() for line in lines if line.startswith("Features")]
    if features:
        # Every core has to have them: the kernel may move the process.
        return all("atomics" in of_core for of_core in features)
    # A sandbox may hide /proc/cpuinfo; the kernel tells every process the same in its auxiliary vector.
    getauxval = libc().getauxval
    getauxval.restype = ctypes.c_ulong
    return bool(getauxval(_AT_HWCAP) & _HWCAP_ATOMICS)
