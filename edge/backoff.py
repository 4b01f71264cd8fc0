"""How long to wait before the next attempt to connect, to a broker or a camera."""

import random
from collections.abc import Callable
from typing import Final

_EARLIEST: Final = 0.25
"""A wait is drawn from this share of its limit to the whole: a building's boxes do not come back in one blow."""


class Backoff:
    """Waits that double with each failure up to a limit, with jitter.

    Args:
        first_s: Limit of the first wait, in seconds: what lost one packet is back by then.
        limit_s: Limit that the waits grow to. A camera or broker takes about a minute to reboot; half of that keeps
            the gap after it short.
        draw: Gives numbers from 0 to 1. Seeded with what differs between boxes, a box waits the same on every run.
    """

    def __init__(
        self, *, first_s: float = 1.0, limit_s: float = 30.0, draw: Callable[[], float] = random.random
    ) -> None:
        self._first_s = first_s
        self._limit_s = limit_s
        self._draw = draw
        self._next_limit_s = first_s

    def next_s(self) -> float:
        """Seconds to wait after one more failure."""
        wait_s = self.jittered_s(self._next_limit_s)
        self._next_limit_s = min(2 * self._next_limit_s, self._limit_s)
        return wait_s

    def jittered_s(self, limit_s: float) -> float:
        """Seconds to wait, up to a limit of the caller's."""
        return limit_s * (_EARLIEST + (1 - _EARLIEST) * self._draw())

    def reset(self) -> None:
        """Begin with the shortest wait again: the connection has proved itself."""
        self._next_limit_s = self._first_s
