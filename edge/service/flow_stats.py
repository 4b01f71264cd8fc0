"""Counts what went through the flow since the last health message: rates, drops and latency."""

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np

NS_PER_S: Final = 1_000_000_000
NS_PER_MS: Final = 1_000_000

_LATENCIES_KEPT: Final = 3600
"""Two minutes at 30 frames a second: more than any health interval that is read by people, and 30 kB."""


@dataclass(frozen=True, slots=True)
class FlowSummary:
    """Rates per second and latency since the last summary.

    Attributes:
        fps_in: Frames captured a second.
        fps_inferred: Model runs a second.
        fps_published: Landmark messages a second.
        drop_ratio: Share of captured frames that a newer one replaced before they were looked at, 0..1.
        latency_p50_ms: Median time from capture to result, in milliseconds; None without results.
        latency_p95_ms: 95th percentile of the same.
    """

    fps_in: float
    fps_inferred: float
    fps_published: float
    drop_ratio: float
    latency_p50_ms: float | None
    latency_p95_ms: float | None


@dataclass(frozen=True, slots=True)
class FlowTotals:
    """Counters as they stand at one instant."""

    captured: int = 0
    dropped: int = 0
    inferred: int = 0
    published: int = 0


class Rate:
    """Turns one ever-growing counter into a rate.

    Args:
        now_ns: Monotonic time at which counting begins.
    """

    def __init__(self, now_ns: int) -> None:
        self._since_ns = now_ns
        self._before = 0

    def since(self, count: int, now_ns: int) -> float:
        """Counts a second since the last call."""
        rate = (count - self._before) / max((now_ns - self._since_ns) / NS_PER_S, 1e-9)
        self._since_ns, self._before = now_ns, count
        return rate


class FlowStats:
    """Turns ever-growing counters into rates over the time between two summaries.

    Args:
        now_ns: Monotonic time at which counting begins.
    """

    def __init__(self, now_ns: int) -> None:
        self._since_ns = now_ns
        self._before = FlowTotals()
        self._latencies_ms: deque[float] = deque(maxlen=_LATENCIES_KEPT)

    def latency(self, captured_ns: int, done_ns: int) -> None:
        """Note the way of one frame from capture to result."""
        self._latencies_ms.append((done_ns - captured_ns) / NS_PER_MS)

    def summary(self, totals: FlowTotals, now_ns: int) -> FlowSummary:
        """Sum up the time since the last summary and begin anew."""
        seconds = max((now_ns - self._since_ns) / NS_PER_S, 1e-9)
        captured = totals.captured - self._before.captured
        dropped = totals.dropped - self._before.dropped
        inferred = totals.inferred - self._before.inferred
        published = totals.published - self._before.published
        p50, p95 = (
            (float(q) for q in np.percentile(np.fromiter(self._latencies_ms, dtype=np.float64), (50, 95)))
            if self._latencies_ms
            else (None, None)
        )
        self._latencies_ms.clear()
        self._since_ns, self._before = now_ns, totals
        return FlowSummary(
            fps_in=captured / seconds,
            fps_inferred=inferred / seconds,
            fps_published=published / seconds,
            drop_ratio=dropped / captured if captured else 0.0,
            latency_p50_ms=p50,
            latency_p95_ms=p95,
        )
