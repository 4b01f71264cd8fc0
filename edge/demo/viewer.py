"""What a subscriber sees: decodes every message of a box and keeps what is worth showing."""

import json
import queue
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from edge.publish.wire import LandmarkMessage, decode

_NOSE: Final = 0
_ANSWER_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Received:
    """One message as it arrived.

    Attributes:
        topic: The last level of the topic: `event`, `state`, …
        content: The decoded landmarks, the JSON object, or the text.
        size: Length of the payload in bytes.
        at_s: When it arrived, on `time.monotonic`.
    """

    topic: str
    content: LandmarkMessage | dict[str, Any] | str
    size: int
    at_s: float


class Subscriber:
    """Subscribes to everything one box says, over a connection of its own, as any integrator would.

    Args:
        port: The broker's port on 127.0.0.1.
        prefix: What stands before the kind of message, `pose-edge/demo`.
    """

    def __init__(self, *, port: int, prefix: str) -> None:
        self.received: queue.SimpleQueue[Received] = queue.SimpleQueue()
        self._filter = f"{prefix}/#"
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id="pose-edge-demo-viewer")
        self._client.on_connect = lambda client, *_: client.subscribe(self._filter, qos=1)
        self._client.on_message = self._on_message
        self._port = port

    def start(self) -> None:
        """Connect and begin to collect."""
        self._client.connect("127.0.0.1", self._port)
        self._client.loop_start()

    def stop(self) -> None:
        """Disconnect."""
        self._client.disconnect()
        self._client.loop_stop()

    def _on_message(self, client: paho.Client, userdata: object, message: paho.MQTTMessage) -> None:  # noqa: ARG002
        topic = message.topic.rpartition("/")[2]
        self.received.put(
            Received(topic, _content(topic, bytes(message.payload)), len(message.payload), time.monotonic())
        )


def _content(topic: str, payload: bytes) -> LandmarkMessage | dict[str, Any] | str:
    if topic == "landmarks" and not payload.startswith(b"{"):
        return decode(payload)
    text = payload.decode()
    if text.startswith("{"):
        document: dict[str, Any] = json.loads(text)
        return document
    return text


@dataclass(slots=True)
class Tally:
    """What has arrived so far."""

    messages: Counter[str] = field(default_factory=Counter)
    landmark_bytes: int = 0
    events: Counter[str] = field(default_factory=Counter)
    health: dict[str, Any] = field(default_factory=dict)
    first_landmarks_s: float | None = None
    last_landmarks_s: float | None = None
    people: LandmarkMessage | None = None

    def take(self, received: Received) -> None:
        """Count one message in."""
        self.messages[received.topic] += 1
        content = received.content
        if isinstance(content, LandmarkMessage):
            self.landmark_bytes += received.size
            self.first_landmarks_s = self.first_landmarks_s or received.at_s
            self.last_landmarks_s = received.at_s
            self.people = content
        elif isinstance(content, dict) and received.topic == "event":
            self.events[content["type"]] += 1
        elif isinstance(content, dict) and received.topic == "health":
            self.health = content

    @property
    def landmark_rate_hz(self) -> float:
        """Landmark messages a second, from the first to the last."""
        if not self.first_landmarks_s or not self.last_landmarks_s or self.first_landmarks_s == self.last_landmarks_s:
            return 0.0
        return (self.messages["landmarks"] - 1) / (self.last_landmarks_s - self.first_landmarks_s)

    def line(self, seconds: float) -> str:
        """The live line."""
        message = self.people
        where = "nobody in view"
        if message and message.people:
            where = ", ".join(
                f"#{person.id} nose at ({person.landmarks[_NOSE, 0]:.2f}, {person.landmarks[_NOSE, 1]:.2f}) "
                f"feet at y={float(person.landmarks[27:29, 1].mean()):.2f}"
                for person in message.people
            )
        rate = f"{self.landmark_rate_hz:4.1f}/s" if self.landmark_rate_hz else "waiting"
        return f"{seconds:6.1f} s  landmarks {rate}  {where}"

    def as_dict(self) -> dict[str, Any]:
        """The summary for JSON."""
        count = self.messages["landmarks"]
        return {
            "messages": dict(self.messages),
            "events": dict(self.events),
            "landmark_rate_hz": round(self.landmark_rate_hz, 2),
            "landmark_bytes_mean": round(self.landmark_bytes / count) if count else None,
            "health": self.health,
        }

    def summary(self) -> str:
        """The summary for people."""
        facts = self.as_dict()
        events = ", ".join(f"{count} {name}" for name, count in sorted(self.events.items())) or "none"
        text = (
            f"\nsummary   {self.messages['landmarks']} landmark messages, {facts['landmark_rate_hz']:g} a second, "
            f"{facts['landmark_bytes_mean'] or 0} bytes on average\n          events: {events}"
        )
        if self.health:
            text += (
                f"\n          {self.health['fps_in']:g} frames a second in, {self.health['fps_inferred']:g} inferred; "
                f"latency p95 {self.health['latency_p95_ms'] or 0:g} ms; {self.health['cpu_percent']:g} % of one core, "
                f"{self.health['rss_mb']:g} MB, studio and broker included"
            )
        return text
