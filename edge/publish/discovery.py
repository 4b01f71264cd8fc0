"""What Home Assistant is told, so that the box appears there by itself: one device, with all it offers as components.

Pure: from who the box is and what it can do to one JSON document, sent retained to `topic`. Nothing here points at the
landmark stream. The keys that the templates read are those of the state and health topics (docs/mqtt.md).

The format: https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload
"""

import json
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from edge.publish.messages import compact_json
from edge.publish.topics import Topic, Topics
from edge.publish.tunables import Tunable

DEFAULT_PREFIX: Final = "homeassistant"

NOTE: Final = "discovery"
"""Under this name the outbox keeps what was announced."""

POSTURES: Final = ("standing", "sitting", "lying", "crouching", "bending", "unknown")

VIEWS: Final = ("ok", "covered", "dark", "moved", "frozen")

EVENT_TYPES: Final = (
    "person_entered",
    "person_left",
    "posture_changed",
    "fall_suspected",
    "fall_detected",
    "fall_cleared",
    "long_lie",
    "inactivity",
    "help_gesture",
    "zone_entered",
    "zone_left",
    "rep",
    "set_finished",
    "view_lost",
    "view_restored",
)

_REQUEST_ID: Final = '"id":"ha-{{ now().timestamp() }}"'
"""A new id for every press, so that a repeated delivery is carried out once."""

_FINE_STEPS_UP_TO: Final = 100.0
"""A number with fractions is set in tenths if it cannot be larger than this."""

_REMOVED_KEPT: Final = 64
"""Removed components that are still named, for a Home Assistant that was away when they went."""

