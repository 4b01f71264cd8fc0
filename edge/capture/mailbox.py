"""A one-slot mailbox between two threads: the newest item wins, and nobody waits to put one in."""

from threading import Condition
from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """Holds at most one item, which a newer one replaces.

    It stands between a thread that must not wait (a camera, a callback) and one that works at its own pace: the worker
    always gets the newest item and never a backlog. Any number of threads may use it.
    """

    def __init__(self) -> None:
        self._changed = Condition()
        self._item: T | None = None
        self._dropped = 0
        self._woken = False
        self._closed = False

    def put(self, item: T) -> None:
        """Leave an item; never waits. What lay there unread is dropped and counted. Does nothing once closed."""
        with self._changed:
            if self._closed:
                return
            if self._item is not None:
                self._dropped += 1
            self._item = item
            self._changed.notify()

    def take(self, timeout_s: float) -> T | None:
        """Wait for an item and take it out.

        Args:
            timeout_s: The longest wait in seconds; 0 or less looks without waiting.

        Returns:
            The newest item, or None if none came in time, `wake` was called or the mailbox was closed (`closed` tells).
            An item that was put before closing can still be taken.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._item is not None or self._woken or self._closed, timeout_s)
            self._woken = False
            item, self._item = self._item, None
            return item

    def rest(self, timeout_s: float) -> None:
        """Wait as `take` does, for `wake` or the end, but leave items where they are."""
        with self._changed:
            self._changed.wait_for(lambda: self._woken or self._closed, timeout_s)
            self._woken = False

    def wake(self) -> None:
        """End the wait in `take` or `rest`, or the next one: the taker has something else to see to."""
        with self._changed:
            self._woken = True
            self._changed.notify_all()

    def close(self) -> None:
        """Accept no more and wake everybody who waits in `take`; may be called more than once."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        with self._changed:
            return self._closed

    @property
    def dropped(self) -> int:
        """How many items were replaced before anybody took them."""
        with self._changed:
            return self._dropped
