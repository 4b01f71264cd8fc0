from dataclasses import replace
from typing import Any

from edge.publish.wire import LandmarkMessage
from edge.watch.box import MOST_BOXES, Box, Fleet, event_in_words
from edge.watch.reading import Content, Message


def message(kind: str, content: Content | None, *, device: str = "hall", at_s: float = 0.0, fault: str = "") -> Message:
    return Message(f"pose-edge/{device}/{kind}", device, kind, content, fault, retained=False, at_s=at_s)


def landmarks(seq: int) -> LandmarkMessage:
    return LandmarkMessage(seq=seq, time_ms=0, width=640, height=480, people=())


def event(**changes: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"v": 1, "id": "A", "type": "fall_detected", "track": 1, "confidence": 0.9, "data": {}} | changes


def test_an_event_that_comes_twice_is_told_once() -> None:
    box = Box("hall")
    assert [box.take(message("event", event(id=name))) for name in "AAB"] == [True, False, True]
    assert len(box.events) == 2


def test_lost_landmarks_are_seen_by_their_numbers_and_a_restart_is_not_a_loss() -> None:
    box = Box("hall")
    for seq in (5, 6, 9, 0, 1):
        box.take(message("landmarks", landmarks(seq)))
    assert box.missed == 2


def test_the_rate_of_landmarks_is_that_of_the_last_seconds() -> None:
    box = Box("hall")
    for i in range(50):
        box.take(message("landmarks", landmarks(i), at_s=i / 10))
    assert round(box.landmark_rate_hz, 6) == 10
    assert box.landmarks_age_s(7.9) == 7.9 - 4.9


def test_what_the_broker_had_kept_says_nothing_of_when_the_box_spoke() -> None:
    box = Box("hall")
    box.take(replace(message("status", "online", at_s=5.0), retained=True))
    assert (box.status, box.heard_s) == ("online", None)
    box.take(message("camera", "online", at_s=6.0))
    assert box.heard_s == 6.0


def test_unreadable_messages_are_counted_and_change_nothing_else() -> None:
    box = Box("hall")
    box.take(message("state", {"people": 2}))
    box.take(message("state", None, fault="not JSON"))
    assert (box.people, box.unreadable, box.fault) == (2, 1, "state: not JSON")


def test_state_of_the_wrong_shape_is_survived() -> None:
    box = Box("hall")
    box.take(message("state", {"people": "many", "tracks": [1, {"id": 2}, None], "fall": ["ON"]}))
    assert (box.people, box.tracks, box.fallen) == (None, [{"id": 2}], False)


def test_boxes_that_need_somebody_come_first() -> None:
    fleet = Fleet()
    for name, status, camera, state in (
        ("fine", "online", "online", {}),
        ("down", "online", "online", {"fall": "ON"}),
        ("gone", "offline", "online", {}),
        ("blind", "online", "online", {"view": "covered"}),
        ("dead-camera", "online", "offline", {}),
    ):
        for kind, content in (("status", status), ("camera", camera), ("state", state)):
            fleet.take(message(kind, content, device=name))
    assert [box.device for box in fleet.worst_first()] == ["down", "gone", "dead-camera", "blind", "fine"]


def test_invented_boxes_do_not_fill_the_memory() -> None:
    fleet = Fleet()
    for i in range(MOST_BOXES + 3):
        fleet.take(message("status", "online", device=f"box{i}"))
    assert (len(fleet.boxes), fleet.left_out) == (MOST_BOXES, 3)


def test_events_read_as_words() -> None:
    words = event_in_words(event(data={"fall_id": "f1"}, delayed_ms=61_000))
    assert words == "fall_detected #1, confidence 0.90, fall_id f1, 61 s late"
    assert event_in_words({"type": "view_lost", "data": 7, "confidence": "?"}) == "view_lost"
