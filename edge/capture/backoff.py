"""How long to wait before the next attempt to connect."""

import random
from collections.abc import Callable
from typing import Final

FIRST_S: Final = 1.0
"""A camera that lost one packet is back by then."""

MOST_S: Final = 30.0
"""A camera takes about a minute to reboot; half of that keeps the gap after it short."""


class Backoff:
    """Waits that double with each failure, each drawn from the upper half of its range.

    The draw keeps a building's boxes from knocking all at once when a switch or recorder comes back.
    """

    def __init__(
        self, *, first_s: float = FIRST_S, most_s: float = MOST_S, draw: Callable[[], float] = random.random
    ) -> None:
        """Start as if nothing had failed yet.

        Args:
            first_s: Longest wait after the first failure, in seconds.
            most_s: Longest wait ever.
            draw: Gives numbers from 0 to 1.
        """
        self._first_s = first_s
        self._most_s = most_s
        self._draw = draw
        self._range_s = first_s

    def next_s(self) -> float:
        """Give the next wait in seconds: half to all of a range that doubles up to the longest."""
        wait_s = self._range_s * (0.5 + 0.5 * self._draw())
        self._range_s = min(2 * self._range_s, self._most_s)
        return wait_s

    def reset(self) -> None:
        """Say that it worked: the next failure waits shortest again."""
        self._range_s = self._first_s
