"""The JSON payloads: events, state and health."""

import json
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from edge.flow import Event
from edge.publish.messages import (
    EventNumbering,
    Health,
    PersonState,
    State,
    WallClock,
    compact_json,
    rfc3339,
)
from edge.publish.ulid import UlidFactory

WALL = WallClock(monotonic_ns=5_000_000_000, unix_ns=1_767_225_605_000_000_000)
FALL = Event("fall_detected", t_ns=4_250_999_999, track=3, confidence=0.91234, data=MappingProxyType({"fall_id": "f1"}))


def numbering() -> EventNumbering:
    return EventNumbering("hall", UlidFactory(random_bits=lambda bits: (1 << bits) - 2))


def test_an_event_has_exactly_the_keys_of_the_contract() -> None:
    assert json.loads(numbering().message(FALL, WALL).to_json()) == {
        "v": 1,
        "id": "01KDVDNE4TZZZZZZZZZZZZZZZY",
        "seq": 1,
        "type": "fall_detected",
        "device": "hall",
        "ts": "2026-01-01T00:00:04.250Z",
        "t_ms": 4250,
        "track": 3,
        "confidence": 0.912,
        "data": {"fall_id": "f1"},
    }


def test_on_mqtt_the_event_type_is_there_for_home_assistant_too() -> None:
    message = numbering().message(FALL, WALL)
    assert json.loads(message.to_mqtt()) == json.loads(message.to_json()) | {"event_type": "fall_detected"}


def test_an_event_says_when_its_time_cannot_be_believed() -> None:
    unheard = replace(WALL, ask=lambda: False)
    assert json.loads(numbering().message(FALL, unheard).to_mqtt())["clock"] == "unsynchronised"


def test_events_are_counted_from_one() -> None:
    events = numbering()
    assert [events.message(FALL, WALL).seq for _ in range(3)] == [1, 2, 3]


def test_an_event_of_the_whole_view_has_no_track() -> None:
    event = Event("view_lost", t_ns=0, track=None, confidence=1.0)
    assert json.loads(numbering().message(event, WALL).to_json())["track"] is None


def test_ids_sort_by_time() -> None:
    factory = UlidFactory()
    ids = [factory.next(1_767_225_600_000 + ms) for ms in range(0, 1000, 7)]
    assert ids == sorted(ids)
    assert all(len(ulid) == 26 for ulid in ids)


def test_ids_of_one_millisecond_rise_too() -> None:
    factory = UlidFactory()
    ids = [factory.next(1_767_225_600_000) for _ in range(1000)]
    assert ids == sorted(set(ids))


def test_ids_rise_when_the_clock_is_set_back() -> None:
    factory = UlidFactory()
    assert factory.next(2_000_000_000_000) < factory.next(1_000_000_000_000)


def test_an_id_after_the_last_random_value_still_rises() -> None:
    factory = UlidFactory(random_bits=lambda bits: (1 << bits) - 1)
    first, second, third = (factory.next(5) for _ in range(3))
    assert first < second < third


def test_an_id_carries_its_time() -> None:
    # The specification's own example: 1469918176385 ms are 01ARYZ6S41.
    assert UlidFactory().next(1_469_918_176_385).startswith("01ARYZ6S41")


def test_wall_time_follows_the_pair_of_clocks() -> None:
    assert WALL.unix_ms(5_000_000_000) == 1_767_225_605_000
    assert WALL.unix_ms(0) == 1_767_225_600_000


def test_both_clocks_are_read_close_together() -> None:
    first, second = WallClock.now(), WallClock.now()
    assert abs(first.unix_ms(0) - second.unix_ms(0)) < 50


@pytest.mark.parametrize(
    ("unix_ms", "text"), [(0, "1970-01-01T00:00:00.000Z"), (1_772_348_709_042, "2026-03-01T07:05:09.042Z")]
)
def test_times_are_rfc_3339_in_utc_with_milliseconds(unix_ms: int, text: str) -> None:
    assert rfc3339(unix_ms) == text


