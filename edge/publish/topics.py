"""Topic names, and how each kind of message is delivered. The only place that says QoS and retain."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final

from edge.errors import ConfigError

DEFAULT_PREFIX: Final = "pose-edge"

_DEVICE: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_PREFIX: Final = re.compile(r"[A-Za-z0-9_-]{1,64}(/[A-Za-z0-9_-]{1,64}){0,7}")


class Topic(Enum):
    """The kinds of messages a box publishes; the value is the last level of the topic's name."""

    STATUS = "status"
    CAMERA = "camera"
    LANDMARKS = "landmarks"
    EVENT = "event"
    STATE = "state"
    HEALTH = "health"
    RESULT = "result"
    """Of a command: `cmd/<name>/result`."""
    DISCOVERY = "discovery"
    """The announcement to Home Assistant, on a topic of its own."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a kind of message is delivered.

    Attributes:
        qos: MQTT quality of service, 0 or 1.
        retain: Whether the broker keeps the last one for subscribers that come later.
    """

    qos: int
    retain: bool


DELIVERY: Final[Mapping[Topic, Delivery]] = MappingProxyType(
    {
        Topic.STATUS: Delivery(qos=1, retain=True),
        Topic.CAMERA: Delivery(qos=1, retain=True),
        # A landmark message is worth nothing a moment later: the next one replaces it.
        Topic.LANDMARKS: Delivery(qos=0, retain=False),
        # A retained event would be acted upon again at every restart of a subscriber.
        Topic.EVENT: Delivery(qos=1, retain=False),
        Topic.STATE: Delivery(qos=1, retain=True),
        Topic.HEALTH: Delivery(qos=0, retain=True),
        # Kept by the broker, an answer would be taken for one to the next request.
        Topic.RESULT: Delivery(qos=1, retain=False),
        Topic.DISCOVERY: Delivery(qos=1, retain=True),
    }
)


def check_device(text: str) -> str:
    """Return the device id if it can stand in a topic, a client id and a Home Assistant id alike.

    Raises:
        ConfigError: It cannot; the text says what is allowed.
    """
    if not _DEVICE.fullmatch(text):
        raise ConfigError(f"device id {text!r} is not usable: 1 to 64 of the characters A-Z a-z 0-9 _ - are allowed")
    return text


def check_prefix(text: str) -> str:
    """Return the topic prefix if it is made of plain levels.

    Raises:
        ConfigError: It is not; the text says what is allowed.
    """
    if not _PREFIX.fullmatch(text):
        raise ConfigError(
            f"topic prefix {text!r} is not usable: up to 8 levels of A-Z a-z 0-9 _ - are allowed, "
            "with / between them and none at the ends"
        )
    return text


@dataclass(frozen=True, slots=True)
class Topics:
    """The topic names of one box.

    Attributes:
        device: Device id.
        prefix: What stands before it.

    Raises:
        ConfigError: One of the two is not usable.
    """

    device: str
    prefix: str = DEFAULT_PREFIX

    def __post_init__(self) -> None:
        check_device(self.device)
        check_prefix(self.prefix)

    def name(self, topic: Topic) -> str:
        """Full name, e.g. `pose-edge/kitchen/status`."""
        return f"{self.prefix}/{self.device}/{topic.value}"

    def described(self, topic: Topic) -> str:
        """As a log line names it: also those kinds that have many names, or one that is not of this prefix."""
        match topic:
            case Topic.RESULT:
                return self.result("+")
            case Topic.DISCOVERY:
                return "Home Assistant's discovery topic"
            case _:
                return self.name(topic)

    @property
    def commands(self) -> str:
        """What to subscribe to for commands."""
        return self.command("+")

    def command(self, name: str) -> str:
        """Where a command is expected."""
        return f"{self.prefix}/{self.device}/cmd/{name}"

    def result(self, command: str) -> str:
        """Where a command is answered."""
        return f"{self.command(command)}/result"
