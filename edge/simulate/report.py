"""What a simulation has found, for people and for programs."""

from dataclasses import dataclass
from typing import Any, Final

from edge.simulate.tally import Figures

_COLUMNS: Final = (
    ("sent", 9),
    ("delivered", 11),
    ("lost", 7),
    ("twice", 7),
    ("p50 ms", 9),
    ("p95 ms", 9),
    ("p99 ms", 9),
    ("longest", 9),
)
"""Names and widths."""


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome.

    Attributes:
        boxes: How many were to run.
        connected: How many the broker let in.
        refused: Why not the others; empty if all came in.
        connections_lost: How often a connection ended by itself.
        seconds: How long messages were sent.
        rate_hz: Landmark messages a second that each box was to send.
        late_p95_ms: How much later than planned this machine sent, 95th percentile: large means that it was the limit.
        cpu_percent: CPU time of the simulation as a share of one core, boxes and subscriber together.
        kept_back: Retained messages that could not be removed from the broker, of so many boxes.
        figures: By kind of message.
    """

    boxes: int
    connected: int
    refused: str
    connections_lost: int
    seconds: float
    rate_hz: float
    late_p95_ms: float | None
    cpu_percent: float
    kept_back: int
    figures: tuple[Figures, ...]

    @property
    def passed(self) -> bool:
        """Whether every box ran throughout, and everything arrived that must not be lost."""
        sure = [one for one in self.figures if one.kind in ("event", "state")]
        complete = all(one.lost == 0 and one.disordered == 0 for one in sure)
        return complete and self.connected == self.boxes and not self.connections_lost

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "boxes": self.boxes,
            "connected": self.connected,
            "refused": self.refused or None,
            "connections_lost": self.connections_lost,
            "seconds": round(self.seconds, 1),
            "rate_hz": self.rate_hz,
            "messages_per_s": round(self._per_s(), 1),
            "late_p95_ms": self.late_p95_ms,
            "cpu_percent": round(self.cpu_percent, 1),
            "kept_back": self.kept_back,
            "passed": self.passed,
            "kinds": {one.kind: one.as_dict() for one in self.figures},
        }

    def text(self) -> str:
        """For people."""
        head = "".join(f"{name:>{width}}" for name, width in _COLUMNS)
        lines = [
            f"{self.connected} of {self.boxes} boxes connected, {self.rate_hz:g} landmark messages a second each",
            f"{self._per_s():.0f} messages a second for {self.seconds:.0f} s",
            f"{'':<10}{head}",
        ]
        lines += [
            f"{one.kind:<10}"
            + "".join(f"{word:>{width}}" for word, (_, width) in zip(_row(one), _COLUMNS, strict=True))
            for one in self.figures
        ]
        lines.append(
            f"this machine: {self.cpu_percent:.0f} % of a core, sent {_ms(self.late_p95_ms)} ms late (p95); "
            "much of either means that it was the limit, not the broker"
        )
        if self.refused:
            lines.append(f"refused: {self.refused}")
        if self.connections_lost:
            lines.append(f"connections lost: {self.connections_lost}")
        if disordered := sum(one.disordered for one in self.figures):
            lines.append(f"out of order: {disordered}")
        if self.kept_back:
            lines.append(f"the broker still keeps messages of {self.kept_back} boxes: run again to remove them")
        lines.append("passed" if self.passed else "NOT passed: see what was lost or refused")
        return "\n".join(lines)

    def _per_s(self) -> float:
        return sum(one.delivered for one in self.figures) / self.seconds if self.seconds else 0.0


def _row(one: Figures) -> tuple[str, ...]:
    times = (one.p50_ms, one.p95_ms, one.p99_ms, one.longest_ms)
    return (*map(str, (one.sent, one.delivered, one.lost, one.twice)), *map(_ms, times))


def _ms(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"
