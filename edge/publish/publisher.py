"""What the box tells, and when: the last stage of the flow."""

from collections.abc import Callable
from typing import Literal, Protocol, TypeAlias

from edge.flow import Event, Tracks
from edge.publish.messages import (
    UNSYNCHRONISED,
    EventMessage,
    EventNumbering,
    Health,
    State,
    WallClock,
    compact_json,
    rfc3339,
)
from edge.publish.session import OFFLINE, ONLINE
from edge.publish.topics import Topic
from edge.publish.wire import LandmarkMessage, encode, landmarks_json
from edge.schedule import Schedule

LandmarkFormat: TypeAlias = Literal["binary", "json"]


class Transport(Protocol):
    """What the publisher needs of a broker's client."""

    def publish(self, topic: Topic, payload: bytes) -> None:
        """Take a message; must not block."""


class Publisher:
    """Turns tracks, events, state and health into messages. Called by one thread.

    Args:
        transport: Takes the messages.
        device: Device id.
        landmark_format: `binary` (docs/wire-format.md) or `json`.
        health_interval_s: Seconds between two health messages.
        wall: Reads both clocks, once a message.
        numbering: Gives events their ids and numbers; by default new ones for this device.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        device: str,
        landmark_format: LandmarkFormat = "binary",
        health_interval_s: float = 10.0,
        wall: Callable[[], WallClock] = WallClock.now,
        numbering: EventNumbering | None = None,
    ) -> None:
        self._transport = transport
        self._health_due = Schedule(health_interval_s)
        self._encode = encode if landmark_format == "binary" else landmarks_json
        self._wall = wall
        self._numbering = numbering or EventNumbering(device)
        self._landmark_seq = 0
        self._state: State | None = None
        self._camera: bool | None = None

    def tracks(self, tracks: Tracks) -> None:
        """Publish landmarks; also when nobody is in view, which is news as well. `LandmarkStream` says when."""
        time_ms = self._wall().unix_ms(tracks.t_ns)
        message = LandmarkMessage.from_tracks(tracks, seq=self._landmark_seq, time_ms=time_ms)
        self._landmark_seq += 1
        self._transport.publish(Topic.LANDMARKS, self._encode(message))

    def event(self, event: Event) -> EventMessage:
        """Publish an event at once, and return what was made of it."""
        message = self._numbering.message(event, self._wall())
        self._transport.publish(Topic.EVENT, message.to_mqtt())
        return message

    def state(self, state: State, *, t_ns: int) -> None:
        """Publish the state if it has changed, as of a capture time."""
        if state == self._state:
            return
        self._state = state
        ts = rfc3339(self._wall().unix_ms(t_ns))
        self._transport.publish(Topic.STATE, compact_json(state.as_dict() | {"ts": ts}))

    def camera(self, *, online: bool) -> None:
        """Publish whether frames and results are fresh, if that has changed."""
        if online is self._camera:
            return
        self._camera = online
        self._transport.publish(Topic.CAMERA, ONLINE if online else OFFLINE)

    def health_due(self, t_ns: int) -> bool:
        """Whether it is time to collect and publish health; True takes the turn."""
        return self._health_due.due(t_ns)

    def health(self, health: Health, *, t_ns: int) -> None:
        """Publish health as of a monotonic time."""
        wall = self._wall()
        times = {"ts": rfc3339(wall.unix_ms(t_ns))} | ({} if wall.synchronised else {"clock": UNSYNCHRONISED})
        self._transport.publish(Topic.HEALTH, compact_json(health.as_dict() | times))

    def set_health_interval(self, seconds: float) -> None:
        """Publish health so often from now on."""
        self._health_due = Schedule(seconds)
