"""Picks an even number of instants a second out of an uneven stream."""

from typing import Final

FRAME_SLACK: Final = 0.25
"""Share of a period by which a frame may come early: cameras jitter, and a frame that misses its turn by a millisecond
would halve the rate of a camera that runs at just the rate asked for."""

_NS_PER_S: Final = 1_000_000_000


class Schedule:
    """Tells whose turn it is.

    Turns are kept on a fixed grid rather than counted from the last pick, which would turn 10 a second into 7.5 on a
    camera of 15 frames a second. After a pause, or when time jumps back, the grid starts anew.

    Args:
        period_s: Seconds between two turns.
        slack: Share of the period by which an instant may come before its turn.
    """

    def __init__(self, period_s: float, *, slack: float = 0.0) -> None:
        self._period_ns = round(period_s * _NS_PER_S)
        self._slack_ns = round(self._period_ns * slack)
        self._next_ns: int | None = None

    def wait_s(self, t_ns: int) -> float:
        """Seconds from this instant to the next turn; 0 when it is due."""
        return 0.0 if self._next_ns is None else max(0.0, (self._next_ns - t_ns) / _NS_PER_S)

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
