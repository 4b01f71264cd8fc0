"""Repetitions that nobody saw: what the rhythm of a set says of the moments in which the model lost the person."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from statistics import fmean, median
from typing import Final, NamedTuple

from edge.posture.exercise.swing import Turn

_FEWEST: Final = 3
"""Repetitions seen before a set has a rhythm."""

_EVEN: Final = 0.2
"""Share of the period by which it may vary."""

_EVEN_SHARE: Final = 0.7
"""Share of the pauses that must be that even: 0.75 and more in 16 of 17 labelled sets of five repetitions and more."""

_MOST: Final = 2
"""Repetitions that may be hidden in a row: of more, nobody knows."""

_OFF: Final = 0.3
"""Share of the period by which the time that passed may miss a whole number of periods."""

_NEAR: Final = 0.75
"""Periods around a hidden turn in which the person must have been lost: either it is hidden, or a rest beside it."""

_LOST: Final = 0.2
"""Periods for which."""

_IDLE: Final = 0.55
"""Share of a hidden repetition's period for which the person may have been seen at rest; a sine is for 0.4."""


class Gap(NamedTuple):
    """A stretch in which the person was not seen, in seconds."""

    start_s: float
    end_s: float


def hidden(
    turns: Sequence[Turn], known: Sequence[Turn], gaps: Sequence[Gap], resting: Callable[[float, float], float]
) -> list[Turn]:
    """Find the repetitions of a set that must have been done unseen.

    Two repetitions that are two or three periods apart had others between them, if the person was lost just there and
    nothing that was seen contradicts.

    Args:
        turns: The set's repetitions that were seen, by time.
        known: Those that were found hidden before.
        gaps: When the person was not seen, by time.
        resting: Tells for what share of a stretch, from and to in seconds, the person was seen at rest.

    Returns:
        Those not known yet, as the others are on average, by time.
    """
    pauses = [after.turn_s - before.turn_s for before, after in pairwise(turns) if not _within(gaps, before, after)]
    if len(turns) < _FEWEST or not pauses:
        return []
    period_s = median(pauses)
    if sum(abs(pause_s - period_s) <= _EVEN * period_s for pause_s in pauses) < _EVEN_SHARE * len(pauses):
        return []
    found = []
    for before, after in pairwise(turns):
        lost = _within(gaps, before, after)
        if lost and not any(before.turn_s < turn.turn_s < after.turn_s for turn in known):
            times_s = list(_times_between(before.turn_s, after.turn_s, period_s))
            if all(_may_hide(time_s, period_s, lost, resting) for time_s in times_s):
                found += [_like(turns, time_s) for time_s in times_s]
    return found


def _within(gaps: Sequence[Gap], before: Turn, after: Turn) -> list[Gap]:
    return [gap for gap in gaps if gap.end_s > before.turn_s and gap.start_s < after.turn_s]


def _times_between(before_s: float, after_s: float, period_s: float) -> Iterator[float]:
    """When the turns between two must have been."""
    passed_s = after_s - before_s
    periods = round(passed_s / period_s)
    if 1 < periods <= _MOST + 1 and abs(passed_s - periods * period_s) <= _OFF * period_s:
        for number in range(1, periods):
            yield before_s + passed_s * number / periods


def _may_hide(time_s: float, period_s: float, lost: Sequence[Gap], resting: Callable[[float, float], float]) -> bool:
    from_s, until_s = time_s - _NEAR * period_s, time_s + _NEAR * period_s
    lost_s = sum(max(0.0, min(gap.end_s, until_s) - max(gap.start_s, from_s)) for gap in lost)
    return lost_s >= _LOST * period_s and resting(time_s - period_s / 2, time_s + period_s / 2) <= _IDLE


def _like(turns: Sequence[Turn], time_s: float) -> Turn:
    """A turn at a time, like the others."""
    return Turn(
        start_s=time_s - fmean(turn.turn_s - turn.start_s for turn in turns),
        turn_s=time_s,
        end_s=time_s + fmean(turn.end_s - turn.turn_s for turn in turns),
        high=fmean(turn.high for turn in turns),
        low=fmean(turn.low for turn in turns),
        whole=True,
    )
