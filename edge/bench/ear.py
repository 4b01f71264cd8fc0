"""A subscriber that notes when each landmark message arrives, and how old it is then."""

import threading
import time
from types import TracebackType
from typing import Final, Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from edge.bench.errors import BenchError
from edge.bench.looks import Heard
from edge.publish.wire import decode

_NS_PER_MS: Final = 1_000_000
_ANSWER_S: Final = 10.0


class Ear:
    """Listens to the landmarks of one box, on the same machine and so on the same clock. Use as a context manager.

    Args:
        port: The broker's port on 127.0.0.1.
        topic: The landmark topic.

    Raises:
        BenchError: The broker does not answer.
    """

    def __init__(self, *, port: int, topic: str) -> None:
        self._port = port
        self._topic = topic
        self._heard: list[Heard] = []
        self._subscribed = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        self._client.on_connect = lambda client, *_: client.subscribe(topic)
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = self._on_message

    def take(self) -> list[Heard]:
        """What was heard since the last call."""
        heard, self._heard = self._heard, []
        return heard

    def __enter__(self) -> Self:
        self._client.connect("127.0.0.1", self._port)
        self._client.loop_start()
        if not self._subscribed.wait(_ANSWER_S):
            self._client.loop_stop()
            raise BenchError(f"the bench's broker does not answer within {_ANSWER_S:g} s")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_message(self, client: paho.Client, userdata: object, message: paho.MQTTMessage) -> None:  # noqa: ARG002
        at_ns, wall_ns = time.monotonic_ns(), time.time_ns()
        landmarks = decode(bytes(message.payload))
        predicted = bool(landmarks.people) and all(person.predicted for person in landmarks.people)
        self._heard.append(Heard(at_ns, wall_ns / _NS_PER_MS - landmarks.time_ms, landmarks.seq, predicted))
