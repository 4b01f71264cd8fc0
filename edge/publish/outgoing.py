"""What waits to be sent: the newest landmarks, the last value of each retained topic, and every event in order."""

import itertools
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from edge.publish.topics import DELIVERY, Topic

_ORDER: Final = (Topic.STATUS, Topic.CAMERA, Topic.STATE, Topic.HEALTH)
"""Retained topics as they are sent; before the events, so that a backlog of those does not hide the present."""


@dataclass(frozen=True, slots=True)
class Outbound:
    """One message on its way.

    Attributes:
        topic: Its kind.
        payload: Its bytes.
        ticket: Names it when the broker's acknowledgement comes; never used twice.
    """

    topic: Topic
    payload: bytes
    ticket: int


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


class EventQueue:
    """Events in memory, in order, each kept until the broker has acknowledged it. Not thread-safe by itself.

    Args:
        limit: The most events kept; one more pushes out the oldest.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._waiting: OrderedDict[int, bytes] = OrderedDict()
        self._sent: OrderedDict[int, bytes] = OrderedDict()
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._waiting) + len(self._sent)

    def put(self, ticket: int, payload: bytes) -> None:
        """Append an event."""
        while len(self) >= self._limit:
            # What was sent already may well arrive: rather lose one that was not.
            (self._waiting or self._sent).popitem(last=False)
            self.dropped += 1
        self._waiting[ticket] = payload

    def take(self) -> tuple[int, bytes] | None:
        """Hand out the oldest event not yet sent, if there is one."""
        if not self._waiting:
            return None
        ticket, payload = self._waiting.popitem(last=False)
        self._sent[ticket] = payload
        return ticket, payload

    def remove(self, ticket: int) -> bool:
        """Forget an event that was sent; False when it is not among them."""
        return self._sent.pop(ticket, None) is not None

    def rewind(self) -> None:
        """Send everything unacknowledged once more, before the rest."""
        self._sent.update(self._waiting)
        self._waiting, self._sent = self._sent, OrderedDict()


class Outgoing:
    """The meeting point of the threads that publish and the one that talks to the broker. Never blocks, never grows.

    Args:
        event_limit: The most events kept while the broker is away.
    """

    def __init__(self, *, event_limit: int) -> None:
        self._lock = threading.Lock()
        self._tickets = itertools.count(1)
        self._live = False
        self._landmarks: bytes | None = None
        self._retained: dict[Topic, bytes] = {}
        self._due: set[Topic] = set()
        self._events = EventQueue(event_limit)
        self._unacknowledged: dict[int, Topic] = {}
        self._landmarks_sent = 0
        self._landmarks_dropped = 0
        self._events_delivered = 0
        self._events_refused = 0

    def put(self, topic: Topic, payload: bytes) -> None:
        """Take a message from any thread."""
        with self._lock:
            if topic is Topic.EVENT:
                self._events.put(next(self._tickets), payload)
            elif topic is Topic.LANDMARKS:
                if not self._live:
                    self._landmarks_dropped += 1
                    return
                self._landmarks_dropped += self._landmarks is not None
                self._landmarks = payload
            else:
                self._retained[topic] = payload
                self._due.add(topic)

    def connected(self) -> None:
        """Begin a connection: everything retained is due again, and every unacknowledged event."""
        with self._lock:
            self._live = True
            self._due.update(self._retained)
            self._events.rewind()
            self._unacknowledged.clear()

    def disconnected(self) -> None:
        """Drop landmarks from here on."""
        with self._lock:
            self._live = False
            self._landmarks_dropped += self._landmarks is not None
            self._landmarks = None

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
                    return self._hand_out(topic, self._retained[topic], next(self._tickets))
            event = self._events.take() if open_window else None
            if event:
                ticket, payload = event
                return self._hand_out(Topic.EVENT, payload, ticket)
            if writable and self._landmarks is not None:
                payload, self._landmarks = self._landmarks, None
                self._landmarks_sent += 1
                return self._hand_out(Topic.LANDMARKS, payload, next(self._tickets))
            return None

    def _hand_out(self, topic: Topic, payload: bytes, ticket: int) -> Outbound:
        if DELIVERY[topic].qos:
            self._unacknowledged[ticket] = topic
        return Outbound(topic, payload, ticket)

    def settle(self, ticket: int, *, accepted: bool) -> Topic | None:
        """Note the broker's answer to a message; return its topic, or None when it was not waited for."""
        with self._lock:
            topic = self._unacknowledged.pop(ticket, None)
            if topic is Topic.EVENT and self._events.remove(ticket):
                self._events_delivered += accepted
                self._events_refused += not accepted
            return topic

    def idle(self) -> bool:
        """Whether all that can be sent has been sent and acknowledged."""
        with self._lock:
            return not (self._due or self._unacknowledged or len(self._events))

    def counts(self) -> OutgoingCounts:
        """What became of the messages so far."""
        with self._lock:
            return OutgoingCounts(
                landmarks_sent=self._landmarks_sent,
                landmarks_dropped=self._landmarks_dropped,
                events_delivered=self._events_delivered,
                events_dropped=self._events.dropped + self._events_refused,
                events_waiting=len(self._events),
            )
