"""What the JSON topics carry: events, state and health, and the wall time that is attached to them."""

import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, Self

import numpy as np

from edge.flow import Event
from edge.publish.ulid import UlidFactory
from edge.service.clock import synchronised

EVENT_VERSION: Final = 1

UNSYNCHRONISED: Final = "unsynchronised"
"""What `clock` says while the wall time cannot be believed."""

_NS_PER_MS: Final = 1_000_000
_MS_PER_S: Final = 1000
_CONFIDENCE_DIGITS: Final = 3

_BY_URGENCY: Final = ("unknown", "standing", "sitting", "bending", "crouching", "lying")
"""Postures, the one that says most about who needs help last."""


@dataclass(frozen=True, slots=True)
class WallClock:
    """One moment on both clocks; turns capture times into wall time.

    Take a fresh pair for each message: most Pis have no battery clock, and their wall time jumps once the network has
    told it.

    Attributes:
        monotonic_ns: The moment on the clock of `Frame.t_ns`.
        unix_ns: The same moment in nanoseconds of Unix time.
        ask: Says whether Unix time comes from a time server; None where the system does not say.
    """

    monotonic_ns: int
    unix_ns: int
    ask: Callable[[], bool | None] = field(default=lambda: None, repr=False, compare=False)

    @classmethod
    def now(cls) -> Self:
        """Read both clocks of this machine."""
        return cls(time.monotonic_ns(), time.time_ns(), synchronised)

    @property
    def synchronised(self) -> bool:
        """Whether Unix time can be believed. Asked only here: landmarks, thirty times a second, do not say it."""
        return self.ask() is not False

    def unix_ms(self, t_ns: int) -> int:
        """Unix time in whole milliseconds of a capture time."""
        return (self.unix_ns + t_ns - self.monotonic_ns) // _NS_PER_MS


def rfc3339(unix_ms: int) -> str:
    """Write a Unix time in milliseconds like `2026-03-01T07:05:09.042Z`."""
    seconds, ms = divmod(unix_ms, _MS_PER_S)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{ms:03}Z"


