"""What Home Assistant is told: its rules, and that nothing is lost or left over."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from edge.config.keys import schema as config_schema
from edge.publish.discovery import (
    EVENT_TYPES,
    Features,
    Identity,
    announcement,
    birth_topic,
    components,
    record,
    recorded,
    slug,
    topic,
)
from edge.publish.stored import ALARMS
from edge.publish.topics import Topics
from edge.publish.tunables import tunables

BOX = Identity(Topics("hall", "care/east"), version="1.2.3", hardware="Raspberry Pi 5", area="Hall")
TUNABLES = tunables(
    config_schema(),
    ["pace.max_cpu_percent", "pace.heartbeat_s", "track.birth_hits", "service.log_level", "source.hflip"],
)
ALL = Features(zones=("bed", "Sofa links", "Küche"), tunables=TUNABLES)

PLATFORMS = {"binary_sensor", "sensor", "event", "button", "switch", "number", "select"}
DEVICE_CLASSES = {
    "binary_sensor": {"occupancy", "safety", "connectivity", "problem"},
    "sensor": {"temperature", "enum"},
    "button": {"identify", "restart"},
}
LONGEST_STATE = 255


def document(features: Features = ALL, **how: Any) -> dict[str, Any]:  # noqa: ANN401
    found: dict[str, Any] = json.loads(announcement(BOX, features, **how))
    return found


def each() -> list[tuple[str, dict[str, Any]]]:
    return list(document()["components"].items())


def test_the_announcement_goes_to_the_device_s_own_topic() -> None:
    assert topic(BOX) == "homeassistant/device/pose-edge-hall/config"
    assert topic(BOX, "ha") == "ha/device/pose-edge-hall/config"
    assert birth_topic("ha") == "ha/status"


def test_the_root_has_device_origin_and_components_and_nothing_else() -> None:
    assert set(document()) == {"device", "origin", "components"}
    assert document()["origin"] == {"name": "pose-edge", "sw_version": "1.2.3"}
    assert document()["device"] == {
        "identifiers": ["pose-edge-hall"],
        "name": "hall",
        "manufacturer": "pose-edge",
        "model": "Raspberry Pi 5",
        "sw_version": "1.2.3",
        "suggested_area": "Hall",
    }


def test_everything_that_was_promised_is_there() -> None:
    assert {name: component["platform"] for name, component in each()} == {
        "presence": "binary_sensor",
        "people": "sensor",
        "posture": "sensor",
        "fall": "binary_sensor",
        "zone_bed": "binary_sensor",
        f"zone_{slug('Sofa links')}": "binary_sensor",
        f"zone_{slug('Küche')}": "binary_sensor",
        "repetitions": "sensor",
        "exercise": "sensor",
        "last_event": "event",
        "connectivity": "binary_sensor",
        "camera": "binary_sensor",
        "view": "sensor",
        "fps": "sensor",
        "model_runs": "sensor",
        "temperature": "sensor",
        "throttled": "binary_sensor",
        "version": "sensor",
        "identify": "button",
        "ack_fall": "button",
        "restart": "button",
        "pause": "switch",
        "number_pace_max_cpu_percent": "number",
        "number_pace_heartbeat_s": "number",
        "number_track_birth_hits": "number",
        "select_service_log_level": "select",
        "switch_source_hflip": "switch",
    }


@pytest.mark.parametrize(("name", "component"), each(), ids=[name for name, _ in each()])
def test_each_component_keeps_to_the_rules(name: str, component: dict[str, Any]) -> None:
    assert re.fullmatch(r"[a-z0-9_]+", name)
    assert component["platform"] in PLATFORMS
    assert component["unique_id"] == f"pose-edge-hall_{name}"
    assert component["name"]
    assert component["qos"] == 1
    assert "~" not in component
    assert "expire_after" not in component
    assert component.get("device_class") in {None} | DEVICE_CLASSES.get(component["platform"], set())
    for key in ("state_topic", "command_topic"):
        assert component.get(key, "care/east/hall/").startswith("care/east/hall/")
    assert "landmarks" not in json.dumps(component)


@pytest.mark.parametrize(("name", "component"), each(), ids=[name for name, _ in each()])
def test_no_state_can_be_longer_than_home_assistant_takes(name: str, component: dict[str, Any]) -> None:
    del name
    assert all(len(option) <= LONGEST_STATE for option in component.get("options", []))
    # What is shown is one number, one word or one version, never a whole message.
    if component["platform"] in {"sensor", "binary_sensor"} and component["state_topic"].endswith(("state", "health")):
        assert re.search(r"value_json\.[a-z_]+", component["value_template"])


@pytest.mark.parametrize(("name", "component"), each(), ids=[name for name, _ in each()])
def test_availability_topics_are_those_that_say_online_and_offline(name: str, component: dict[str, Any]) -> None:
    if name == "connectivity":
        assert "availability" not in component
        return
    topics = [entry["topic"] for entry in component["availability"]]
    assert component["availability_mode"] == "all"
    assert topics in (
        ["care/east/hall/status"],
        ["care/east/hall/status", "care/east/hall/camera"],
    )


@pytest.mark.parametrize("name", ["presence", "people", "posture", "repetitions", "zone_bed"])
def test_what_the_camera_sees_is_unavailable_without_the_camera(name: str) -> None:
    assert len(dict(each())[name]["availability"]) == 2


@pytest.mark.parametrize("name", ["fall", "pause", "ack_fall", "temperature", "last_event", "camera"])
def test_what_does_not_need_the_camera_stays_available(name: str) -> None:
    assert len(dict(each())[name]["availability"]) == 1


def test_the_enum_sensor_has_options_and_no_unit() -> None:
    posture = dict(each())["posture"]
    assert posture["options"] == ["standing", "sitting", "lying", "crouching", "bending", "unknown"]
    assert not {"unit_of_measurement", "state_class"} & set(posture)


def test_the_event_entity_knows_every_alarm() -> None:
    assert set(EVENT_TYPES) >= ALARMS
    assert dict(each())["last_event"]["event_types"] == list(EVENT_TYPES)


def fill(template: str, value: str) -> Any:  # noqa: ANN401
    """What Home Assistant sends for a command template, without its template engine."""
    return json.loads(template.replace("{{ now().timestamp() }}", "1790000000.5").replace("{{ value }}", value))


def test_numbers_are_set_within_the_configuration_s_bounds() -> None:
    number = dict(each())["number_pace_max_cpu_percent"]
    assert (number["min"], number["max"], number["step"]) == (5, 800, 1)
    assert fill(number["command_template"], "50") == {
        "id": "ha-1790000000.5",
        "key": "pace.max_cpu_percent",
        "value": 50,
        "persist": True,
    }
    assert number["command_topic"] == "care/east/hall/cmd/set"


def test_choices_are_set_as_words() -> None:
    select = dict(each())["select_service_log_level"]
    assert fill(select["command_template"], "debug")["value"] == "debug"
    assert select["options"] == ["debug", "info", "warning", "error"]


def test_the_pause_switch_speaks_to_one_command() -> None:
    pause = dict(each())["pause"]
    assert pause["command_topic"] == "care/east/hall/cmd/pause"
    assert (json.loads(pause["payload_on"]), json.loads(pause["payload_off"])) == ({}, {"duration_s": 0})


def test_what_the_machine_cannot_tell_is_not_announced() -> None:
    bare = Features(repetitions=False, temperature=False, throttled=False)
    assert not {"repetitions", "temperature", "throttled"} & set(components(BOX, bare))


def test_unique_ids_do_not_depend_on_version_or_features() -> None:
    later = components(replace(BOX, version="9.9.9", hardware=None), Features())
    now = components(BOX, ALL)
    assert all(now[name]["unique_id"] == component["unique_id"] for name, component in later.items())


def test_a_component_that_is_gone_is_removed() -> None:
    before = recorded(record(BOX, ALL))
    after = document(replace(ALL, zones=("bed",)), before=before)["components"]
    assert after[f"zone_{slug('Küche')}"] == {"platform": "binary_sensor"}
    assert len(after["zone_bed"]) > 1


def test_a_removed_component_is_named_until_it_is_back() -> None:
    fewer = replace(ALL, zones=())
    first = recorded(record(BOX, ALL))
    second = recorded(record(BOX, fewer, before=first))
    assert document(fewer, before=second)["components"]["zone_bed"] == {"platform": "binary_sensor"}
    assert document(ALL, before=second)["components"]["zone_bed"]["name"] == "bed"


def test_removed_components_do_not_pile_up() -> None:
    before: dict[str, str] = {}
    for number in range(300):
        features = replace(ALL, zones=(f"z{number}",))
        before = recorded(record(BOX, features, before=before))
    assert len(before) < 100


@pytest.mark.parametrize("note", [None, b"", b"{", b"[]", b'{"a":1}', b"\xff"])
def test_a_record_that_cannot_be_read_removes_nothing(note: bytes | None) -> None:
    assert recorded(note) == {}


def test_names_that_look_alike_get_different_ids() -> None:
    names = ["bed 1", "bed_1", "Bed 1", "bed-1", "bed1", "Küche", "K che", "床", "窓", "x" * 60, "x" * 61]
    assert len({slug(name) for name in names}) == len(names)
    assert all(re.fullmatch(r"[a-z0-9_]{1,64}", slug(name)) for name in names)


def test_the_announcement_is_small_enough_for_every_broker() -> None:
    many = replace(ALL, zones=tuple(f"zone {number}" for number in range(32)))
    assert len(announcement(BOX, many)) < 64 * 1024
