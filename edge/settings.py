"""Settings that are changed over MQTT: which may be, and those that are kept across restarts."""

import json
import logging
from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError

from edge.config import Config
from edge.publish.tunables import Tunable, Value, tunables

logger = logging.getLogger(__name__)

NOTE: Final = "settings"
"""Under this name the outbox keeps them."""

SETTABLE: Final = (
    "pace.max_inference_fps",
    "pace.max_cpu_percent",
    "pace.max_temperature_c",
    "posture.fall_after_s",
    "posture.found_on_floor_s",
    "posture.long_lie_s",
    "posture.inactivity_s",
    "posture.help_gesture_s",
    "publish.landmark_rate_hz",
    "publish.health_interval_s",
    "service.log_level",
)
"""What may be set: put in force at once, and of no use to whoever wants to blind the box or send its data elsewhere."""


def settable() -> tuple[Tunable, ...]:
    """These settings with their bounds."""
    return tunables(Config.model_json_schema(), SETTABLE)


def value_of(config: Config, key: str) -> Value:
    """A setting's value."""
    table, _, name = key.partition(".")
    value: Value = getattr(getattr(config, table), name)
    return value


def with_value(config: Config, key: str, value: Value) -> Config:
    """The configuration with another value.

    Raises:
        ValueError: It is not allowed, or contradicts another; the text says why.
    """
    table, _, name = key.partition(".")
    before = getattr(config, table)
    try:
        after = type(before).model_validate(before.model_dump() | {name: value})
    except ValidationError as error:
        raise ValueError(f"{key}: {error.errors(include_url=False)[0]['msg']}") from None
    changed = config.model_copy(update={table: after})
    if found := next(changed.contradictions(), None):
        raise ValueError(found.text)
    return changed


class Kept:
    """Settings that outlive a restart, each with the file's value that it took the place of.

    A setting is forgotten once the file says something else than then: who edits the file wants that.

    Args:
        note: As an earlier run left it.
    """

    def __init__(self, note: bytes | None = None) -> None:
        self._values = _read(note)

    def note(self) -> bytes | None:
        """What is to be kept; None when there is nothing."""
        return json.dumps(self._values).encode() if self._values else None

    def keep(self, key: str, value: Value, *, file: Value) -> None:
        """Keep a value, in place of the file's."""
        self._values[key] = (value, self._values.get(key, (None, file))[1])

    def forget(self, key: str) -> None:
        """Keep it no longer."""
        self._values.pop(key, None)

    def over(self, config: Config) -> Config:
        """The configuration as read from the file, with the kept settings over it."""
        for key, (value, file) in tuple(self._values.items()):
            why = "the configuration says something new"
            if value_of(config, key) == file:
                try:
                    config = with_value(config, key, value)
                    continue
                except ValueError as error:
                    why = str(error)
            logger.info("%s, set over MQTT to %s, is forgotten: %s", key, value, why)
            del self._values[key]
        return config


def _read(note: bytes | None) -> dict[str, tuple[Any, Any]]:
    try:
        found = json.loads(note or b"{}")
        return {key: (value, file) for key, (value, file) in found.items() if key in SETTABLE}
    except (ValueError, TypeError, AttributeError):
        logger.warning("the settings kept from an earlier run cannot be read: they are forgotten")
        return {}


def shown(config: Config) -> Mapping[str, Value]:
    """What the state topic says of them."""
    return {key: value_of(config, key) for key in SETTABLE}
