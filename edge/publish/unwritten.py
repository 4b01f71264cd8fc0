"""Events that are not on the disk yet, or cannot be."""

from collections.abc import Callable, Container, Iterator

from edge.publish.stored import Limits, Lost, StoredEvent


class Unwritten:
    """Events in memory, in order. Not thread-safe by itself.

    Args:
        limits: How much may wait.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._events: dict[int, tuple[StoredEvent, int]] = {}
        self._payload_bytes = 0

    def __len__(self) -> int:
        return len(self._events)

    def __contains__(self, seq: int) -> bool:
        return seq in self._events

    def __iter__(self) -> Iterator[StoredEvent]:
        return (event for event, _ in self._events.values())

    @property
    def first_seq(self) -> int | None:
        """The lowest number among them."""
        return next(iter(self._events), None)

    def add(self, event: StoredEvent, came_ns: int) -> None:
        """Append an event that came at this monotonic time."""
        self._events[event.seq] = event, came_ns
        self._payload_bytes += len(event.payload)

    def drop(self, seq: int) -> bool:
        """Forget one; False if it is not among them."""
        found = self._events.pop(seq, None)
        if found is None:
            return False
        self._payload_bytes -= len(found[0].payload)
        return True

    def next_after(self, seq: int, *, sent: Container[int]) -> tuple[StoredEvent, int] | None:
        """The first with a higher number that is not among those sent, and when it came."""
        return next((one for number, one in self._events.items() if number > seq and number not in sent), None)

    def make_room(self, may_go: Callable[[int], bool]) -> Lost:
        """Keep within the limits: the oldest are given up, alarms last, and only such as may go."""
        numbers: set[int] = set()
        alarms = 0
        while len(self._events) > self._limits.events or self._payload_bytes > self._limits.payload_bytes:
            idle = [event for event in self if may_go(event.seq)]
            if not idle:
                break
            victim = next((event for event in idle if not event.alarm), idle[0])
            self.drop(victim.seq)
            numbers.add(victim.seq)
            alarms += victim.alarm
        return Lost(frozenset(numbers), alarms)