def test_numbers_that_json_does_not_know_become_null_and_numpys_become_plain() -> None:
    document = {
        "a": float("nan"),
        "b": (np.float32(0.5), np.int64(3), np.bool_(True)),  # noqa: FBT003 (numpy's constructor)
        "c": MappingProxyType({"deep": [np.array([1.0, np.inf])]}),
        "d": "Küche",
    }
    assert compact_json(document) == '{"a":null,"b":[0.5,3,true],"c":{"deep":[[1.0,null]]},"d":"Küche"}'.encode()


def test_an_event_with_a_confidence_that_is_no_number_is_still_told() -> None:
    event = Event("fall_detected", t_ns=0, track=1, confidence=float("nan"))
    assert json.loads(numbering().message(event, WALL).to_json())["confidence"] is None


def test_state_says_who_is_there_and_whether_somebody_fell() -> None:
    fallen = PersonState(3, "lying", on_floor=True, down=True)
    training = PersonState(4, "standing", moving=True, zones=("rack", "mat"), exercise="squat", reps=7)
    assert State(people=(fallen, training), view="dark", alarm=True, paused=True).as_dict() == {
        "people": 2,
        "presence": "ON",
        "posture": "lying",
        "fall": "ON",
        "exercise": "squat",
        "reps": 7,
        "zones": ["mat", "rack"],
        "view": "dark",
        "falls": [],
        "paused": "ON",
        "settings": {},
        "tracks": [
            {
                "id": 3,
                "posture": "lying",
                "on_floor": True,
                "moving": False,
                "fall": "ON",
                "zones": [],
                "exercise": None,
                "reps": 0,
            },
            {
                "id": 4,
                "posture": "standing",
                "on_floor": None,
                "moving": True,
                "fall": "OFF",
                "zones": ["rack", "mat"],
                "exercise": "squat",
                "reps": 7,
            },
        ],
    }


@pytest.mark.parametrize(
    ("people", "posture"),
    [
        ([PersonState(1, "sitting")], "sitting"),
        ([PersonState(1, "standing"), PersonState(2, "lying")], "lying"),
        ([PersonState(1, "lying", on_floor=False), PersonState(2, "crouching", down=True)], "crouching"),
        ([PersonState(1, "lying", on_floor=False), PersonState(2, "sitting", on_floor=None)], "lying"),
        ([PersonState(1, "unknown"), PersonState(2, "standing")], "standing"),
    ],
)
def test_the_posture_of_the_state_is_that_of_who_matters_most(people: list[PersonState], posture: str) -> None:
    assert State(people=tuple(people)).as_dict()["posture"] == posture


def test_state_of_an_empty_room() -> None:
    assert State().as_dict() == {
        "people": 0,
        "presence": "OFF",
        "posture": "unknown",
        "fall": "OFF",
        "exercise": None,
        "reps": 0,
        "zones": [],
        "view": "ok",
        "falls": [],
        "paused": "OFF",
        "settings": {},
        "tracks": [],
    }


def test_health_says_null_for_what_the_machine_cannot_tell() -> None:
    health = Health(
        version="0.1.0",
        model="lite",
        uptime_s=60,
        fps_in=29.97,
        fps_inferred=14.96,
        fps_published=10.02,
        drop_ratio=0.01234,
        latency_p50_ms=41.26,
        latency_p95_ms=None,
        cpu_percent=61.22,
        rss_mb=142.77,
        temperature_c=None,
        throttled=None,
        outbox=0,
        mode="active",
        limited_by=None,
    )
    assert json.loads(compact_json(health.as_dict())) == {
        "version": "0.1.0",
        "model": "lite",
        "uptime_s": 60,
        "fps_in": 30.0,
        "fps_inferred": 15.0,
        "fps_published": 10.0,
        "drop_ratio": 0.012,
        "latency_p50_ms": 41.3,
        "latency_p95_ms": None,
        "cpu_percent": 61.2,
        "rss_mb": 142.8,
        "temperature_c": None,
        "throttled": None,
        "outbox": 0,
        "outbox_durable": False,
        "outbox_trouble": None,
        "outbox_lost": 0,
        "mode": "active",
        "limited_by": None,
        "config": "ok",
        "recovery": {},
    }
