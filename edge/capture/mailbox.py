"""A one-slot mailbox between two threads: the newest item wins, and nobody waits to put one in."""

from enum import Enum, auto
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class _Sleeper(Enum):
    """What the taking thread waits for."""

    NOBODY = auto()
    FOR_AN_ITEM = auto()
    FOR_A_WAKE = auto()


class Mailbox(Generic[T]):
    """Holds at most one item, which a newer one replaces.

    It stands between a thread that must not wait (a camera, a callback) and one that works at its own pace: the worker
    always gets the newest item and never a backlog. Any number of threads may leave items; one takes them.
    """

    # Two plain locks instead of a Condition, whose waits cost several times as much in Python: the second is the bell
    # on which the taker sleeps, and is free for just as long as a ring was not heard.

    def __init__(self) -> None:
        self._lock = Lock()
        self._bell = Lock()
        self._bell.acquire()
        self._sleeper = _Sleeper.NOBODY
        self._item: T | None = None
        self._dropped = 0
        self._woken = False
        self._closed = False

    def put(self, item: T) -> None:
        """Leave an item; never waits. What lay there unread is dropped and counted. Does nothing once closed."""
        with self._lock:
            if self._closed:
                return
            if self._item is not None:
                self._dropped += 1
            self._item = item
            if self._sleeper is _Sleeper.FOR_AN_ITEM:
                self._ring()

    def take(self, timeout_s: float) -> T | None:
        """Wait for an item and take it out.

        Args:
            timeout_s: The longest wait in seconds; 0 or less looks without waiting.

        Returns:
            The newest item, or None if none came in time, `wake` was called or the mailbox was closed (`closed` tells).
            An item that was put before closing can still be taken.
        """
        with self._lock:
            if self._item is not None or self._woken or self._closed or timeout_s <= 0:
                return self._taken()
            self._sleeper = _Sleeper.FOR_AN_ITEM
        self._sleep(timeout_s)
        with self._lock:
            return self._taken()

    def rest(self, timeout_s: float) -> None:
        """Wait as `take` does, for `wake` or the end, but leave items where they are."""
        with self._lock:
            if self._woken or self._closed or timeout_s <= 0:
                self._woken = False
                return
            self._sleeper = _Sleeper.FOR_A_WAKE
        self._sleep(timeout_s)
        self._woken = False

    def wake(self) -> None:
        """End the wait in `take` or `rest`, or the next one: the taker has something else to see to."""
        with self._lock:
            self._woken = True
            if self._sleeper is not _Sleeper.NOBODY:
                self._ring()

    def close(self) -> None:
        """Accept no more and wake who waits in `take`; may be called more than once."""
        with self._lock:
            self._closed = True
            if self._sleeper is not _Sleeper.NOBODY:
                self._ring()

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    @property
    def dropped(self) -> int:
        """How many items were replaced before anybody took them."""
        return self._dropped

    def _taken(self) -> T | None:
        self._woken = False
        item, self._item = self._item, None
        return item

    def _ring(self) -> None:
        self._sleeper = _Sleeper.NOBODY
        self._bell.release()

    def _sleep(self, timeout_s: float) -> None:
        if self._bell.acquire(timeout=timeout_s):
            return
        with self._lock:
            if self._sleeper is _Sleeper.NOBODY:  # it rang just after the time was up
                self._bell.acquire()
            self._sleeper = _Sleeper.NOBODY
