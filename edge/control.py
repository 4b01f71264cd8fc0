"""What commands over MQTT do to the running daemon."""

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, Protocol

from edge.config import Config
from edge.config.loading import Resolved
from edge.config.showing import as_json
from edge.publish.commands import CommandRefusedError
from edge.publish.publisher import Publisher
from edge.publish.tunables import Value

logger = logging.getLogger(__name__)

PAUSE_NOTE: Final = "pause"
"""Under this name the outbox keeps until when the box looks away: a restart does not end somebody's privacy."""

_MS_PER_S: Final = 1000
_NS_PER_S: Final = 1_000_000_000
_RESTART_S: Final = 0.5
"""Time for the answer to go out."""


class Looking(Protocol):
    """What can look away; in the daemon the worker."""

    def between_frames(self, job: Callable[[], None]) -> None:
        """Have something done in its thread."""

    def pause(self, until_ns: float | None) -> None:
        """Look away until a monotonic time, for ever (infinity), or look again (None). Only `between_frames`."""

    def say_state(self) -> None:
        """Publish the state. Only `between_frames`."""


class Wishes:
    """What the supervisor is asked for; it looks several times a second."""

    def __init__(self) -> None:
        self.reload = threading.Event()
        self.restart_ns: int | None = None
        """Monotonic time from which on the daemon is to end, to be started again."""


class Control:
    """Carries out commands. Called by the thread that talks to the broker; hands over what is the worker's.

    Args:
        looking: The worker.
        publisher: Knows the falls and the newest landmarks.
        keep: Keeps a value across restarts.
        config: Gives the configuration in force.
        change: Changes one setting.
        wishes: For the supervisor.
        name: The box's name, for the log.
    """

    def __init__(
        self,
        *,
        looking: Looking,
        publisher: Publisher,
        keep: Callable[[str, bytes | None], None],
        config: Callable[[], Config],
        change: Callable[..., None],
        wishes: Wishes,
        name: str,
    ) -> None:
        self._looking = looking
        self._publisher = publisher
        self._keep = keep
        self._config = config
        self._change = change
        self._wishes = wishes
        self._name = name

    def pause(self, duration_s: float | None) -> None:
        """Look away, for so many seconds or until resumed."""
        until_ms = None if duration_s is None else round((time.time() + duration_s) * _MS_PER_S)
        self._keep(PAUSE_NOTE, json.dumps({"until_ms": until_ms}).encode())
        until_ns = float("inf") if duration_s is None else time.monotonic_ns() + duration_s * _NS_PER_S
        self._looking.between_frames(partial(self._looking.pause, until_ns))

    def resume(self) -> None:
        """Look again."""
        self._looking.between_frames(partial(self._looking.pause, None))

    def identify(self, duration_s: float) -> None:
        """Say in the log which box this is; its light is not ours to switch."""
        logger.warning("identify: this box is %s (asked for %.0f s)", self._name, duration_s)

    def acknowledge_fall(self, fall_id: str | None) -> tuple[str, ...]:
        """Note that somebody takes care."""
        taken = self._publisher.acknowledge(fall_id)
        if not taken and fall_id is not None:
            raise CommandRefusedError("there is no unacknowledged fall with this id")
        self._looking.between_frames(self._looking.say_state)
        return taken

    def set(self, key: str, value: Value, *, persist: bool) -> None:
        """Change a setting at once."""
        try:
            self._change(key, value, persist=persist)
        except ValueError as error:
            raise CommandRefusedError(str(error)) from None

    def reload(self) -> None:
        """Have the configuration read again."""
        self._wishes.reload.set()

    def restart(self) -> None:
        """End soon; systemd starts the service again."""
        self._wishes.restart_ns = time.monotonic_ns() + round(_RESTART_S * _NS_PER_S)

    def config(self) -> Mapping[str, Any]:
        """The configuration in force, secrets masked."""
        resolved = Resolved(config=self._config(), file=None, origins={})
        config: Mapping[str, Any] = json.loads(as_json(resolved))["config"]
        return config

    def landmarks(self) -> Mapping[str, Any]:
        """The newest landmarks."""
        document = self._publisher.snapshot()
        if document is None:
            raise CommandRefusedError("there are no landmarks yet, or none are published (publish.landmark_rate_hz)")
        found: Mapping[str, Any] = json.loads(document)
        return found


def paused_until_ns(note: bytes | None, *, now_ns: int, unix_s: float) -> float | None:
    """Until which monotonic time an earlier run was told to look away; None if it was not, or that is over.

    A note that cannot be read counts as a pause without end: whoever asked for privacy must not be filmed.
    """
    if note is None:
        return None
    try:
        until_ms = json.loads(note)["until_ms"]
        if until_ms is None:
            return float("inf")
        left_s = float(until_ms) / _MS_PER_S - unix_s
    except (ValueError, TypeError, KeyError):
        logger.warning("what is noted about a pause cannot be read: the box looks away until it is resumed")
        return float("inf")
    return now_ns + left_s * _NS_PER_S if left_s > 0 else None
