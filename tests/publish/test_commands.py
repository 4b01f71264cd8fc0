"""Commands: what is carried out, what is refused, and that nothing from outside gets further than it may."""

import json
import logging
import os
import random
import resource
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge.config.keys import schema as config_schema
from edge.publish.commands import LARGEST_BYTES, Answer, CommandRefusedError, Commands
from edge.publish.requests import REQUESTS, Code
from edge.publish.tunables import Tunable, Value, tunables

S_NS = 1_000_000_000
KEYS = ("pace.max_cpu_percent", "pace.max_inference_fps", "service.log_level", "track.birth_hits", "source.hflip")
TUNABLES = tunables(config_schema(), KEYS)
QUICK_FUZZ = 2_000
FUZZ = int(os.environ.get("POSE_EDGE_FUZZ_COMMANDS", QUICK_FUZZ))
"""`POSE_EDGE_FUZZ_COMMANDS=100000` for the long run: some seconds."""


@dataclass
class Recorded:
    """Actions that only note what they were asked to do."""

    calls: list[tuple[Any, ...]] = field(default_factory=list)
    refuse: str | None = None
    fail: bool = False

    def _note(self, *call: Any) -> None:  # noqa: ANN401
        if self.refuse:
            raise CommandRefusedError(self.refuse)
        if self.fail:
            raise RuntimeError("broken")
        self.calls.append(call)

    def pause(self, duration_s: float | None) -> None:
        self._note("pause", duration_s)

    def resume(self) -> None:
        self._note("resume")

    def identify(self, duration_s: float) -> None:
        self._note("identify", duration_s)

    def acknowledge_fall(self, fall_id: str | None) -> tuple[str, ...]:
        self._note("ack_fall", fall_id)
        return ("f1",)

    def set(self, key: str, value: Value, *, persist: bool) -> None:
        self._note("set", key, value, persist)

    def reload(self) -> None:
        self._note("reload")

    def restart(self) -> None:
        self._note("restart")

    def config(self) -> Mapping[str, Any]:
        self._note("get_config")
        return {"mqtt": {"password": "********"}}

    def landmarks(self) -> Mapping[str, Any]:
        self._note("snapshot_landmarks")
        return {"people": []}


@dataclass
class Desk:
    """Commands that come slowly enough, one a second."""

    actions: Recorded = field(default_factory=Recorded)
    second: int = 0

    def __post_init__(self) -> None:
        self.commands = Commands(self.actions, TUNABLES)

    def send(self, name: str, document: object = None, **how: Any) -> dict[str, Any]:  # noqa: ANN401
        answer = self.try_send(name, json.dumps({} if document is None else document).encode(), **how)
        assert answer is not None
        assert answer.command == name
        result: dict[str, Any] = json.loads(answer.payload)
        assert result["ok"] is answer.ok
        return result

    def try_send(self, name: str, payload: bytes, **how: Any) -> Answer | None:  # noqa: ANN401
        self.second += 1
        return self.commands.handle(name, payload, now_ns=self.second * S_NS, **how)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.parametrize(
    ("name", "document", "call"),
    [
        ("pause", {}, ("pause", None)),
        ("pause", {"duration_s": 600}, ("pause", 600.0)),
        ("pause", {"duration_s": 0}, ("resume",)),
        ("resume", {}, ("resume",)),
        ("identify", {}, ("identify", 15.0)),
        ("ack_fall", {}, ("ack_fall", None)),
        ("ack_fall", {"fall_id": "01K-1"}, ("ack_fall", "01K-1")),
        ("set", {"key": "pace.max_cpu_percent", "value": 50}, ("set", "pace.max_cpu_percent", 50, False)),
        ("set", {"key": "track.birth_hits", "value": 5}, ("set", "track.birth_hits", 5, False)),
        ("set", {"key": "source.hflip", "value": True}, ("set", "source.hflip", True, False)),
        (
            "set",
            {"key": "service.log_level", "value": "debug", "persist": True},
            ("set", "service.log_level", "debug", True),
        ),
        ("reload", {}, ("reload",)),
        ("restart", {}, ("restart",)),
        ("get_config", {}, ("get_config",)),
        ("snapshot_landmarks", {}, ("snapshot_landmarks",)),
    ],
)
def test_a_command_does_what_it_says(desk: Desk, name: str, document: dict[str, Any], call: tuple[Any, ...]) -> None:
    assert desk.send(name, document)["ok"]
    assert desk.actions.calls == [call]


