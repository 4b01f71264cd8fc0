"""An event's message as it waits for delivery, and how late it will be."""

import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from edge.publish.messages import EventMessage, WallClock

ALARMS: Final = frozenset(
    {
        "fall_suspected",
        "fall_detected",
        "fall_cleared",
        "long_lie",
        "help_gesture",
        "inactivity",
        "view_lost",
        "view_restored",
    }
)
"""Types of events that somebody may have to act upon, with those that call them off: lost last when room is short."""

LATE_MS: Final = 1000
"""From this age on a delivery is marked as late. With a broker at hand an event is out within 50 ms."""

_LONGEST_BELIEVED_MS: Final = 366 * 24 * 3600 * 1000
"""A delay beyond a year is rather a clock that stood at 1970 when the event was written."""

_NS_PER_MS: Final = 1_000_000
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


def boot_id(path: Path = _BOOT_ID) -> str:
    """Name of this start of the machine; where the system gives none, a new name for each process."""
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return str(uuid.uuid4())


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event's message as it waits for delivery.

    Attributes:
        seq: Its number; events are delivered in this order.
        id: ULID, fixed for ever.
        alarm: Whether it outlives the others when room is short.
        t_ns: Capture time on the monotonic clock of `boot`.
        unix_ms: The same in milliseconds of Unix time, as far as the box knew.
        boot: Names the start of the machine; monotonic times of one boot can be compared.
        payload: What the broker gets: one JSON object.
    """

    seq: int
    id: str
    alarm: bool
    t_ns: int
    unix_ms: int
    boot: str
    payload: bytes

    @classmethod
    def of(cls, message: EventMessage, boot: str) -> Self:
        """Fix a message of this boot for storing."""
        event = message.event
        return cls(message.seq, message.id, event.type in ALARMS, event.t_ns, message.unix_ms, boot, message.to_mqtt())

    def payload_at(self, now: WallClock, boot: str) -> bytes:
        """What the broker gets now: with `delayed_ms` if that is late.

        Args:
            now: This moment.
            boot: The present start of the machine.
        """
        delayed_ms = self.age_ms(now, boot)
        return self.payload if delayed_ms < LATE_MS else self.payload[:-1] + b',"delayed_ms":%d}' % delayed_ms

    def age_ms(self, now: WallClock, boot: str) -> int:
        """How long ago this happened."""
        return elapsed_ms(t_ns=self.t_ns, unix_ms=self.unix_ms, boot=self.boot, now=now, now_boot=boot)


def elapsed_ms(*, t_ns: int, unix_ms: int, boot: str, now: WallClock, now_boot: str) -> int:
    """Time since a moment noted on both clocks, also across restarts of process and machine; never negative.

    Within one boot the monotonic clock knows, whatever becomes of the wall clock. After a reboot the wall clock is
    asked, and not believed when it gives less than the machine has been up, or more than a year.
    """
    if boot == now_boot:
        return max(0, (now.monotonic_ns - t_ns) // _NS_PER_MS)
    at_least_ms = now.monotonic_ns // _NS_PER_MS
    by_wall_ms = now.unix_ns // _NS_PER_MS - unix_ms
    return by_wall_ms if at_least_ms <= by_wall_ms <= _LONGEST_BELIEVED_MS else at_least_ms


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may wait.

    Attributes:
        events: Number of events.
        payload_bytes: Sum of their payloads.
    """

    events: int
    payload_bytes: int


@dataclass(frozen=True, slots=True)
class Lost:
    """Events given up for want of room.

    Attributes:
        numbers: Which.
        alarms: How many of them were alarms.
    """

    numbers: frozenset[int] = frozenset()
    alarms: int = 0


ON_DISK: Final = Limits(events=20_000, payload_bytes=16 * 1024 * 1024)
"""A weekend at one event every ten seconds; the file grows to about 20 MiB."""

IN_MEMORY: Final = Limits(events=2000, payload_bytes=1024 * 1024)
"""What may wait without a disk, and for it: half an hour at one event a second."""


@dataclass(frozen=True, slots=True)
class OutboxState:
    """How the outbox is doing, for health.

    Attributes:
        waiting: Events not yet acknowledged.
        durable: Whether they are safe on the disk.
        trouble: Why not, and what to do; None while durable.
        lost: Events given up for want of room, since the start.
        alarms_lost: How many of these were alarms.
        set_aside: Where a damaged file was moved to since the start, or None.
    """

    waiting: int
    durable: bool
    trouble: str | None = None
    lost: int = 0
    alarms_lost: int = 0
    set_aside: Path | None = None
