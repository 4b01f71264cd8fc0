"""How long to wait before the next attempt to connect."""

import random
from typing import Final

_EARLIEST: Final = 0.25
"""A wait is drawn from this share of its limit to the whole: a fleet does not return to its broker in one blow."""

_GROWTH_STOPS: Final = 32
"""Doublings after which any first wait has reached its limit; more would overflow on a box that waits for weeks."""


class Backoff:
    """Doubling waits with jitter, the same sequence on every run of the same box.

    Args:
        seed: What differs between boxes: the device id.
        first_s: Limit of the first wait, in seconds.
        limit_s: Limit that the waits grow to.
        slow_s: Limit while the broker answers and refuses: nobody repairs a password within seconds, and brokers
            lock out clients that knock too often.
    """

    def __init__(self, seed: str, *, first_s: float = 1.0, limit_s: float = 30.0, slow_s: float = 60.0) -> None:
        self._random = random.Random(seed)  # noqa: S311 (spreads load, keeps no secret)
        self._first_s = first_s
        self._limit_s = limit_s
        self._slow_s = slow_s
        self._failures = 0

    def next(self) -> float:
        """Seconds to wait after one more failure."""
        limit = min(self._limit_s, self._first_s * 2.0 ** min(self._failures, _GROWTH_STOPS))
        self._failures += 1
        return self._jitter(limit)

    def next_slow(self) -> float:
        """Seconds to wait after a refusal that only a person can resolve."""
        return self._jitter(self._slow_s)

    def reset(self) -> None:
        """Begin with the shortest wait again: the connection has proved itself."""
        self._failures = 0

    def _jitter(self, limit: float) -> float:
        return limit * self._random.uniform(_EARLIEST, 1.0)
