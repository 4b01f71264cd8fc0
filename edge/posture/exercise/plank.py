"""Holding a plank: not repetitions but seconds."""

from typing import Final

from edge.posture.exercise.figure import Figure
from edge.posture.exercise.floor import planks

_SURE_AFTER_S: Final = 0.7
"""A plank held for so long is one."""

_GAP_S: Final = 1.0
"""A plank may be misread for so long."""


class PlankHold:
    """Follows one person's plank. Durations are in seconds.

    Args:
        shortest_s: A hold that is worth telling.
        shortest_after_reps_s: The same after push-ups, whose upper position is a plank.
    """

    def __init__(self, *, shortest_s: float, shortest_after_reps_s: float) -> None:
        self._shortest_s = shortest_s
        self._shortest_after_reps_s = shortest_after_reps_s
        self._start_s: float | None = None
        self._last_s = 0.0
        self._after_reps = False

    def holding(self, now_s: float) -> bool:
        """Whether the person is in a plank."""
        if self._start_s is None or now_s - self._last_s > _GAP_S:
            return False
        return self._after_reps or self._last_s - self._start_s >= _SURE_AFTER_S

    def update(self, figure: Figure) -> float | None:
        """Take in one instant; returns how long a plank was held that is over now."""
        if planks(figure):
            if self._start_s is None:
                self._start_s, self._after_reps = figure.t_s, False
            self._last_s = figure.t_s
        elif self._start_s is not None and figure.t_s - self._last_s > _GAP_S:
            return self.end()
        return None

    def push_up(self, start_s: float, end_s: float) -> float | None:
        """A push-up was done out of it; returns how long the plank was held before."""
        held_s = None
        if self._start_s is not None:
            self._last_s = min(self._last_s, start_s)
            held_s = self.end()
        self._start_s = self._last_s = end_s
        self._after_reps = True
        return held_s

    def end(self) -> float | None:
        """It is over; returns how long it was held."""
        if self._start_s is None:
            return None
        held_s = self._last_s - self._start_s
        self._start_s = None
        return held_s if held_s >= (self._shortest_after_reps_s if self._after_reps else self._shortest_s) else None
