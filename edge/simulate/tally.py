"""What was sent and what has arrived, and how long it took."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any, Final

KINDS: Final = ("landmarks", "event", "state", "health")
"""In the order of the report."""

_NS_PER_MS: Final = 1_000_000
_REMEMBERED: Final = 512
"""Arrivals that are remembered for each box and kind, to tell a message that came twice."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What became of one kind of messages.

    Attributes:
        kind: Which.
        sent: How many the boxes sent.
        delivered: How many of them arrived.
        twice: How many arrived once more.
        disordered: How many arrived after a later one of the same box.
        p50_ms: Time from sending to arrival, median; None when nothing arrived.
        p95_ms: 95th percentile.
        p99_ms: 99th percentile.
        longest_ms: The longest.
    """

    kind: str
    sent: int
    delivered: int
    twice: int
    disordered: int
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    longest_ms: float | None

    @property
    def lost(self) -> int:
        """How many never arrived."""
        return self.sent - self.delivered

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "sent": self.sent,
            "delivered": self.delivered,
            "lost": self.lost,
            "twice": self.twice,
            "disordered": self.disordered,
            "p50_ms": self.p50_ms,
            "p95_ms": self.p95_ms,
            "p99_ms": self.p99_ms,
            "longest_ms": self.longest_ms,
        }


@dataclass(slots=True)
class _Kind:
    sent: int = 0
    delivered: int = 0
    twice: int = 0
    disordered: int = 0
    delays_ns: list[int] = field(default_factory=list)


class _Way:
    """One kind of messages of one box, between sending and arrival."""

    __slots__ = ("_arrived", "_latest", "_under_way")

    def __init__(self) -> None:
        self._under_way: dict[int, int] = {}
        self._arrived: deque[int] = deque(maxlen=_REMEMBERED)
        self._latest = -1

    def sent(self, number: int, now_ns: int) -> None:
        self._under_way[number] = now_ns

    def arrived(self, number: int, now_ns: int, kind: _Kind) -> None:
        sent_ns = self._under_way.pop(number, None)
        if sent_ns is None:
            # Of nobody we know, or for the second time.
            kind.twice += number in self._arrived
            return
        kind.delivered += 1
        kind.disordered += number < self._latest
        kind.delays_ns.append(now_ns - sent_ns)
        self._latest = max(self._latest, number)
        self._arrived.append(number)

    @property
    def waiting(self) -> int:
        return len(self._under_way)


class Tally:
    """Counts by kind; messages of a box are told apart by a number that they carry."""

    def __init__(self) -> None:
        self._kinds = {kind: _Kind() for kind in KINDS}
        self._ways: dict[tuple[str, str], _Way] = {}

    def sent(self, device: str, kind: str, number: int, now_ns: int) -> None:
        """A box has handed a message to its connection."""
        self._kinds[kind].sent += 1
        self._ways.setdefault((device, kind), _Way()).sent(number, now_ns)

    def arrived(self, device: str, kind: str, number: int, now_ns: int) -> None:
        """A message has come to the subscriber."""
        if way := self._ways.get((device, kind)):
            way.arrived(number, now_ns, self._kinds[kind])

    def waiting(self) -> int:
        """Messages sent and not arrived."""
        return sum(way.waiting for way in self._ways.values())

    def figures(self) -> tuple[Figures, ...]:
        """How it went, for each kind that was sent."""
        return tuple(_figures(name, kind) for name, kind in self._kinds.items() if kind.sent)


def _figures(name: str, kind: _Kind) -> Figures:
    delays = sorted(kind.delays_ns)
    return Figures(
        kind=name,
        sent=kind.sent,
        delivered=kind.delivered,
        twice=kind.twice,
        disordered=kind.disordered,
        p50_ms=percentile_ms(delays, 0.50),
        p95_ms=percentile_ms(delays, 0.95),
        p99_ms=percentile_ms(delays, 0.99),
        longest_ms=percentile_ms(delays, 1.0),
    )


def percentile_ms(ordered_ns: list[int], share: float) -> float | None:
    """Nearest-rank percentile of rising times, in milliseconds to a tenth; None when there are none."""
    if not ordered_ns:
        return None
    rank = max(0, -int(-share * len(ordered_ns) // 1) - 1)
    return round(ordered_ns[rank] / _NS_PER_MS, 1)
