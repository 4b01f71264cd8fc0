"""Keeps all threads of this process on one core of the processor, as long as one is enough for them.

Every answer of the model goes through three threads. Waking one on another core takes an interrupt there, and what it
works on lies in the first one's caches. On the one core they are scheduled as a batch: who is woken waits until the one
who wakes has come to an end, which halves the changes from thread to thread. docs/pacing.md has what is saved.
"""

import logging
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from edge.libc import libc

logger = logging.getLogger(__name__)

_ENOUGH_PERCENT: Final = 50.0
_TOO_MUCH_PERCENT: Final = 75.0
"""CPU shares of one core: below the first it is enough, beyond the second no longer. Two boxes on one processor that
have chosen the same core both still find room there."""

_MISSED: Final = 0.02
"""Share of late messages from which all cores are needed, whatever takes the one."""

_WAITED: Final = 1.5
_WAITED_PERCENT: Final = 15.0
"""Threads wait for the core as they wait for each other: 15 % at 37 % CPU, and 42 to 54 % with a program on the same
core that never sleeps, beside which everything still comes in time. Beyond one and a half times the CPU share, and
some, others leave no room."""

_AGAIN_NS: Final = 60_000_000_000
"""How long all cores are used before one is tried again."""


class OneCore:
    """Decides every few seconds, by how busy and how late the process is.

    Where the system does not allow it, nothing happens.

    Args:
        tasks: The folder of this process's threads, another tree in tests.
    """

    def __init__(self, tasks: Path = Path("/proc/self/task")) -> None:
        self._tasks = tasks
        self._all: set[int] = set()
        self._is_free = False
        """Whether the operator has left it to us how threads are scheduled (`CPUSchedulingPolicy=` in the unit)."""
        self._before: tuple[int, int] | None = None
        self._not_before_ns = 0

    @property
    def alone(self) -> bool:
        """Whether one core is used."""
        return bool(self._all)

    def look(self, now_ns: int, *, cpu_percent: float, missed: float) -> None:
        """Go to one core, or back to all that are allowed, if it is time to.

        Args:
            now_ns: Monotonic time.
            cpu_percent: CPU share since the last look, in percent of one core.
            missed: Share of the messages that were late since then, 0..1.
        """
        waited_percent = self._waited_percent(now_ns)
        if not self._all:
            if cpu_percent < _ENOUGH_PERCENT and missed < _MISSED and now_ns >= self._not_before_ns:
                self._gather()
            return
        crowded = waited_percent > _WAITED * cpu_percent + _WAITED_PERCENT
        if cpu_percent > _TOO_MUCH_PERCENT or missed >= _MISSED or crowded:
            logger.debug(
                "one core is not enough: %.0f %% used, %.0f %% waited for, %.0f %% of the messages late",
                cpu_percent,
                waited_percent,
                100 * missed,
            )
            self._not_before_ns = now_ns + _AGAIN_NS
            self.leave()

    def leave(self) -> None:
        """Use all cores again that were allowed before, scheduled as before."""
        if self._all:
            self._move(self._all, os.SCHED_OTHER)
            self._all = set()

    def _gather(self) -> None:
        try:
            allowed = os.sched_getaffinity(0)
            # Where the system has put this thread: it knows which cores are idle.
            core = libc().sched_getcpu()
            self._is_free = os.sched_getscheduler(0) == os.SCHED_OTHER
        except (AttributeError, OSError):  # not Linux, or not allowed
            return
        if len(allowed) > 1 and core in allowed and self._move({core}, os.SCHED_BATCH):
            self._all = allowed
            logger.debug("all threads on core %d", core)

    def _move(self, cores: set[int], policy: int) -> bool:
        """Move every thread; one that is made later is where its maker is, and scheduled as that one."""
        for thread in os.listdir(self._tasks):  # noqa: PTH208 - names without paths, which would be interned
            try:
                os.sched_setaffinity(int(thread), cores)
                if self._is_free:
                    with suppress(PermissionError):
                        os.sched_setscheduler(int(thread), policy, os.sched_param(0))
            except ProcessLookupError:  # it has just ended
                continue
            except OSError as error:
                logger.debug("threads stay where they are: %s", error)
                return False
        return True

    def _waited_percent(self, now_ns: int) -> float:
        """For how long threads were ready but had no core since the last look, all added up."""
        waited_ns = 0
        try:
            for thread in os.listdir(self._tasks):  # noqa: PTH208
                with open(f"{self._tasks}/{thread}/schedstat", "rb") as file:  # noqa: PTH123
                    # Nanoseconds on a core, nanoseconds waiting for one, and turns.
                    waited_ns += int(file.read().split()[1])
        except (OSError, ValueError, IndexError):  # this kernel does not tell, or a thread has just ended
            self._before = None
            return 0.0
        before, self._before = self._before, (now_ns, waited_ns)
        if before is None or now_ns <= before[0]:
            return 0.0
        return 100.0 * max(0, waited_ns - before[1]) / (now_ns - before[0])
