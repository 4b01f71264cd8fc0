"""Holding a plank: not repetitions but seconds."""

from typing import Final

from edge.posture.exercise.figure import Figure
from edge.posture.exercise.floor import planks

_SURE_AFTER_S: Final = 0.7
"""A plank held for so long is one."""

_SEEN_SHARE: Final = 0.6
"""Share of a plank's time in which it must be seen to be one; a body that stirs on the floor passes through."""

_STEP_S: Final = 0.3
"""Longest time between two instants that counts as seen."""

_GAP_S: Final = 0.5
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
        self._last_s = self._seen_s = self._now_s = 0.0
        self._after_reps = False

    def holding(self, now_s: float) -> bool:
        """Whether the person is in a plank."""
        if self._start_s is None or now_s - self._last_s > _GAP_S:
            return False
        return self._after_reps or (self._seen_s >= _SURE_AFTER_S and self._steady(self._start_s))

    def update(self, figure: Figure) -> float | None:
        """Take in one instant; returns how long a plank was held that is over now."""
        before_s, self._now_s = self._now_s, figure.t_s
        if planks(figure):
            if self._start_s is None:
                self._begin(figure.t_s, after_reps=False)
            elif self._last_s == before_s and figure.t_s - before_s < _STEP_S:
                self._seen_s += figure.t_s - before_s
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
        self._begin(end_s, after_reps=True)
        return held_s

    def end(self) -> float | None:
        """It is over; returns how long it was held."""
        if self._start_s is None:
            return None
        held_s, steady = self._last_s - self._start_s, self._steady(self._start_s)
        self._start_s = None
        shortest_s = self._shortest_after_reps_s if self._after_reps else self._shortest_s
        return held_s if steady and held_s >= shortest_s else None

    def _begin(self, t_s: float, *, after_reps: bool) -> None:
        self._start_s = self._last_s = t_s
        self._seen_s = 0.0
        self._after_reps = after_reps

    def _steady(self, start_s: float) -> bool:
        return self._seen_s >= _SEEN_SHARE * (self._last_s - start_s)
