"""Finds where a signal leaves its rest, turns and comes back."""

from dataclasses import dataclass, replace
from typing import Final

_FORGET_AFTER_S: Final = 1.5
"""A peak this old begins to sink towards the present, so that one odd reading long ago starts no repetition."""

_FORGET_PER_S: Final = 0.5
"""By what share of the distance to the present such a peak sinks in a second."""

_BEGINNING_S: Final = 0.4
"""So soon after somebody is first seen, a dip may already have been under way."""

_AGAIN: Final = 0.4
"""Share of a dip that the signal must rise and fall again for its peak to be the rest."""

_OUT_OF_POSITION_S: Final = 0.5
"""A body may be misread for so long."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One way there and back.

    Attributes:
        start_s: Last instant at the rest, in seconds.
        turn_s: Instant of the extreme.
        end_s: Instant at which it was back.
        high: Value at the start.
        low: Value at the extreme.
        whole: Whether it began at the rest; False when the signal came from elsewhere, or was first seen below.
    """

    start_s: float
    turn_s: float
    end_s: float
    high: float
    low: float
    whole: bool

    @property
    def depth(self) -> float:
        """Range of motion, in the signal's unit."""
        return self.high - self.low

    @property
    def duration_s(self) -> float:
        """From start to end."""
        return self.end_s - self.start_s


class Swing:
    """Follows a signal that rests high and dips: two thresholds, both relative to what the signal has just done.

    Args:
        depth: How far it must dip below its rest, at least.
        back: What share of the dip it must recover to be complete.
        home: Value that counts as back, where `back` of a dip that was seen only in part would be too little.
        longest_s: A dip longer than this is a new rest, not a repetition.
    """

    def __init__(self, *, depth: float, back: float, home: float, longest_s: float) -> None:
        self._depth = depth
        self._back = back
        self._home = home
        self._longest_s = longest_s
        self._t_s: float | None = None
        self._high = self._low = self._peak = 0.0
        self._first_s = self._high_s = self._left_s = self._low_s = self._peak_s = 0.0
        self._dipped = self._whole = False

    @property
    def left_s(self) -> float | None:
        """When the signal left its rest, if it is away from it."""
        return self._high_s if self._dipped else None

    def update(self, t_s: float, value: float | None) -> Turn | None:
        """Take in one reading; returns a turn when it completes one.

        Args:
            t_s: The instant, in seconds; rises.
            value: The signal, or None when the body is in no position to do this: after half a second of that, all
                is forgotten.
        """
        if value is None:
            if self._t_s is not None and t_s - self._t_s > _OUT_OF_POSITION_S:
                self._t_s, self._dipped = None, False
            return None
        before, self._t_s = self._t_s, t_s
        if before is None:
            self._first_s = t_s
            self._rest(t_s, value)
            if value < self._home - self._depth:
                self._dip(t_s, value, whole=False)
        elif not self._dipped:
            rested = self._high >= self._home or self._high_s - self._first_s < _BEGINNING_S
            if value >= self._high:
                self._rest(t_s, value)
            elif rested and self._high - value > self._depth:
                self._dip(t_s, value, whole=True)
            elif t_s - self._high_s > _FORGET_AFTER_S:
                self._high -= (self._high - value) * min(1.0, _FORGET_PER_S * (t_s - before))
        else:
            return self._return(t_s, value)
        return None

    def partial(self, back: float) -> Turn | None:
        """The dip under way, if it has already recovered this share: for when nothing more will come."""
        if not self._dipped or self._t_s is None or not self._whole:
            return None
        if self._last - self._low < back * (self._high - self._low):
            return None
        return self._turn(self._t_s)

    def _rest(self, t_s: float, value: float) -> None:
        self._high, self._high_s, self._dipped = value, t_s, False

    def _dip(self, t_s: float, value: float, *, whole: bool) -> None:
        self._low, self._low_s, self._dipped, self._whole = value, t_s, True, whole
        self._peak, self._peak_s, self._last = value, t_s, value
        self._left_s = t_s

    def _return(self, t_s: float, value: float) -> Turn | None:
        self._last = value
        if value < self._low:
            self._low, self._low_s = value, t_s
            self._peak, self._peak_s = value, t_s
        elif value > self._peak:
            self._peak, self._peak_s = value, t_s
        back = self._low + self._back * (self._high - self._low)
        if value >= (back if self._whole and self._high >= self._home else max(back, self._home)):
            turn = self._turn(t_s)
            self._rest(t_s, value)
            return turn if turn.depth > self._depth else None
        again = max(self._depth, _AGAIN * (self._high - self._low))
        if self._peak - self._low > again and self._peak - value > again:  # the rest is lower than it was
            turn = replace(self._turn(self._peak_s), high=self._peak)
            self._high, self._high_s = self._peak, self._peak_s
            self._dip(t_s, value, whole=True)
            return turn
        if t_s - self._left_s > self._longest_s:
            self._rest(t_s, value)
        return None

    def _turn(self, t_s: float) -> Turn:
        high = self._high if self._whole else self._home
        return Turn(self._high_s, self._low_s, t_s, high, self._low, self._whole)
