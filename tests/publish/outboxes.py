"""What the tests of the outbox share."""

import time
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

from edge.flow import Event
from edge.publish.messages import EventMessage, WallClock
from edge.publish.outbox import Outbox
from edge.publish.ulid import UlidFactory

ULIDS = UlidFactory()


def message(seq: int, event_type: str = "person_entered", **data: Any) -> EventMessage:  # noqa: ANN401 (JSON)
    event = Event(event_type, t_ns=time.monotonic_ns(), track=1, confidence=0.9, data=MappingProxyType(data))
    unix_ms = WallClock.now().unix_ms(event.t_ns)
    return EventMessage(ULIDS.next(unix_ms), seq, "hall", unix_ms, event)


def until(condition: Callable[[], bool], timeout_s: float = 5.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "timed out"
        time.sleep(0.002)


def take_all(outbox: Outbox, count: int, *, acknowledge: bool = True) -> list[int]:
    """The numbers of the next events, waiting for the disk where that is needed."""
    taken: list[int] = []

    def complete() -> bool:
        while (event := outbox.take()) is not None:
            taken.append(event.seq)
            if acknowledge:
                assert outbox.acknowledged(event.seq)
        return len(taken) >= count

    until(complete)
    return taken