def compact_json(document: Mapping[str, Any]) -> bytes:
    """Write UTF-8 JSON without spaces.

    Numpy's numbers become plain ones, and numbers that are not finite become null: a flaw in one detail must not
    keep a fall from being told.
    """
    return json.dumps(_plain(document), separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def _plain(value: object) -> object:
    match value:
        case Mapping():
            return {str(key): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case np.ndarray() | np.generic():
            return _plain(value.tolist())
        case float():
            return value if math.isfinite(value) else None
        case _:
            return value


@dataclass(frozen=True, slots=True)
class EventMessage:
    """An event with all that makes it a message of its own.

    Attributes:
        id: ULID; the same event delivered twice has the same id.
        seq: Counts the box's events, across restarts where the state is kept.
        device: Device id.
        unix_ms: Capture time in milliseconds of Unix time.
        event: What happened.
        synchronised: Whether the wall time can be believed.
    """

    id: str
    seq: int
    device: str
    unix_ms: int
    event: Event
    synchronised: bool = True

    def as_dict(self) -> dict[str, Any]:
        """The event as JSON lines carry it, version 1 (docs/mqtt.md)."""
        document = {
            "v": EVENT_VERSION,
            "id": self.id,
            "seq": self.seq,
            "type": self.event.type,
            "device": self.device,
            "ts": rfc3339(self.unix_ms),
            "t_ms": self.event.t_ns // _NS_PER_MS,
            "track": self.event.track,
            "confidence": round(self.event.confidence, _CONFIDENCE_DIGITS),
            "data": self.event.data,
        }
        return document if self.synchronised else document | {"clock": UNSYNCHRONISED}

    def to_json(self) -> bytes:
        """One JSON line, without its line end."""
        return compact_json(self.as_dict())

    def to_mqtt(self) -> bytes:
        """The payload of the event topic: `event_type` is what Home Assistant's event entities read."""
        return compact_json(self.as_dict() | {"event_type": self.event.type})


class EventNumbering:
    """Gives a box's events their ids, sequence numbers and wall times.

    Args:
        device: Device id.
        ulids: Makes the ids.
        first: Number of the first event.
    """

    def __init__(self, device: str, ulids: UlidFactory | None = None, *, first: int = 1) -> None:
        self._device = device
        self._ulids = ulids or UlidFactory()
        self._seq = first - 1

    def message(self, event: Event, wall: WallClock) -> EventMessage:
        """Make the next event's message."""
        self._seq += 1
        unix_ms = wall.unix_ms(event.t_ns)
        return EventMessage(
            self._ulids.next(unix_ms), self._seq, self._device, unix_ms, event, synchronised=wall.synchronised
        )


@dataclass(frozen=True, slots=True)
class PersonState:
    """One person within `State`.

    Attributes:
        id: Track id.
        posture: `standing`, `sitting`, `lying`, `crouching`, `bending` or `unknown`.
        on_floor: When lying, whether on the floor; None when not lying or not known.
        moving: Whether the person moves through the room.
        down: Whether the person has fallen and has not got up.
        zones: Names of the zones the person is in.
        exercise: What the person is in the middle of, or None.
        reps: Repetitions of the current set.
    """

    id: int
    posture: str = "unknown"
    on_floor: bool | None = None
    moving: bool = False
    down: bool = False
    zones: tuple[str, ...] = ()
    exercise: str | None = None
    reps: int = 0

    @property
    def urgency(self) -> tuple[bool, bool, int]:
        """Larger for somebody who matters more: fallen, on the floor, then by posture."""
        return self.down, self.on_floor is True, _BY_URGENCY.index(self.posture)

    def as_dict(self) -> dict[str, Any]:
        """Within the payload of the state topic."""
        return {
            "id": self.id,
            "posture": self.posture,
            "on_floor": self.on_floor,
            "moving": self.moving,
            "fall": _switch(on=self.down),
            "zones": list(self.zones),
            "exercise": self.exercise,
            "reps": self.reps,
        }


@dataclass(frozen=True, slots=True)
class State:
    """What is the case now, for subscribers that come later; holds nothing that changes with every frame.

    Attributes:
        people: Everyone in view.
        view: `ok`, or why the camera cannot see: `covered`, `dark`, `moved` or `frozen`.
        alarm: Whether there is a fall that is not over and that nobody has acknowledged.
        falls: Falls that are not over, as the state topic says them.
        paused: Whether the box was told to look away.
        settings: Settings that may be changed over MQTT, by key.
    """

    people: tuple[PersonState, ...] = ()
    view: str = "ok"
    alarm: bool = False
    falls: tuple[Mapping[str, Any], ...] = ()
    paused: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The payload of the state topic, without its time."""
        foremost = max(self.people, key=lambda person: person.urgency, default=None)
        busiest = max(self.people, key=lambda person: (person.exercise is not None, person.reps), default=None)
        return {
            "people": len(self.people),
            "presence": _switch(on=bool(self.people)),
            "posture": foremost.posture if foremost else "unknown",
            "fall": _switch(on=self.alarm),
            "falls": [dict(fall) for fall in self.falls],
            "exercise": busiest.exercise if busiest else None,
            "reps": busiest.reps if busiest else 0,
            "zones": sorted({zone for person in self.people for zone in person.zones}),
            "view": self.view,
            "paused": _switch(on=self.paused),
            "settings": dict(self.settings),
            "tracks": [person.as_dict() for person in self.people],
        }


def _switch(*, on: bool) -> str:
    """What Home Assistant's binary sensors understand without a template."""
    return "ON" if on else "OFF"


@dataclass(frozen=True, slots=True)
class Health:
    """How the box is doing. None stands for what this machine cannot tell.

    Attributes:
        version: Version of pose-edge.
        model: Name of the model bundle in use.
        uptime_s: Seconds since the daemon started.
        fps_in: Frames the source delivered a second.
        fps_inferred: Frames the model ran on a second.
        fps_published: Landmark messages handed to the broker a second.
        drop_ratio: Share of the frames, 0..1, that a newer one replaced before they were looked at.
        latency_p50_ms: Median time from capture to landmarks.
        latency_p95_ms: The same, 95th percentile.
        cpu_percent: CPU time of the process as a share of one core, 0..100 times the number of cores.
        rss_mb: Resident memory of the process in MiB.
        temperature_c: Temperature of the processor.
        throttled: Whether the processor is slowed down now, by heat or low voltage.
        outbox: Events that wait for the broker's acknowledgement.
        outbox_durable: Whether they outlive a restart.
        outbox_trouble: Why they do not, and what to do.
        outbox_lost: Events given up since the start because too many waited.
        mode: How often the model looks: `empty`, `calm` or `active`.
        limited_by: What keeps it from looking more often: `heat`, `CPU share`, `slow model runs`, or None.
        config: `ok`, `refused: …` with the first thing wrong in a file that was to be loaded anew, or
            `restart needed: …` with the keys that wait for one.
        recovery: What the box did to recover, rung by rung; docs/operations.md.
    """

    version: str
    model: str
    uptime_s: int
    fps_in: float
    fps_inferred: float
    fps_published: float
    drop_ratio: float
    latency_p50_ms: float | None
    latency_p95_ms: float | None
    cpu_percent: float
    rss_mb: float
    temperature_c: float | None
    throttled: bool | None
    outbox: int
    mode: str
    limited_by: str | None
    config: str = "ok"
    recovery: Mapping[str, Any] = field(default_factory=dict)
    outbox_durable: bool = False
    outbox_trouble: str | None = None
    outbox_lost: int = 0

    def as_dict(self) -> dict[str, Any]:
        """The payload of the health topic, without its time."""
        return {
            "version": self.version,
            "model": self.model,
            "uptime_s": self.uptime_s,
            "fps_in": _tenths(self.fps_in),
            "fps_inferred": _tenths(self.fps_inferred),
            "fps_published": _tenths(self.fps_published),
            "drop_ratio": round(self.drop_ratio, _CONFIDENCE_DIGITS),
            "latency_p50_ms": _tenths(self.latency_p50_ms),
            "latency_p95_ms": _tenths(self.latency_p95_ms),
            "cpu_percent": _tenths(self.cpu_percent),
            "rss_mb": _tenths(self.rss_mb),
            "temperature_c": _tenths(self.temperature_c),
            "throttled": self.throttled,
            "outbox": self.outbox,
            "outbox_durable": self.outbox_durable,
            "outbox_trouble": self.outbox_trouble,
            "outbox_lost": self.outbox_lost,
            "mode": self.mode,
            "limited_by": self.limited_by,
            "config": self.config,
            "recovery": dict(self.recovery),
        }


def _tenths(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
