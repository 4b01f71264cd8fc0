"""Limits the CPU time of processes, to imitate a slow processor on a fast one.

Where control groups may be made (root), the kernel's bandwidth control does it. Elsewhere processes that have used up
their share are stopped and continued by signals, which is coarser and costs this process some time of its own.
"""

import ctypes
import logging
import os
import signal
import threading
import time
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from edge.libc import libc

logger = logging.getLogger(__name__)

_CGROUPS: Final = Path("/sys/fs/cgroup")

PERIOD_US: Final = 10_000
"""A share of the CPU is given out this often: well below the time between two frames, so that slowness comes evenly."""
LEAST_QUOTA_US: Final = 1000
"""The kernel gives out no less at a time: below 10 % of a core the period grows instead."""

_TICK_S: Final = 0.005
"""How often the signals look whether a process has used up its share."""
_NS_PER_S: Final = 1_000_000_000


class CpuLimit(ABC):
    """Keeps processes within a share of one core. Use as a context manager.

    Attributes:
        how: For the report: which mechanism holds the limit.
    """

    how: str

    @abstractmethod
    def add(self, pid: int) -> None:
        """Limit one more process, with all its threads."""

    @abstractmethod
    def __enter__(self) -> Self: ...

    @abstractmethod
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def cpu_limit(percent: float, *, cgroups: Path = _CGROUPS) -> CpuLimit:
    """The best limit this user may set.

    Args:
        percent: Of one core; each process gets as much, of which only one works at a time.
        cgroups: Where control groups are mounted, another tree in tests.
    """
    for kind in (UnifiedGroup, LegacyGroup):
        group = kind(percent, cgroups)
        if group.permitted():
            return group
    return Signals(percent)


def bandwidth_us(percent: float) -> tuple[int, int]:
    """Quota and period in microseconds for a share of one core."""
    quota = max(LEAST_QUOTA_US, round(PERIOD_US * percent / 100))
    return quota, round(quota * 100 / percent)


class _Group(CpuLimit):
    def __init__(self, percent: float, root: Path) -> None:
        self._quota_us, self._period_us = bandwidth_us(percent)
        self._root = root
        self._group = root / f"pose-edge-bench-{os.getpid()}"

    def permitted(self) -> bool:
        """Whether such a group can be made here; makes it."""
        if not self._mounted():
            return False
        try:
            self._group.mkdir(exist_ok=True)
            self._set()
        except OSError as error:
            logger.debug("%s: no limit of the CPU by control groups: %s", self._group, error)
            with suppress(OSError):
                self._group.rmdir()
            return False
        return True

    @abstractmethod
    def _mounted(self) -> bool: ...

    @abstractmethod
    def _set(self) -> None: ...

    def add(self, pid: int) -> None:
        (self._group / "cgroup.procs").write_text(str(pid), encoding="ascii")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # The kernel keeps a group with processes; those are to be ended first.
        with suppress(OSError):
            self._group.rmdir()


class UnifiedGroup(_Group):
    """A group of version 2: `cpu.max`."""

    how = "control group (cpu.max)"

    def _mounted(self) -> bool:
        try:
            return "cpu" in (self._root / "cgroup.controllers").read_text(encoding="ascii").split()
        except OSError:
            return False

    def _set(self) -> None:
        (self._root / "cgroup.subtree_control").write_text("+cpu", encoding="ascii")
        (self._group / "cpu.max").write_text(f"{self._quota_us} {self._period_us}", encoding="ascii")


class LegacyGroup(_Group):
    """A group of version 1: `cpu.cfs_quota_us`."""

    how = "control group (cpu.cfs_quota_us)"

    def __init__(self, percent: float, root: Path) -> None:
        super().__init__(percent, root / "cpu")

    def _mounted(self) -> bool:
        return (self._root / "cpu.cfs_quota_us").exists() or (self._root / "cpu.shares").exists()

    def _set(self) -> None:
        (self._group / "cpu.cfs_period_us").write_text(str(self._period_us), encoding="ascii")
        (self._group / "cpu.cfs_quota_us").write_text(str(self._quota_us), encoding="ascii")


class Allowance:
    """How much CPU time a process may still use: it grows with the clock and shrinks with use.

    Time that was not used is not saved up beyond one period, as with the kernel's bandwidth control.

    Args:
        percent: Of one core.
        now_ns: Monotonic time at the start.
        cpu_ns: CPU time of the process at the start.
    """

    def __init__(self, percent: float, *, now_ns: int, cpu_ns: int) -> None:
        quota_us, _ = bandwidth_us(percent)
        self._share = percent / 100
        self._most_ns = quota_us * 1000
        self._left_ns = float(self._most_ns)
        self._now_ns, self._cpu_ns = now_ns, cpu_ns

    def may_run(self, *, now_ns: int, cpu_ns: int) -> bool:
        """Whether anything is left, as of a monotonic time and the CPU time used until then."""
        earned = (now_ns - self._now_ns) * self._share
        used = cpu_ns - self._cpu_ns
        self._left_ns = min(self._left_ns + earned, self._most_ns) - used
        self._now_ns, self._cpu_ns = now_ns, cpu_ns
        return self._left_ns > 0


class Signals(CpuLimit):
    """Stops a process by SIGSTOP once it has used up its share, and continues it when it has earned some again."""

    how = f"stop and continue signals, every {_TICK_S * 1000:g} ms: coarser than a control group, which needs root"

    def __init__(self, percent: float) -> None:
        self._percent = percent
        self._lock = threading.Lock()
        self._watched: dict[int, tuple[int, Allowance]] = {}
        self._stopped: set[int] = set()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="cpu-limit", daemon=True)

    def add(self, pid: int) -> None:
        """See `CpuLimit.add`."""
        clock = _cpu_clock(pid)
        allowance = Allowance(self._percent, now_ns=time.monotonic_ns(), cpu_ns=time.clock_gettime_ns(clock))
        with self._lock:
            self._watched[pid] = clock, allowance

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._thread.join()
        for pid in self._stopped:
            _send(pid, signal.SIGCONT)

    def _watch(self) -> None:
        while not self._ending.wait(_TICK_S):
            with self._lock:
                watched = list(self._watched.items())
            for pid, (clock, allowance) in watched:
                try:
                    cpu_ns = time.clock_gettime_ns(clock)
                except OSError:  # it has ended
                    with self._lock:
                        del self._watched[pid]
                    self._stopped.discard(pid)
                    continue
                self._let(pid, run=allowance.may_run(now_ns=time.monotonic_ns(), cpu_ns=cpu_ns))

    def _let(self, pid: int, *, run: bool) -> None:
        if run and pid in self._stopped:
            self._stopped.discard(pid)
            _send(pid, signal.SIGCONT)
        elif not run and pid not in self._stopped:
            self._stopped.add(pid)
            _send(pid, signal.SIGSTOP)


def _send(pid: int, what: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, what)


def _cpu_clock(pid: int) -> int:
    """The clock of a process's CPU time (clock_getcpuclockid(3)): finer than the 10 ms of /proc/PID/stat."""
    clock = ctypes.c_int()
    failed = libc().clock_getcpuclockid(pid, ctypes.byref(clock))
    if failed:
        raise OSError(failed, os.strerror(failed))
    return clock.value
