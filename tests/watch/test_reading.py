import json
from pathlib import Path
from typing import Any

import pytest

from edge.publish.listener import Heard
from edge.publish.wire import LandmarkMessage, landmarks_json
from edge.watch.reading import LARGEST_BYTES, Message, number, read, text

VECTORS = Path(__file__).parents[1] / "data/wire/vectors.json"
MALFORMED = Path(__file__).parents[1] / "data/wire/malformed.json"


def came(kind: str, payload: bytes | str | dict[str, Any], device: str = "hall") -> Message | None:
    if isinstance(payload, dict):
        payload = json.dumps(payload)
    data = payload.encode() if isinstance(payload, str) else payload
    return read(Heard(f"pose-edge/{device}/{kind}", data, retained=False, at_s=0.0), "pose-edge")


def fault(kind: str, payload: bytes | str | dict[str, Any]) -> str:
    message = came(kind, payload)
    assert message
    assert message.content is None
    return message.fault


def test_every_landmark_message_of_the_test_vectors_is_read() -> None:
    for vector in json.loads(VECTORS.read_text()):
        message = came("landmarks", bytes.fromhex(vector["hex"]))
        assert message
        assert isinstance(message.content, LandmarkMessage), message.fault


def test_landmarks_as_json_are_the_same_landmarks() -> None:
    vector = next(v for v in json.loads(VECTORS.read_text()) if len(bytes.fromhex(v["hex"])) > 16)
    binary = came("landmarks", bytes.fromhex(vector["hex"]))
    assert binary
    assert isinstance(binary.content, LandmarkMessage)
    again = came("landmarks", landmarks_json(binary.content))
    assert again
    assert again.as_dict() == binary.as_dict()


def test_malformed_landmarks_are_reported_in_words() -> None:
    for vector in json.loads(MALFORMED.read_text()):
        assert fault("landmarks", bytes.fromhex(vector["hex"]))


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        ({"v": 2, "people": []}, "version 2 of the landmark message is not known"),
        ({"v": 1}, "not landmarks"),
        ({"v": 1, "seq": 1, "time_ms": 1, "width": 1, "height": 1, "people": [{"id": 1}]}, "not landmarks"),
        ({"v": 1, "seq": 1e400, "time_ms": 1, "width": 1, "height": 1, "people": []}, "not JSON"),
        ('{"v": 1', "not JSON"),
    ],
)
def test_malformed_json_landmarks_are_reported_in_words(payload: Any, words: str) -> None:  # noqa: ANN401
    assert words in fault("landmarks", payload)


@pytest.mark.parametrize(
    ("kind", "payload", "words"),
    [
        ("event", "no", "not JSON"),
        ("event", "[]", "not a JSON object"),
        ("event", {"v": 7, "type": "rep"}, "version 7 of the event message is not known"),
        ("event", {"v": 1}, "without a type"),
        ("state", b"\xff\xfe", "not UTF-8"),
        ("health", "[" * 100_000, "not JSON"),
        ("health", '{"fps_in":NaN}', "not JSON"),
        ("status", "maybe", "neither online nor offline"),
        ("state", "x" * (LARGEST_BYTES + 1), "too long"),
    ],
)
def test_what_cannot_be_read_is_reported_in_words(kind: str, payload: Any, words: str) -> None:  # noqa: ANN401
    assert words in fault(kind, payload)


def test_results_of_commands_are_read_as_well() -> None:
    message = came("cmd/pause/result", {"ok": True})
    assert message
    assert (message.kind, message.content) == ("cmd/pause/result", {"ok": True})


@pytest.mark.parametrize("topic", ["pose-edge/hall", "pose-edge//state", "pose-edge/ha ll/state", "other/hall/state"])
def test_topics_that_are_no_box_s_are_left_alone(topic: str) -> None:
    assert read(Heard(topic, b"{}", retained=False, at_s=0.0), "pose-edge") is None


def test_nothing_in_a_message_can_move_the_cursor() -> None:
    assert text("\x1b[2J\r\nfall\u202e") == "�[2J��fall�"
    assert text("x" * 100, longest=10) == "x" * 9 + "…"


def test_numbers_are_only_those_that_can_be_shown() -> None:
    assert [number(value) for value in (1, 2.5, True, "3", None, 10**400, float("nan"))] == [1, 2.5, *[None] * 5]