Component: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the box is.

    Attributes:
        topics: Its topics, and with them the device id.
        version: Version of pose-edge.
        hardware: Model of the computer, if it tells.
        area: Room that Home Assistant may suggest.
    """

    topics: Topics
    version: str
    hardware: str | None = None
    area: str | None = None

    @property
    def id(self) -> str:
        """Names the device to Home Assistant; never changes while the device id stays."""
        return f"pose-edge-{self.topics.device}"


@dataclass(frozen=True, slots=True)
class Features:
    """What the box can tell and do.

    Attributes:
        zones: Names of the configured zones.
        repetitions: Whether exercises are counted.
        temperature: Whether the machine tells its temperature.
        throttled: Whether the machine tells that it is slowed down.
        tunables: Settings that may be changed over MQTT.
    """

    zones: tuple[str, ...] = ()
    repetitions: bool = True
    temperature: bool = True
    throttled: bool = True
    tunables: tuple[Tunable, ...] = ()


def topic(identity: Identity, prefix: str = DEFAULT_PREFIX) -> str:
    """Where the announcement goes, retained. An empty payload there removes the device."""
    return f"{prefix}/device/{identity.id}/config"


def birth_topic(prefix: str = DEFAULT_PREFIX) -> str:
    """Where Home Assistant says `online` when it has started: announcement and state are to be sent again then."""
    return f"{prefix}/status"


def components(identity: Identity, features: Features) -> dict[str, Component]:
    """Every entity by its id within the device."""
    return {
        name: {"unique_id": f"{identity.id}_{name}", "qos": 1, **component}
        for name, component in _Described(identity.topics, features).all()
    }


def announcement(identity: Identity, features: Features, *, before: Mapping[str, str] = MappingProxyType({})) -> bytes:
    """The payload of `topic`.

    Args:
        identity: Who the box is.
        features: What it offers.
        before: Components that were announced earlier, as `recorded` gives them; those that are gone are removed.
    """
    present = components(identity, features)
    gone = {name: {"platform": platform} for name, platform in before.items() if name not in present}
    device = {
        "identifiers": [identity.id],
        "name": identity.topics.device,
        "manufacturer": "pose-edge",
        "model": identity.hardware or "camera box",
        "sw_version": identity.version,
    }
    if identity.area:
        device["suggested_area"] = identity.area
    return compact_json(
        {
            "device": device,
            "origin": {"name": "pose-edge", "sw_version": identity.version},
            "components": present | gone,
        }
    )


def record(identity: Identity, features: Features, *, before: Mapping[str, str] = MappingProxyType({})) -> bytes:
    """What is to be kept until the next announcement: platforms by component, also of the newest removed ones."""
    present = {name: str(one["platform"]) for name, one in components(identity, features).items()}
    gone = [(name, platform) for name, platform in before.items() if name not in present]
    return compact_json(dict(gone[-_REMOVED_KEPT:]) | present)


def recorded(note: bytes | None) -> dict[str, str]:
    """Read what `record` wrote; what cannot be read counts as nothing."""
    try:
        found = json.loads(note or b"{}")
    except ValueError:
        return {}
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        return {}
    return found


def slug(name: str) -> str:
    """A name as it may stand in an id: a different name always gives a different one."""
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:40]
    return plain if plain == name else f"{plain}_{zlib.crc32(name.encode()):08x}".lstrip("_")


class _Described:
    """Writes the components of one box."""

    def __init__(self, topics: Topics, features: Features) -> None:
        self._topics = topics
        self._features = features
        status = {"topic": topics.name(Topic.STATUS)}
        camera = {"topic": topics.name(Topic.CAMERA)}
        self._while_connected = {"availability": [status], "availability_mode": "all"}
        self._while_seeing = {"availability": [status, camera], "availability_mode": "all"}

    def all(self) -> Iterator[tuple[str, Component]]:
        yield from self._seen()
        yield from self._box()
        yield from self._controls()
        for tunable in self._features.tunables:
            yield f"{tunable.kind}_{tunable.key.replace('.', '_')}", self._tuned(tunable)

    def _seen(self) -> Iterator[tuple[str, Component]]:
        """What the box sees: worth something only while the camera delivers."""
        yield "presence", self._state("binary_sensor", "Presence", "presence", device_class="occupancy")
        yield (
            "people",
            self._state("sensor", "People", "people", state_class="measurement", icon="mdi:account-multiple"),
        )
        yield (
            "posture",
            self._state(
                "sensor", "Posture", "posture", device_class="enum", options=list(POSTURES), icon="mdi:human-handsup"
            ),
        )
        # A fall stays known while the camera is covered or the box looks away.
        yield "fall", self._state("binary_sensor", "Fall", "fall", device_class="safety") | self._while_connected
        for zone in self._features.zones:
            template = f"{{{{ 'ON' if {json.dumps(zone)} in value_json.zones else 'OFF' }}}}"
            yield (
                f"zone_{slug(zone)}",
                self._state("binary_sensor", zone, "zones", device_class="occupancy") | {"value_template": template},
            )
        if self._features.repetitions:
            yield (
                "repetitions",
                self._state("sensor", "Repetitions", "reps", state_class="measurement", icon="mdi:dumbbell"),
            )
            exercise = {"value_template": "{{ value_json.exercise or 'none' }}"}
            yield "exercise", self._state("sensor", "Exercise", "exercise", icon="mdi:weight-lifter") | exercise
        yield (
            "last_event",
            {
                "platform": "event",
                "name": "Last event",
                "state_topic": self._topics.name(Topic.EVENT),
                "event_types": list(EVENT_TYPES),
                "icon": "mdi:bell-outline",
                **self._while_connected,
            },
        )

    def _box(self) -> Iterator[tuple[str, Component]]:
        """How the box is doing."""
        yield "connectivity", self._switchboard("Connection", Topic.STATUS)
        yield "camera", self._switchboard("Camera", Topic.CAMERA) | self._while_connected
        view = self._state("sensor", "View", "view", device_class="enum", options=list(VIEWS), icon="mdi:cctv")
        yield "view", view | {"entity_category": "diagnostic", **self._while_connected}
        rate = {"state_class": "measurement", "unit_of_measurement": "fps", "suggested_display_precision": 1}
        yield "fps", self._health("sensor", "Pictures", "{{ value_json.fps_in }}", **rate)
        yield "model_runs", self._health("sensor", "Model runs", "{{ value_json.fps_inferred }}", **rate)
        if self._features.temperature:
            yield (
                "temperature",
                self._health(
                    "sensor",
                    "Temperature",
                    "{{ value_json.temperature_c }}",
                    device_class="temperature",
                    state_class="measurement",
                    unit_of_measurement="°C",
                    suggested_display_precision=1,
                ),
            )
        if self._features.throttled:
            template = "{{ 'ON' if value_json.throttled else 'OFF' }}"
            yield "throttled", self._health("binary_sensor", "Slowed down", template, device_class="problem")
        yield "version", self._health("sensor", "Version", "{{ value_json.version }}", icon="mdi:tag-outline")

    def _controls(self) -> Iterator[tuple[str, Component]]:
        yield "identify", self._button("Identify", "identify", device_class="identify", entity_category="diagnostic")
        yield "ack_fall", self._button("Acknowledge fall", "ack_fall", icon="mdi:hand-heart")
        yield "restart", self._button("Restart", "restart", device_class="restart", entity_category="config")
        yield (
            "pause",
            {
                "platform": "switch",
                "name": "Privacy pause",
                "icon": "mdi:eye-off",
                "state_topic": self._topics.name(Topic.STATE),
                "value_template": "{{ value_json.paused }}",
                "command_topic": self._command("pause"),
                "payload_on": "{}",
                "payload_off": '{"duration_s":0}',
                "state_on": "ON",
                "state_off": "OFF",
                **self._while_connected,
            },
        )

    def _state(self, platform: str, name: str, key: str, **rest: object) -> Component:
        return {
            "platform": platform,
            "name": name,
            "state_topic": self._topics.name(Topic.STATE),
            "value_template": f"{{{{ value_json.{key} }}}}",
            **rest,
            **self._while_seeing,
        }

    def _health(self, platform: str, name: str, template: str, **rest: object) -> Component:
        return {
            "platform": platform,
            "name": name,
            "state_topic": self._topics.name(Topic.HEALTH),
            "value_template": template,
            "entity_category": "diagnostic",
            **rest,
            **self._while_connected,
        }

    def _switchboard(self, name: str, of: Topic) -> Component:
        """Whether something is there; has no availability of its own, or it could never say that it is not."""
        return {
            "platform": "binary_sensor",
            "name": name,
            "device_class": "connectivity",
            "entity_category": "diagnostic",
            "state_topic": self._topics.name(of),
            "payload_on": "online",
            "payload_off": "offline",
        }

    def _button(self, name: str, command: str, **rest: object) -> Component:
        return {
            "platform": "button",
            "name": name,
            "command_topic": self._command(command),
            "command_template": f"{{{_REQUEST_ID}}}",
            **rest,
            **self._while_connected,
        }

    def _tuned(self, tunable: Tunable) -> Component:
        base: Component = {
            "platform": tunable.kind,
            "name": tunable.title,
            "entity_category": "config",
            "state_topic": self._topics.name(Topic.STATE),
            "value_template": f"{{{{ value_json.settings['{tunable.key}'] }}}}",
            "command_topic": self._command("set"),
            **self._while_connected,
        }
        key = f'"key":"{tunable.key}"'
        match tunable.kind:
            case "number":
                step = 0.1 if not tunable.whole and tunable.maximum <= _FINE_STEPS_UP_TO else 1
                template = f'{{{_REQUEST_ID},{key},"value":{{{{ value }}}},"persist":true}}'
                return base | {
                    "min": tunable.minimum,
                    "max": tunable.maximum,
                    "step": step,
                    "mode": "box",
                    "command_template": template,
                }
            case "select":
                template = f'{{{_REQUEST_ID},{key},"value":"{{{{ value }}}}","persist":true}}'
                return base | {"options": list(tunable.options), "command_template": template}
            case "switch":
                return base | {
                    "payload_on": f'{{{key},"value":true,"persist":true}}',
                    "payload_off": f'{{{key},"value":false,"persist":true}}',
                    "state_on": "True",
                    "state_off": "False",
                }

    def _command(self, name: str) -> str:
        return f"{self._topics.prefix}/{self._topics.device}/cmd/{name}"
