"""The measuring subscriber: notes when each message of the virtual boxes comes back from the broker."""

import contextlib
import json
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from paho.mqtt import client as paho
from paho.mqtt.reasoncodes import ReasonCode

from edge.publish.listener import Access
from edge.publish.topics import Topic, Topics
from edge.simulate.box import no_delay
from edge.simulate.tally import Tally

_SEQ: Final = struct.Struct("<I")
_SEQ_AT: Final = 6
"""Of a landmark message (docs/wire-format.md)."""

_NUMBERS: Final = {"event": "seq", "state": "reps", "health": "uptime_s"}
"""Where the virtual boxes have put a number that tells one message from the next."""

_FILTERS_AT_ONCE: Final = 50


class Ear:
    """Subscribes to the virtual boxes, and to nobody else. Used by one thread.

    Args:
        access: How the broker is reached.
        boxes: Whom to listen to; all have one prefix.
        tally: Is told what arrived.
        clock: Monotonic time in nanoseconds.

    Attributes:
        connected: Whether the broker has let it in.
        refused: Why not, or what it may not read; empty when all is well.
        lost: How often its connection ended by itself.
        greetings: How many boxes were heard to connect.
    """

    def __init__(
        self,
        *,
        access: Access,
        boxes: Sequence[Topics],
        tally: Tally,
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self.connected = False
        self.refused = ""
        self.lost = 0
        self.greetings = 0
        self._access = access
        self._boxes = boxes
        self._tally = tally
        self._clock = clock
        self._awaited: set[int] = set()
        self._asked = False
        self._opening = True
        self._skip = len(boxes[0].prefix) + 1
        self.client: paho.Client = access.client()
        # The broker is to be measured, not how many answers it may wait for.
        self.client.max_inflight_messages_set(0)
        self.client.on_connect = self._accepted
        self.client.on_subscribe = self._subscribed
        self.client.on_message = self._take
        self.client.on_disconnect = self._disconnected

    @property
    def ready(self) -> bool:
        """Whether every subscription was granted."""
        return self.connected and self._asked and not self._awaited and not self.refused

    def connect(self) -> None:
        """Open the connection; the broker's answer comes later.

        Raises:
            OSError: The broker's machine cannot be reached.
            ValueError: Its name is none.
        """
        self._access.connect(self.client)
        no_delay(self.client)

    def connect_again(self) -> None:
        """Try, if the connection was lost."""
        if self.lost and not self._opening:
            with contextlib.suppress(OSError):
                self.client.reconnect()
                self._opening = True
                no_delay(self.client)

    def _accepted(self, client: paho.Client, _userdata: object, _flags: object, code: ReasonCode, _: object) -> None:
        if code.is_failure:
            self.refused = code.getName()
            return
        self.connected = True
        for filters in _in_parts([(f"{box.prefix}/{box.device}/+", 1) for box in self._boxes]):
            _, mid = client.subscribe(filters)
            if mid is not None:
                self._awaited.add(mid)
        self._asked = True

    def _subscribed(self, _client: paho.Client, _data: object, mid: int, codes: list[ReasonCode], _: object) -> None:
        self._awaited.discard(mid)
        if any(code.is_failure for code in codes):
            self.refused = "this user may not read the topics of the virtual boxes"

    def _disconnected(self, *_: object) -> None:
        self.lost += self.connected
        self.connected = self._asked = self._opening = False
        self._awaited.clear()

    def _take(self, _client: paho.Client, _userdata: object, message: Any) -> None:  # noqa: ANN401 - paho's
        now_ns = self._clock()
        if message.retain:
            return
        device, _, kind = message.topic[self._skip :].partition("/")
        if kind == Topic.CAMERA.value:
            self.greetings += 1
            return
        number = _number(kind, message.payload)
        if number is not None:
            self._tally.arrived(device, kind, number, now_ns)


def _number(kind: str, payload: bytes) -> int | None:
    try:
        if kind == "landmarks":
            return int(_SEQ.unpack_from(payload, _SEQ_AT)[0])
        if (name := _NUMBERS.get(kind)) and payload:
            return int(json.loads(payload)[name])
    except (ValueError, KeyError, TypeError, struct.error):
        pass  # of somebody else who writes to these topics
    return None


def _in_parts(filters: list[tuple[str, int]]) -> Iterator[list[tuple[str, int]]]:
    for start in range(0, len(filters), _FILTERS_AT_ONCE):
        yield filters[start : start + _FILTERS_AT_ONCE]
