"""What the box tells, and when: the last stage of the flow."""

import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Literal, Protocol, TypeAlias

from edge.flow import Event, Tracks
from edge.publish import alarms as falls
from edge.publish.alarms import ActiveFall, Alarms
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
from edge.publish.stored import boot_id
from edge.publish.topics import Topic
from edge.publish.wire import LandmarkMessage, encode, landmarks_json
from edge.schedule import Schedule

LandmarkFormat: TypeAlias = Literal["binary", "json"]


class Transport(Protocol):
    """What the publisher needs of a broker's client."""

    def publish(self, topic: Topic, payload: bytes) -> None:
        """Take landmarks or the value of a retained topic; must not block."""

    def event(self, message: EventMessage, notes: Mapping[str, bytes | None] | None = None) -> None:
        """Take an event, and notes to be kept along with it; must not block."""

    def note(self, name: str, value: bytes | None) -> None:
        """Keep a value across restarts; must not block."""


class Publisher:
    """Turns tracks, events, state and health into messages. Called by one thread but where it says otherwise.

    Args:
        transport: Takes the messages.
        device: Device id.
        landmark_format: `binary` (docs/wire-format.md) or `json`.
        health_interval_s: Seconds between two health messages.
        wall: Reads both clocks, once a message.
        numbering: Gives events their ids and numbers; by default new ones for this device.
        alarms: Falls that are not over.
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
        alarms: Alarms | None = None,
    ) -> None:
        self._transport = transport
        self._health_due = Schedule(health_interval_s)
        self._encode = encode if landmark_format == "binary" else landmarks_json
        self._wall = wall
        self._numbering = numbering or EventNumbering(device)
        self._alarms = alarms or Alarms(boot=boot_id(), long_lie_s=math.inf)
        self._alarms_lock = threading.Lock()
        self._newest: Tracks | None = None
        self._landmark_seq = 0
        self._state: State | None = None
        self._camera: bool | None = None

    def tracks(self, tracks: Tracks) -> None:
        """Publish landmarks; also when nobody is in view, which is news as well. `LandmarkStream` says when."""
        message = self._landmarks(tracks)
        self._newest = tracks
        self._landmark_seq += 1
        self._transport.publish(Topic.LANDMARKS, self._encode(message))

    def snapshot(self) -> bytes | None:
        """The newest landmarks as JSON, if there are any; may be called by any thread."""
        tracks = self._newest
        return None if tracks is None else landmarks_json(self._landmarks(tracks))

    def _landmarks(self, tracks: Tracks) -> LandmarkMessage:
        time_ms = self._wall().unix_ms(tracks.t_ns)
        return LandmarkMessage.from_tracks(tracks, seq=self._landmark_seq, time_ms=time_ms)

    def event(self, event: Event) -> EventMessage | None:
        """Publish an event at once, and return what was made of it; None if it says nothing new."""
        with self._alarms_lock:
            told = self._alarms.told(event)
            if told is None:
                return None
            message = self._numbering.message(told, self._wall())
            changed = self._alarms.update(message)
            self._transport.event(message, {falls.NOTE: self._alarms.note()} if changed else None)
        return message

    @property
    def falls(self) -> tuple[ActiveFall, ...]:
        """Those that are not over."""
        return self._alarms.falls

    def acknowledge(self, fall_id: str | None) -> tuple[str, ...]:
        """Note that somebody takes care of a fall, or of all; returns the ids for which that is new.

        May be called by any thread.
        """
        with self._alarms_lock:
            if taken := self._alarms.acknowledge(fall_id):
                self._transport.note(falls.NOTE, self._alarms.note())
        return taken

    def look_after_falls(self, *, people: int, low: int) -> None:
        """Publish what is to be said of falls whose person nobody knows; to be called about once a second.

        Args:
            people: How many people are seen.
            low: How many of them lie, or are down.
        """
        for event in self._alarms.look(self._wall(), people=people, low=low):
            self.event(event)

    def forget_people(self) -> None:
        """The posture rules know nobody any more: falls go on without a person."""
        with self._alarms_lock:
            self._alarms.abandoned()

    def state(self, state: State, *, t_ns: int) -> None:
        """Publish the state if it has changed, as of a capture time; what it says of falls is added."""
        active = tuple(fall.as_dict() for fall in self._alarms.falls)
        state = replace(state, alarm=self._alarms.alarming, falls=active)
        if state == self._state:
            return
        self._state = state
        ts = rfc3339(self._wall().unix_ms(t_ns))
        self.send(Topic.STATE, compact_json(state.as_dict() | {"ts": ts}))

    def camera(self, *, online: bool) -> None:
        """Publish whether frames and results are fresh, if that has changed."""
        if online is self._camera:
            return
        self._camera = online
        self.send(Topic.CAMERA, ONLINE if online else OFFLINE)

    def send(self, topic: Topic, payload: bytes) -> None:
        """Send the value of a retained topic as it is."""
        self._transport.publish(topic, payload)

    def health_due(self, t_ns: int) -> bool:
        """Whether it is time to collect and publish health; True takes the turn."""
        return self._health_due.due(t_ns)

    def health(self, health: Health, *, t_ns: int) -> None:
        """Publish health as of a monotonic time."""
        wall = self._wall()
        times = {"ts": rfc3339(wall.unix_ms(t_ns))} | ({} if wall.synchronised else {"clock": UNSYNCHRONISED})
        self.send(Topic.HEALTH, compact_json(health.as_dict() | times))

    def set_health_interval(self, seconds: float) -> None:
        """Publish health so often from now on."""
        self._health_due = Schedule(seconds)
