"""Picks an even number of instants a second out of an uneven stream."""

from typing import Final

_NS_PER_S: Final = 1_000_000_000

_SLACK: Final = 0.25
"""Share of a period by which an instant may come early: cameras jitter, and a frame that misses its turn by a
millisecond would halve the rate of a camera that runs at just the rate asked for."""


class Schedule:
    """Tells whose turn it is.

    Turns are kept on a fixed grid rather than counted from the last pick, which would round 10 a second down to 7.5 on
    a camera of 15 frames a second. After a pause, or when time jumps back, the grid starts anew.

    Args:
        period_s: Seconds between two turns.
    """

    def __init__(self, period_s: float) -> None:
        self._period_ns = round(period_s * _NS_PER_S)
        self._slack_ns = round(self._period_ns * _SLACK)
        self._next_ns: int | None = None

    def due(self, t_ns: int) -> bool:
        """Whether it is this instant's turn; True takes the turn."""
        if self._next_ns is None or t_ns < self._next_ns - 2 * self._period_ns:
            self._next_ns = t_ns
        if t_ns < self._next_ns - self._slack_ns:
            return False
        self._next_ns += self._period_ns
        if t_ns >= self._next_ns - self._slack_ns:
            self._next_ns = t_ns + self._period_ns
        return True
