"""The JSON Schemas: whole, documented, and true of what is sent."""

import json
import time
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from publish import make_schemas

import edge.publish.schemas
from edge.config import Config
from edge.flow import Event
from edge.posture.exercise.sets import held
from edge.posture.view import Trouble
from edge.publish.alarms import Alarms
from edge.publish.commands import CommandRefusedError, Commands
from edge.publish.discovery import EVENT_TYPES, POSTURES, VIEWS, Features, Identity, announcement
from edge.publish.messages import EventMessage, Health, PersonState, State, WallClock, compact_json, rfc3339
from edge.publish.requests import REQUESTS
from edge.publish.schemas import NAMES, schema
from edge.publish.stored import StoredEvent
from edge.publish.topics import Topic, Topics
from edge.publish.ulid import UlidFactory
from edge.publish.wire import LandmarkMessage, WirePerson, landmarks_json
from edge.replay import replay
from edge.settings import settable

TRACES = sorted((Path(__file__).parents[1] / "data" / "traces").glob("*.jsonl.gz"))
NOW = WallClock(monotonic_ns=50_000_000_000, unix_ns=1_790_000_000_000_000_000)
ULIDS = UlidFactory()
JSON_TOPICS = {topic.value for topic in Topic} - {"status", "camera", "result"}


def check(name: str, payload: bytes | dict[str, Any]) -> None:
    document = json.loads(payload) if isinstance(payload, bytes) else payload
    Draft202012Validator(schema(name), format_checker=Draft202012Validator.FORMAT_CHECKER).validate(document)


def rejects(name: str, document: dict[str, Any]) -> bool:
    return not Draft202012Validator(schema(name)).is_valid(document)


def message(event: Event, seq: int = 1) -> EventMessage:
    unix_ms = NOW.unix_ms(event.t_ns)
    return EventMessage(ULIDS.next(unix_ms), seq, "hall", unix_ms, event)


def a_state() -> dict[str, Any]:
    lying = PersonState(1, "lying", on_floor=True, down=True, zones=("bed",), exercise="squat", reps=3)
    return State((lying, PersonState(2)), view="dark").as_dict() | {"ts": rfc3339(1_790_000_000_000)}


def a_health() -> dict[str, Any]:
    health = Health(
        version="1.2.3",
        model="lite",
        uptime_s=7,
        fps_in=30.0,
        fps_inferred=15.0,
        fps_published=10.0,
        drop_ratio=0.1,
        latency_p50_ms=None,
        latency_p95_ms=80.0,
        cpu_percent=50.0,
        rss_mb=140.0,
        temperature_c=None,
        throttled=None,
        outbox=0,
        mode="calm",
        limited_by=None,
    )
    return health.as_dict() | {"ts": rfc3339(1_790_000_000_000)}


