"""What has arrived and was not yet looked at: landmarks are given up first when the reader is slow."""

import threading
from collections import deque
from typing import Final

from edge.publish.listener import Heard

_MOST_LANDMARKS: Final = 4000
"""Two seconds of two hundred boxes."""

_MOST: Final = 40_000
"""Some tens of megabytes of other messages, should whatever reads our output have stopped."""


class Inbox:
    """Filled by the listener's thread, emptied by the one that shows.

    Attributes:
        dropped: Messages that were given up.
    """

    def __init__(self) -> None:
        self.dropped = 0
        self._heard: deque[Heard] = deque()
        self._lock = threading.Lock()

    def put(self, heard: Heard) -> None:
        """Take a message, if there is room for its kind."""
        room = _MOST_LANDMARKS if heard.topic.endswith("/landmarks") else _MOST
        with self._lock:
            if len(self._heard) < room:
                self._heard.append(heard)
            else:
                self.dropped += 1

    def take(self) -> deque[Heard]:
        """Everything that has arrived since the last call."""
        with self._lock:
            heard, self._heard = self._heard, deque()
        return heard