def test_every_command_can_be_tried_here() -> None:
    assert set(REQUESTS) == {
        "pause",
        "resume",
        "identify",
        "ack_fall",
        "set",
        "reload",
        "restart",
        "get_config",
        "snapshot_landmarks",
    }


def test_an_answer_carries_the_request_s_id_and_data(desk: Desk) -> None:
    assert desk.send("ack_fall", {"id": "a-1"}) == {
        "v": 1,
        "command": "ack_fall",
        "id": "a-1",
        "ok": True,
        "code": None,
        "reason": None,
        "data": {"fall_ids": ["f1"]},
    }


def test_no_payload_is_a_command_without_details(desk: Desk) -> None:
    assert desk.try_send("resume", b"") is not None
    assert desk.actions.calls == [("resume",)]


@pytest.mark.parametrize(
    ("name", "document", "code", "reason"),
    [
        ("reboot", {}, Code.UNKNOWN, "there is no such command: known are pause, resume,"),
        ("pause", [], Code.MALFORMED, "a command is a JSON object"),
        ("pause", {"duration_s": -1}, Code.MALFORMED, "duration_s: Input should be greater than or equal to 0"),
        ("pause", {"duration_s": "60"}, Code.MALFORMED, "duration_s: Input should be a valid number"),
        ("pause", {"duration_s": True}, Code.MALFORMED, "duration_s: Input should be a valid number"),
        ("pause", {"duration": 60}, Code.MALFORMED, "duration: Extra inputs are not permitted"),
        ("resume", {"id": "a b"}, Code.MALFORMED, "id: String should match pattern"),
        ("set", {"key": "pace.max_cpu_percent"}, Code.MALFORMED, "value: Field required"),
        ("set", {"key": "pace.max_cpu_percent", "value": None}, Code.MALFORMED, "value: "),
        ("set", {"key": "mqtt.password", "value": "x"}, Code.NOT_SETTABLE, "this setting cannot be changed over MQTT"),
        ("set", {"key": "source.uri", "value": "x"}, Code.NOT_SETTABLE, "this setting cannot be changed over MQTT"),
        (
            "set",
            {"key": "pace.max_cpu_percent", "value": 4},
            Code.OUT_OF_BOUNDS,
            "pace.max_cpu_percent must be a number from 5 to 800",
        ),
        ("set", {"key": "pace.max_cpu_percent", "value": "50"}, Code.OUT_OF_BOUNDS, "pace.max_cpu_percent must be"),
        ("set", {"key": "pace.max_cpu_percent", "value": True}, Code.OUT_OF_BOUNDS, "pace.max_cpu_percent must be"),
        ("set", {"key": "track.birth_hits", "value": 5.5}, Code.OUT_OF_BOUNDS, "must be a whole number from 1 to 60"),
        ("set", {"key": "source.hflip", "value": 1}, Code.OUT_OF_BOUNDS, "source.hflip must be true or false"),
        (
            "set",
            {"key": "service.log_level", "value": "loud"},
            Code.OUT_OF_BOUNDS,
            "service.log_level must be one of debug, info, warning, error",
        ),
    ],
)
def test_what_is_not_right_is_refused_with_a_reason(
    desk: Desk, name: str, document: object, code: Code, reason: str
) -> None:
    result = desk.send(name, document)
    assert (result["ok"], result["code"]) == (False, code)
    assert reason in result["reason"]
    assert desk.actions.calls == []
    assert desk.commands.counts.refused == {code: 1}


