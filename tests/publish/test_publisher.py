"""What is published, and when, with time as the test gives it."""

import json
from collections.abc import Mapping

import numpy as np

from edge.flow import Event, Track, Tracks
from edge.publish.messages import EventMessage, Health, PersonState, State, WallClock
from edge.publish.publisher import Publisher
from edge.publish.topics import Topic
from edge.publish.wire import decode

SECOND = 1_000_000_000
WALL = WallClock(monotonic_ns=0, unix_ns=1_767_225_600 * SECOND)


class Outbox(list[tuple[Topic, bytes]]):
    def __init__(self) -> None:
        super().__init__()
        self.notes: dict[str, bytes | None] = {}

    def publish(self, topic: Topic, payload: bytes) -> None:
        self.append((topic, payload))

    def event(self, message: EventMessage, notes: Mapping[str, bytes | None] | None = None) -> None:
        self.append((Topic.EVENT, message.to_mqtt()))
        self.notes.update(notes or {})

    def note(self, name: str, value: bytes | None) -> None:
        self.notes[name] = value

    def payloads(self, topic: Topic) -> list[bytes]:
        return [payload for kind, payload in self if kind is topic]


def at(t_ns: int, people: int = 1) -> Tracks:
    body = np.full((33, 5), 0.5, np.float32)
    world = np.zeros((33, 4), np.float32)
    somebody = [Track(n + 1, body, world, seen_ns=t_ns, predicted=False, confidence=0.9) for n in range(people)]
    return Tracks(t_ns, 0, 640, 480, tuple(somebody))


def test_landmarks_are_counted_and_carry_wall_time() -> None:
    outbox = Outbox()
    publisher = Publisher(outbox, device="hall", wall=lambda: WALL)
    for n in range(10):
        publisher.tracks(at(n * SECOND // 10))
    messages = [decode(payload) for payload in outbox.payloads(Topic.LANDMARKS)]
    assert [message.seq for message in messages] == list(range(10))
    assert [message.time_ms for message in messages] == [1_767_225_600_000 + 100 * n for n in range(10)]


def test_an_empty_view_is_published_too() -> None:
    outbox = Outbox()
    Publisher(outbox, device="hall").tracks(at(0, people=0))
    assert decode(outbox.payloads(Topic.LANDMARKS)[0]).people == ()


def test_landmarks_may_be_json() -> None:
    outbox = Outbox()
    Publisher(outbox, device="hall", landmark_format="json", wall=lambda: WALL).tracks(at(0))
    document = json.loads(outbox.payloads(Topic.LANDMARKS)[0])
    assert document["time_ms"] == 1_767_225_600_000
    assert document["people"][0]["landmarks"][0] == [0.5, 0.5, 0.5, 0.5]


def test_wall_time_follows_a_clock_that_is_set_while_running() -> None:
    outbox = Outbox()
    pairs = iter([WallClock(0, 0), WallClock(0, WALL.unix_ns)])
    publisher = Publisher(outbox, device="hall", wall=lambda: next(pairs))
    publisher.tracks(at(0))
    publisher.tracks(at(SECOND))
    assert [decode(p).time_ms for p in outbox.payloads(Topic.LANDMARKS)] == [0, 1_767_225_601_000]


def test_an_event_is_published_at_once_and_handed_back() -> None:
    outbox = Outbox()
    publisher = Publisher(outbox, device="hall", wall=lambda: WALL)
    message = publisher.event(Event("person_entered", t_ns=SECOND, track=1, confidence=0.9))
    assert message is not None
    document = json.loads(outbox.payloads(Topic.EVENT)[0])
    assert document["event_type"] == document["type"] == "person_entered"
    assert (document["id"], document["seq"], document["ts"]) == (message.id, 1, "2026-01-01T00:00:01.000Z")


def test_state_is_published_when_it_changes_and_not_otherwise() -> None:
    outbox = Outbox()
    publisher = Publisher(outbox, device="hall", wall=lambda: WALL)
    for second, people in enumerate([(), (), (PersonState(1),), (PersonState(1),), ()]):
        publisher.state(State(people=people), t_ns=second * SECOND)
    states = [json.loads(payload) for payload in outbox.payloads(Topic.STATE)]
    assert [(state["people"], state["ts"][17:19]) for state in states] == [(0, "00"), (1, "02"), (0, "04")]


def test_camera_is_published_when_it_changes_and_not_otherwise() -> None:
    outbox = Outbox()
    publisher = Publisher(outbox, device="hall")
    for online in [False, False, True, True, False]:
        publisher.camera(online=online)
    assert outbox.payloads(Topic.CAMERA) == [b"offline", b"online", b"offline"]


def test_health_is_due_at_its_interval_and_says_when() -> None:
    outbox = Outbox()
    publisher = Publisher(outbox, device="hall", health_interval_s=30, wall=lambda: WALL)
    health = Health("0.1.0", "lite", 1, 30, 15, 10, 0, 40, 60, 50, 140, None, None, 0, "active", None)
    for second in range(120):
        if publisher.health_due(second * SECOND):
            publisher.health(health, t_ns=second * SECOND)
    stamps = [json.loads(payload)["ts"] for payload in outbox.payloads(Topic.HEALTH)]
    assert [stamp[11:19] for stamp in stamps] == ["00:00:00", "00:00:30", "00:01:00", "00:01:30"]