@pytest.mark.parametrize("name", NAMES)
def test_every_schema_is_a_schema(name: str) -> None:
    Draft202012Validator.check_schema(schema(name))
    assert schema(name)["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema(name)["description"]


def test_every_json_topic_and_every_command_has_one() -> None:
    assert set(NAMES) == JSON_TOPICS | {f"cmd-{name}" for name in REQUESTS} | {"cmd-result"}


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(KeyError):
        schema("../event")


def test_the_schemas_of_commands_follow_their_models() -> None:
    folder = Path(edge.publish.schemas.__file__).parent
    written = {file.name: file.read_text(encoding="utf-8") for file in folder.glob("cmd-*.json")}
    assert written == make_schemas.files()


@pytest.mark.parametrize("trace", TRACES, ids=lambda trace: trace.name.partition(".")[0])
def test_the_events_of_a_recording_are_as_described(trace: Path) -> None:
    told: list[EventMessage] = []
    replay(Config(), trace, on_event=told.append)
    for one in told:
        check("event", one.to_mqtt())


@pytest.mark.parametrize(
    "event",
    [
        held("plank", 31.24, 1, 5_000_000_000),
        Event("help_gesture", 5, 1, 0.7, MappingProxyType({"how": "waving", "seconds": 2.1})),
        Event("zone_entered", 5, 1, 0.7, MappingProxyType({"zone": "bed", "kind": "bed"})),
        Event("view_lost", 5, None, 1.0, MappingProxyType({"reason": "covered"})),
        Event("inactivity", 5, 1, 1.0, MappingProxyType({"still_s": 600.0})),
    ],
    ids=lambda event: event.type,
)
def test_other_events_are_as_described(event: Event) -> None:
    check("event", message(event).to_mqtt())


def test_a_late_event_is_as_described() -> None:
    event = StoredEvent.of(message(Event("person_entered", 0, 1, 1.0)), "a")
    late = json.loads(event.payload_at(NOW, "a"))
    assert late["delayed_ms"] == 50_000
    check("event", late)


def test_what_is_said_of_a_restored_fall_is_as_described() -> None:
    before = Alarms(boot="a", long_lie_s=10.0)
    before.update(message(Event("fall_detected", 0, 1, 0.9, MappingProxyType({"fall_id": "f", "down_s": 3.0}))))
    after = Alarms.from_note(before.note(), now=NOW, boot="a", long_lie_s=10.0)
    (event,) = after.look(NOW, people=0, low=0)
    check("event", message(event).to_mqtt())
    check("state", a_state() | {"falls": [fall.as_dict() for fall in after.falls]})


def test_state_and_health_are_as_described() -> None:
    check("state", compact_json(a_state()))
    check("state", compact_json(State().as_dict() | {"ts": rfc3339(0)}))
    check("health", compact_json(a_health()))


def test_landmarks_in_json_are_as_described() -> None:
    person = WirePerson(3, True, 0.9, np.zeros((33, 4), np.float32))  # noqa: FBT003
    check("landmarks", landmarks_json(LandmarkMessage(seq=1, time_ms=2, width=640, height=480, people=(person,))))
    check("landmarks", landmarks_json(LandmarkMessage(seq=1, time_ms=2, width=640, height=480, people=())))


def an_announcement() -> dict[str, Any]:
    box = Identity(Topics("hall"), version="1.2.3", area="Hall")
    gone = {"zone_door": "binary_sensor"}
    found: dict[str, Any] = json.loads(announcement(box, Features(zones=("bed",), tunables=settable()), before=gone))
    return found


def test_the_announcement_is_as_described() -> None:
    assert an_announcement()["components"]["zone_door"] == {"platform": "binary_sensor"}
    check("discovery", an_announcement())


@pytest.mark.parametrize(
    ("component", "wrong"),
    [
        ("presence", {"platform": "camera"}),
        ("presence", {"qos": 2}),
        ("presence", {"expire_after": 5}),  # Home Assistant forgets what is retained
        ("presence", {"state_topic": ""}),
        ("pause", {"availability": []}),
    ],
    ids=str,
)
def test_an_announcement_that_is_not_right_is_noticed(component: str, wrong: dict[str, Any]) -> None:
    document = an_announcement()
    document["components"][component] |= wrong
    assert rejects("discovery", document)


@pytest.mark.parametrize(("name", "document"), [("state", a_state()), ("health", a_health())], ids=["state", "health"])
def test_every_key_that_is_sent_is_in_the_schema(name: str, document: dict[str, Any]) -> None:
    assert set(document) <= set(schema(name)["properties"])
    if name == "state":
        assert set(document["tracks"][0]) <= set(schema(name)["properties"]["tracks"]["items"]["properties"])


def test_an_event_s_keys_are_in_the_schema() -> None:
    sent = json.loads(message(Event("person_entered", 5, 1, 1.0)).to_mqtt())
    assert set(sent) == set(schema("event")["required"])


def test_the_words_are_the_same_everywhere() -> None:
    assert schema("event")["properties"]["type"]["enum"] == list(EVENT_TYPES)
    assert schema("state")["properties"]["posture"]["enum"] == list(POSTURES)
    assert schema("state")["properties"]["view"]["enum"] == list(VIEWS)
    assert set(VIEWS) == {"ok"} | {trouble.value for trouble in Trouble}


@pytest.mark.parametrize(
    "wrong",
    [
        {"seq": 0},
        {"type": "dance"},
        {"id": "short"},
        {"track": 0},
        {"ts": "yesterday"},
        {"type": "fall_detected"},  # without its fall_id
        {"delayed_ms": "much"},
    ],
    ids=str,
)
def test_an_event_that_is_not_right_is_noticed(wrong: dict[str, Any]) -> None:
    right = json.loads(message(Event("person_entered", 5, 1, 1.0)).to_mqtt())
    assert rejects("event", right | wrong)


class _Willing:
    """Actions that do nothing."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        def act(*_: object, **__: object) -> Any:  # noqa: ANN401
            if name == "reload":
                raise CommandRefusedError("the file is damaged")
            return {"acknowledge_fall": ("f",), "config": {"a": 1}, "landmarks": {"people": []}}.get(name)

        return act


@pytest.mark.parametrize("name", [*REQUESTS, "nonsense"])
def test_commands_and_their_results_are_as_described(name: str) -> None:
    request: dict[str, Any] = {"id": "a1"} | ({"key": "a.b", "value": 1} if name == "set" else {})
    if name in REQUESTS:
        check(f"cmd-{name}", request)
        assert rejects(f"cmd-{name}", request | {"colour": "red"})
    answer = Commands(_Willing()).handle(name, json.dumps(request).encode(), now_ns=time.monotonic_ns())
    assert answer is not None
    check("cmd-result", answer.payload)