@pytest.mark.parametrize(
    "payload",
    [
        b"{",
        b"\xff\xfe",
        b"{'id': 1}",
        b'{"duration_s": NaN}',
        b'{"duration_s": 1e999}',
        b"[" * LARGEST_BYTES,
        b'{"a":' * 800,
        b'{"id": "\\ud800"}',
        b"null",
        b"\x00",
        b"9" * LARGEST_BYTES,
    ],
    ids=range(11),
)
def test_what_cannot_be_read_is_refused(desk: Desk, payload: bytes) -> None:
    answer = desk.try_send("pause", payload)
    assert answer is not None
    assert json.loads(answer.payload)["code"] == "malformed"
    assert desk.actions.calls == []


def test_a_payload_that_is_too_large_is_not_even_read(desk: Desk) -> None:
    answer = desk.try_send("pause", b" " * (LARGEST_BYTES + 1))
    assert answer is not None
    assert json.loads(answer.payload)["code"] == "oversized"


def test_a_name_that_could_not_stand_in_a_topic_gets_no_answer(desk: Desk) -> None:
    assert desk.try_send("#", b"{}") is None
    assert desk.try_send("a" * 500, b"{}") is None
    assert desk.commands.counts.refused == {Code.UNKNOWN: 2}


def test_a_refused_command_gives_its_id_back_too(desk: Desk) -> None:
    assert desk.send("pause", {"id": "x", "duration_s": -1})["id"] == "x"


def test_a_retained_command_is_refused(desk: Desk) -> None:
    assert desk.send("restart", retained=True)["code"] == "retained"
    assert desk.actions.calls == []


def test_the_same_id_is_carried_out_once(desk: Desk) -> None:
    assert desk.send("restart", {"id": "r1"})["ok"]
    assert desk.send("restart", {"id": "r1"})["code"] == "replayed"
    assert desk.actions.calls == [("restart",)]


def test_after_ten_minutes_an_id_may_be_used_again(desk: Desk) -> None:
    desk.send("restart", {"id": "r1"})
    desk.second += 599
    assert desk.send("restart", {"id": "r1"})["code"] == "replayed"
    assert desk.send("restart", {"id": "r1"})["ok"]


def test_a_command_that_was_refused_may_be_tried_again_with_its_id(desk: Desk) -> None:
    desk.actions.refuse = "nobody has fallen"
    assert desk.send("ack_fall", {"id": "a"})["reason"] == "nobody has fallen"
    desk.actions.refuse = None
    assert desk.send("ack_fall", {"id": "a"})["ok"]


