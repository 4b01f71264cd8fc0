"""What waits to be sent: the newest landmarks, the last value of each retained topic, and every event in order."""

import itertools
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from edge.publish.messages import WallClock
from edge.publish.outbox import Outbox
from edge.publish.stored import boot_id
from edge.publish.topics import DELIVERY, Topic

_ORDER: Final = (Topic.STATUS, Topic.CAMERA, Topic.DISCOVERY, Topic.STATE, Topic.HEALTH)
"""Retained topics as they are sent; before the events, so that a backlog of those does not hide the present."""


@dataclass(frozen=True, slots=True)
class Outbound:
    """One message on its way.

    Attributes:
        topic: Its kind.
        payload: Its bytes.
        ticket: Names it when the broker's acknowledgement comes; never used twice within a connection. An event has
            its number with a minus.
        name: Full name of its topic, where its kind does not say it.
    """

    topic: Topic
    payload: bytes
    ticket: int
    name: str | None = None


_MOST_ANSWERS: Final = 64
"""Answers to commands that wait; more than commands are carried out in a burst."""


@dataclass(frozen=True, slots=True)
class OutgoingCounts:
    """What became of the messages so far.

    Attributes:
        landmarks_sent: Landmark messages handed to the broker's connection.
        landmarks_dropped: Landmark messages dropped: offline, or newer ones came before the broker took them.
        events_delivered: Events the broker acknowledged.
        events_dropped: Events lost: too many were waiting, or the broker refused them.
        events_waiting: Events not yet acknowledged.
    """

    landmarks_sent: int
    landmarks_dropped: int
    events_delivered: int
    events_dropped: int
    events_waiting: int


class Outgoing:
    """The meeting point of the threads that publish and the one that talks to the broker. Never blocks, never grows.

    Args:
        outbox: Keeps the events.
        wall: Reads both clocks.
    """

    def __init__(self, outbox: Outbox, *, wall: Callable[[], WallClock] = WallClock.now) -> None:
        self._lock = threading.Lock()
        self._outbox = outbox
        self._wall = wall
        self._boot = boot_id()
        self._tickets = itertools.count(1)
        self._live = False
        self._landmarks: bytes | None = None
        self._retained: dict[Topic, bytes] = {}
        self._due: set[Topic] = set()
        self._discovery: str | None = None
        self._answers: deque[tuple[str, bytes]] = deque(maxlen=_MOST_ANSWERS)
        self._unacknowledged: dict[int, Topic] = {}
        self._landmarks_sent = 0
        self._landmarks_dropped = 0
        self._events_delivered = 0
        self._events_refused = 0

    def put(self, topic: Topic, payload: bytes) -> None:
        """Take landmarks, or the value of a retained topic, from any thread."""
        with self._lock:
            if topic is Topic.LANDMARKS:
                if not self._live:
                    self._landmarks_dropped += 1
                    return
                self._landmarks_dropped += self._landmarks is not None
                self._landmarks = payload
            else:
                self._retained[topic] = payload
                self._due.add(topic)

    def landmarks_went(self) -> None:
        """Count landmarks that were sent without being taken here. Any that still wait are older, and dropped."""
        with self._lock:
            self._landmarks_dropped += self._landmarks is not None
            self._landmarks = None
            self._landmarks_sent += 1

    def announce(self, name: str, payload: bytes, *, repeat: bool) -> None:
        """Take the announcement to Home Assistant; `repeat` tells everything retained once more after it."""
        with self._lock:
            self._discovery = name
            self._retained[Topic.DISCOVERY] = payload
            self._due.update(self._retained if repeat else (Topic.DISCOVERY,))

    def answer(self, name: str, payload: bytes) -> None:
        """Take the answer to a command."""
        with self._lock:
            self._answers.append((name, payload))

    def connected(self) -> None:
        """Begin a connection: everything retained is due again, and every unacknowledged event."""
        with self._lock:
            self._live = True
            # Announced apart, when the others have had their turn.
            self._due.update(self._retained.keys() - {Topic.DISCOVERY})
            self._outbox.rewind()
            self._unacknowledged.clear()

    def disconnected(self) -> None:
        """Drop landmarks from here on."""
        with self._lock:
            self._live = False
            self._landmarks_dropped += self._landmarks is not None
            self._landmarks = None
            self._answers.clear()
            self._outbox.doubt()

    def take(self, *, window: int, writable: bool) -> Outbound | None:
        """Hand out what is to be sent next.

        Args:
            window: The most messages that may be without acknowledgement.
            writable: Whether the connection has taken all it was given. Landmarks wait for that, and newer ones
                replace them meanwhile: a slow broker gets fewer, not later ones.
        """
        with self._lock:
            open_window = len(self._unacknowledged) < window
            for topic in _ORDER if self._due else ():
                if topic in self._due and (open_window or not DELIVERY[topic].qos):
                    self._due.remove(topic)
                    name = self._discovery if topic is Topic.DISCOVERY else None
                    return self._hand_out(topic, self._retained[topic], next(self._tickets), name)
            if open_window:
                if self._answers:
                    name, payload = self._answers.popleft()
                    return self._hand_out(Topic.RESULT, payload, next(self._tickets), name)
                if (event := self._outbox.take()) is not None:
                    return self._hand_out(Topic.EVENT, event.payload_at(self._wall(), self._boot), -event.seq)
            if writable and self._landmarks is not None:
                payload, self._landmarks = self._landmarks, None
                self._landmarks_sent += 1
                return self._hand_out(Topic.LANDMARKS, payload, next(self._tickets))
            return None

    def _hand_out(self, topic: Topic, payload: bytes, ticket: int, name: str | None = None) -> Outbound:
        if DELIVERY[topic].qos:
            self._unacknowledged[ticket] = topic
        return Outbound(topic, payload, ticket, name)

    def settle(self, ticket: int, *, accepted: bool) -> Topic | None:
        """Note the broker's answer to a message; return its topic, or None when it was not waited for."""
        with self._lock:
            topic = self._unacknowledged.pop(ticket, None)
            if topic is Topic.EVENT and self._outbox.acknowledged(-ticket, accepted=accepted):
                self._events_delivered += accepted
                self._events_refused += not accepted
            return topic

    def idle(self) -> bool:
        """Whether all that can be sent has been sent and acknowledged."""
        with self._lock:
            return not (self._due or self._unacknowledged or self._answers or self._outbox.depth)

    def counts(self) -> OutgoingCounts:
        """What became of the messages so far."""
        outbox = self._outbox.state
        with self._lock:
            return OutgoingCounts(
                landmarks_sent=self._landmarks_sent,
                landmarks_dropped=self._landmarks_dropped,
                events_delivered=self._events_delivered,
                events_dropped=outbox.lost + self._events_refused,
                events_waiting=outbox.waiting,
            )
