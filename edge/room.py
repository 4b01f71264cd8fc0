"""What people have shown of the room, kept over restarts: a box that comes back knows where the floor is."""

import json
import logging
from collections.abc import Callable, Mapping
from typing import Final

from edge.schedule import Schedule

logger = logging.getLogger(__name__)

ROOM_NOTE: Final = "room"
"""Under this name the outbox keeps it."""

_KEEP_S: Final = 1800.0
"""Time between two writes while people teach: what half an hour adds to a floor is little, and memory cards wear."""


def read_room(note: bytes | None) -> dict[str, float]:
    """What an earlier run kept; nothing, and a line in the log, if it cannot be read."""
    try:
        values = json.loads(note or b"{}")
        return {str(name): float(value) for name, value in values.items()}
    except (ValueError, TypeError, AttributeError):
        logger.warning("what was known of the room before this start cannot be read: it is learnt anew")
        return {}


class RoomKeeper:
    """Writes down what is known of the room, rarely, and only if it has changed.

    Args:
        note: What is kept now.
        learned: Gives what is known.
        keep: Keeps a note.
    """

    def __init__(
        self, note: bytes | None, *, learned: Callable[[], Mapping[str, float]], keep: Callable[[str, bytes], None]
    ) -> None:
        self._kept = note
        self._learned = learned
        self._keep = keep
        self._due = Schedule(_KEEP_S)

    def tick(self, now_ns: int) -> None:
        """Keep what is known if it is time."""
        if self._due.due(now_ns):
            self.keep()

    def keep(self) -> None:
        """Keep what is known now."""
        learned = self._learned()
        note = json.dumps({name: round(value, 6) for name, value in learned.items()}).encode()
        if note != self._kept and any(learned.values()):
            self._kept = note
            self._keep(ROOM_NOTE, note)
