"""What of a configuration that was read again can be put in force without losing anybody, and what waits.

The keys are the same whether a file was loaded anew or one of them was set over MQTT.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel

from edge.config import Config

LIVE: Final = frozenset(
    {
        *(f"pace.{key}" for key in type(Config().pace).model_fields),
        "posture.fall_after_s",
        "posture.found_on_floor_s",
        "posture.long_lie_s",
        "posture.inactivity_s",
        "posture.help_gesture_s",
        "posture.set_rest_s",
        "zones",
        "publish.landmark_rate_hz",
        "publish.health_interval_s",
        "service.log_level",
    }
)
"""Keys that are put in force at once. Rules of posture and zones hold for people who come from then on: whoever is in
the room keeps those they came with, as half of what is known of them would be lost otherwise."""


@dataclass(frozen=True, slots=True)
class Change:
    """The way from one configuration to another.

    Attributes:
        config: What is in force once the live keys have changed.
        live: Keys that are put in force at once.
        waiting: Keys that wait for the next start.
    """

    config: Config
    live: tuple[str, ...]
    waiting: tuple[str, ...]

    def touches(self, *tables: str) -> bool:
        """Whether a live key of these tables has changed; a key with its dot stands for itself."""
        return any(key in tables or key.partition(".")[0] in tables for key in self.live)


def compare(now: Config, wanted: Config) -> Change:
    """Find the way from the configuration in force to the one that was read."""
    changed = [path for path, before, after in _values(now, wanted) if before != after]
    live = tuple(path for path in changed if path in LIVE)
    return Change(
        config=_with(now, wanted, live), live=live, waiting=tuple(path for path in changed if path not in LIVE)
    )


def _values(one: Config, other: Config) -> Iterator[tuple[str, Any, Any]]:
    """Key, and value in each, of everything that can be configured."""
    for table in Config.model_fields:
        mine, theirs = getattr(one, table), getattr(other, table)
        if isinstance(mine, BaseModel):
            for key in type(mine).model_fields:
                yield f"{table}.{key}", getattr(mine, key), getattr(theirs, key)
        else:
            yield table, mine, theirs


def _with(now: Config, wanted: Config, paths: tuple[str, ...]) -> Config:
    tables: dict[str, Any] = {}
    for path in paths:
        table, _, key = path.partition(".")
        if key:
            value = getattr(getattr(wanted, table), key)
            tables[table] = tables.get(table, getattr(now, table)).model_copy(update={key: value})
        else:
            tables[table] = getattr(wanted, table)
    return now.model_copy(update=tables)