def test_an_action_that_breaks_is_answered_and_logged(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.actions.fail = True
    assert desk.send("reload")["code"] == "failed"
    assert "command reload failed" in caplog.text


def test_a_flood_is_thinned_out_and_answered_once(desk: Desk) -> None:
    answers = [desk.commands.handle("resume", b"", now_ns=S_NS + ms * 1_000_000) for ms in range(1000)]
    # Thirty at once, then two a second, of which a second sees one or two.
    assert 31 <= len(desk.actions.calls) <= 32
    refused = [one for one in answers if one and not one.ok]
    assert 1 <= len(refused) <= 3
    assert desk.commands.counts.refused[Code.TOO_MANY] == 1000 - len(desk.actions.calls)


def test_after_a_flood_commands_work_again(desk: Desk) -> None:
    for _ in range(100):
        desk.commands.handle("resume", b"", now_ns=S_NS)
    desk.second = 2
    assert desk.send("identify")["ok"]


def test_each_kind_of_refusal_is_logged_once(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(5):
        desk.send("reboot")
        desk.send("pause", [])
    assert sum("was refused" in record.getMessage() for record in caplog.records) == 2


def test_ids_do_not_pile_up(desk: Desk) -> None:
    for number in range(5000):
        desk.send("resume", {"id": str(number)})
    assert len(desk.commands._seen) <= 602  # noqa: SLF001


def assert_within_bounds(call: tuple[Any, ...]) -> None:
    """Nothing an action is asked to do may be outside of what is allowed."""
    by_key = {one.key: one for one in TUNABLES}
    match call:
        case ("set", key, value, bool()):
            assert by_key[key].takes(value)
        case ("pause", None) | ("ack_fall", None):
            pass
        case ("pause", float(seconds)):
            assert 0 < seconds <= 7 * 86_400
        case ("identify", float(seconds)):
            assert 1 <= seconds <= 120
        case ("ack_fall", str(fall_id)):
            assert 1 <= len(fall_id) <= 64
        case (name,):
            assert name in REQUESTS
        case _:
            pytest.fail(f"unexpected: {call}")


def deal(desk: Desk, name: str, payload: bytes) -> None:
    before = len(desk.actions.calls)
    answer = desk.try_send(name, payload)
    for call in desk.actions.calls[before:]:
        assert_within_bounds(call)
    desk.actions.calls.clear()
    if answer is not None:
        result = json.loads(answer.payload)
        assert set(result) == {"v", "command", "id", "ok", "code", "reason", "data"}
        assert len(answer.payload) < 2048


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(KEYS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
FIELDS = st.sampled_from(["id", "duration_s", "fall_id", "key", "value", "persist"]) | st.text(max_size=8)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=st.sampled_from(sorted(REQUESTS)) | st.text(max_size=10), document=st.dictionaries(FIELDS, VALUES))
def test_no_document_gets_further_than_it_may(name: str, document: dict[str, Any]) -> None:
    deal(Desk(), name, json.dumps(document).encode())


@settings(max_examples=300, deadline=None)
@given(name=st.sampled_from(sorted(REQUESTS)), payload=st.binary(max_size=200))
def test_no_bytes_break_anything(name: str, payload: bytes) -> None:
    deal(Desk(), name, payload)


def test_a_long_run_of_damaged_commands_leaves_memory_flat(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    draw = random.Random(1)  # noqa: S311
    desk = Desk()
    whole = [
        b'{"id":"a1","key":"pace.max_cpu_percent","value":50,"persist":true}',
        b'{"id":"a2","duration_s":600.5}',
        b'{"fall_id":"01K-1"}',
        b"{}",
    ]
    names = [*REQUESTS, "set", "set", "nonsense"]
    memory_kib = 0
    for turn in range(FUZZ):
        payload = bytearray(draw.choice(whole))
        for _ in range(draw.randint(0, 4)):
            place = draw.randrange(len(payload) + 1)
            match draw.randrange(4):
                case 0:
                    payload[place:place] = draw.randbytes(draw.randint(1, 8))
                case 1:
                    del payload[place : place + draw.randint(1, 8)]
                case 2:
                    payload[place:place] = payload * draw.randint(1, 3)
                case _:
                    payload[place:place] = draw.choice([b"[", b"{", b'"', b"1e308", b"-0", b"\\u0000", b"null", b","])
        deal(desk, draw.choice(names), bytes(payload))
        if turn == FUZZ // 2:
            memory_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory_kib < 2048
    assert desk.commands.counts.done > FUZZ // 100


def test_tunables_take_their_bounds_from_the_configuration() -> None:
    assert TUNABLES[0] == Tunable("pace.max_cpu_percent", "Most CPU", "number", minimum=5, maximum=800)
    assert TUNABLES[2].options == ("debug", "info", "warning", "error")
    assert TUNABLES[3].whole


@pytest.mark.parametrize("key", ["pace.speed", "nothing", "mqtt.password", "source.privacy_masks", "source.width"])
def test_a_key_that_cannot_be_tuned_is_a_mistake_in_the_list(key: str) -> None:
    with pytest.raises(ValueError, match=key):
        tunables(config_schema(), [key])
