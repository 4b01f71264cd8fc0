"""A virtual box: says what a real one says, on the same topics, delivered the same way, over its own connection.

It plays somebody who exercises: one repetition is one event and one change of state. No fall is ever simulated, so that
nobody is called when this runs against a building's own broker.
"""

import contextlib
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from paho.mqtt import client as paho
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.reasoncodes import ReasonCode

from edge import __version__
from edge.flow import Event
from edge.publish.listener import Access
from edge.publish.messages import EventNumbering, Health, PersonState, State, WallClock, compact_json, rfc3339
from edge.publish.session import OFFLINE, ONLINE
from edge.publish.topics import DELIVERY, Topic, Topics
from edge.schedule import Schedule
from edge.simulate.reel import Reel
from edge.simulate.tally import Tally

_EXERCISE: Final = "squat"
_RETAINED: Final = tuple(topic for topic, delivery in DELIVERY.items() if delivery.retain)
_RECONNECT_S: Final = 2.0
_NS_PER_S: Final = 1_000_000_000
_NS_PER_MS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Habits:
    """How often a box says what.

    Attributes:
        landmark_rate_hz: Landmark messages a second; 0 for none, and then no events either: the box has nobody in view.
        event_every_s: Seconds between two events, and two changes of state.
        health_every_s: Seconds between two health messages.
    """

    landmark_rate_hz: float = 10.0
    event_every_s: float = 10.0
    health_every_s: float = 10.0


