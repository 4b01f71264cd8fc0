"""Gathers what the box says about itself from the flow's counters, the client's and the machine's."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from edge.pace.governor import Pace
from edge.publish.client import LinkCounters
from edge.publish.messages import Health
from edge.service.flow_stats import FlowStats, FlowTotals
from edge.service.readings import Readings, Vitals, read

_NS_PER_S: Final = 1_000_000_000
_BYTES_PER_MB: Final = 1024 * 1024


class HealthKeeper:
    """Keeps the counters of one run and turns them into health messages.

    Args:
        version: Version of pose-edge.
        model: Name of the model bundle in use.
        now_ns: Monotonic time of the start.
        readings: Looks at the box.
    """

    def __init__(self, *, version: str, model: str, now_ns: int, readings: Callable[[], Readings] = read) -> None:
        self._version = version
        self._model = model
        self._started_ns = now_ns
        self._vitals = Vitals(now_ns, readings)
        self._flow = FlowStats(now_ns)
        self._inferred = 0

    def inferred(self, *, captured_ns: int, done_ns: int) -> None:
        """Note a model run."""
        self._inferred += 1
        self._flow.latency(captured_ns, done_ns)

    def message(
        self,
        *,
        captured: int,
        dropped: int,
        link: LinkCounters,
        pace: Pace,
        now_ns: int,
        config: str = "ok",
        recovery: Mapping[str, Any] = MappingProxyType({}),
    ) -> Health:
        """Sum up the time since the last message.

        Args:
            captured: Frames the source has delivered since the start.
            dropped: Of these, how many a newer one replaced.
            link: State of the line to the broker.
            pace: What the governor is doing.
            now_ns: Monotonic time.
            config: What became of the configuration; see `Health`.
            recovery: What the box did to recover.
        """
        flow = self._flow.summary(FlowTotals(captured, dropped, self._inferred, link.traffic.landmarks_sent), now_ns)
        box, cpu_percent = self._vitals.look(now_ns)
        return Health(
            version=self._version,
            model=self._model,
            uptime_s=(now_ns - self._started_ns) // _NS_PER_S,
            fps_in=flow.fps_in,
            fps_inferred=flow.fps_inferred,
            fps_published=flow.fps_published,
            drop_ratio=flow.drop_ratio,
            latency_p50_ms=flow.latency_p50_ms,
            latency_p95_ms=flow.latency_p95_ms,
            cpu_percent=cpu_percent,
            rss_mb=box.rss_bytes / _BYTES_PER_MB,
            temperature_c=box.temperature_c,
            throttled=box.throttled,
            outbox=link.traffic.events_waiting,
            mode=pace.mode.value,
            limited_by=pace.limited_by,
            config=config,
            recovery=recovery,
            outbox_durable=link.outbox.durable,
            outbox_trouble=link.outbox.trouble,
            outbox_lost=link.outbox.lost,
        )