class VirtualBox:
    """One box and its connection. Used by one thread.

    Args:
        topics: Its names.
        access: How the broker is reached.
        reel: What it sees.
        habits: How often it says what.
        share: 0..1, differs from box to box: spreads their messages, and where in the reel they begin.
        tally: Is told what was sent.
        clock: Monotonic time in nanoseconds.
    """

    def __init__(
        self,
        *,
        topics: Topics,
        access: Access,
        reel: Reel,
        habits: Habits,
        share: float,
        tally: Tally,
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self.topics = topics
        self.connected = False
        self.refused = ""
        self.lost = 0
        self._access = access
        self._reel = reel
        self._habits = habits
        self._share = share
        self._tally = tally
        self._clock = clock
        self._numbering = EventNumbering(topics.device)
        self._seq = 0
        self._reps = 0
        self._healths = 0
        self._began_ns = 0
        self._reconnect_ns: int | None = None
        self._leaving = False
        self._farewells: list[paho.MQTTMessageInfo] = []
        active = habits.landmark_rate_hz > 0
        self._landmarks_due = Schedule(1.0 / habits.landmark_rate_hz) if active else None
        self._event_due = Schedule(habits.event_every_s) if active else None
        self._health_due = Schedule(habits.health_every_s)

        self.client: paho.Client = access.client(f"pose-edge-{topics.device}")
        will = DELIVERY[Topic.STATUS]
        self.client.will_set(topics.name(Topic.STATUS), OFFLINE, will.qos, will.retain)
        self.client.on_connect = self._accepted
        self.client.on_disconnect = self._disconnected

    def connect(self) -> None:
        """Open the connection; the broker's answer comes later.

        Raises:
            OSError: The broker's machine cannot be reached.
            ValueError: Its name is none.
        """
        self._access.connect(self.client)
        no_delay(self.client)

    def begin(self, now_ns: int) -> None:
        """Say from now on what a box says, each at its own time."""
        self._began_ns = now_ns
        for due, period_s in (
            (self._landmarks_due, 1.0 / (self._habits.landmark_rate_hz or 1.0)),
            (self._event_due, self._habits.event_every_s),
            (self._health_due, self._habits.health_every_s),
        ):
            if due is not None:
                due.due(now_ns - round((1.0 - self._share) * period_s * _NS_PER_S))

    def wait_s(self, now_ns: int) -> float:
        """Seconds until there is something to say, or a lost connection is to be tried again."""
        waits = [due.wait_s(now_ns) for due in (self._landmarks_due, self._event_due, self._health_due) if due]
        if self._reconnect_ns is not None:
            waits.append(max(0.0, (self._reconnect_ns - now_ns) / _NS_PER_S))
        return min(waits)

    def step(self, now_ns: int) -> None:
        """Say what is due."""
        if not self.connected:
            self._connect_again(now_ns)
        if self._landmarks_due and self._landmarks_due.due(now_ns) and self.connected:
            self._send_landmarks(now_ns)
        if self._event_due and self._event_due.due(now_ns):
            self._send_rep(now_ns)
        if self._health_due.due(now_ns) and self.connected:
            self._send_health()

    def leave(self, through: paho.Client | None = None) -> None:
        """Remove what the broker keeps of this box.

        Args:
            through: Another connection, when this box has none.
        """
        self._leaving = True
        client = through or self.client
        self._farewells = [client.publish(self.topics.name(topic), b"", qos=1, retain=True) for topic in _RETAINED]

    @property
    def gone(self) -> bool:
        """Whether the broker keeps nothing of this box any more."""
        return all(one.rc == MQTTErrorCode.MQTT_ERR_SUCCESS and one.is_published() for one in self._farewells)

    def close(self) -> None:
        """Disconnect; nothing is said any more."""
        self._leaving = True
        self.client.disconnect()

    def _send_landmarks(self, now_ns: int) -> None:
        t_s = (now_ns - self._began_ns) / _NS_PER_S + self._share * self._reel.duration_s
        message = self._reel.message(t_s, seq=self._seq, time_ms=time.time_ns() // _NS_PER_MS)
        self._count("landmarks", self._seq)
        self._seq += 1
        self._publish(Topic.LANDMARKS, message)

    def _send_rep(self, now_ns: int) -> None:
        self._reps += 1
        data = {"exercise": _EXERCISE, "count": self._reps, "duration_s": self._habits.event_every_s}
        wall = WallClock.now()
        message = self._numbering.message(Event("rep", now_ns, 1, 1.0, data), wall)
        self._count("event", message.seq)
        self._publish(Topic.EVENT, message.to_mqtt())
        self._send_state()

    def _send_state(self) -> None:
        people = (PersonState(1, "standing", exercise=_EXERCISE, reps=self._reps),) if self._event_due else ()
        self._count("state", self._reps)
        self._publish(Topic.STATE, _stamped(State(people).as_dict()))

    def _send_health(self) -> None:
        if not self._healths and not self._reps:
            self._send_state()
        self._healths += 1
        uptime_s = round(self._healths * self._habits.health_every_s)
        self._count("health", uptime_s)
        self._publish(Topic.HEALTH, _stamped(_health(uptime_s, self._habits.landmark_rate_hz).as_dict()))

    def _count(self, kind: str, number: int) -> None:
        self._tally.sent(self.topics.device, kind, number, self._clock())

    def _publish(self, topic: Topic, payload: bytes) -> None:
        delivery = DELIVERY[topic]
        self.client.publish(self.topics.name(topic), payload, delivery.qos, delivery.retain)

    def _connect_again(self, now_ns: int) -> None:
        if self._reconnect_ns is None or now_ns < self._reconnect_ns:
            return
        self._reconnect_ns = now_ns + round(_RECONNECT_S * _NS_PER_S)
        with contextlib.suppress(OSError):
            self.client.reconnect()
            no_delay(self.client)

    def _accepted(self, _client: paho.Client, _userdata: object, _flags: object, code: ReasonCode, _: object) -> None:
        if code.is_failure:
            self.refused = code.getName()
            return
        self.connected = True
        self._reconnect_ns = None
        self._publish(Topic.STATUS, ONLINE)
        self._publish(Topic.CAMERA, ONLINE)

    def _disconnected(self, *_: object) -> None:
        if self.connected and not self._leaving:
            self.lost += 1
        self.connected = False
        # A share of the wait of its own: not all boxes at once.
        self._reconnect_ns = self._clock() + round((1.0 + self._share) / 2 * _RECONNECT_S * _NS_PER_S)


def no_delay(client: paho.Client) -> None:
    """Send every message at once."""
    # A WebSocket has its socket inside.
    sock = getattr(client.socket(), "_socket", client.socket())
    if isinstance(sock, socket.socket):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _stamped(document: dict[str, Any]) -> bytes:
    return compact_json(document | {"ts": rfc3339(time.time_ns() // _NS_PER_MS)})


def _health(uptime_s: int, rate_hz: float) -> Health:
    """What a healthy box of medium age says."""
    return Health(
        version=__version__,
        model="lite",
        uptime_s=uptime_s,
        fps_in=30.0,
        fps_inferred=15.0,
        fps_published=rate_hz,
        drop_ratio=0.0,
        latency_p50_ms=60.0,
        latency_p95_ms=90.0,
        cpu_percent=60.0,
        rss_mb=140.0,
        temperature_c=58.0,
        throttled=False,
        outbox=0,
        mode="active" if rate_hz else "empty",
        limited_by=None,
    )
