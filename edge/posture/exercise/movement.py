"""What a movement is: a signal that swings, and a judge of each swing."""

from collections.abc import Sequence
from enum import IntEnum
from typing import Protocol

from edge.posture.exercise.figure import Figure
from edge.posture.exercise.swing import Swing, Turn


class Verdict(IntEnum):
    """How surely a swing was a repetition."""

    NO = 0
    LIKELY = 1
    """Counts only in company: several in a row, in one rhythm."""
    SURE = 2
    """Counts by itself: daily life does not look like this."""


class Movement(Protocol):
    """One exercise's way of moving.

    Attributes:
        exercise: Name, as in events.
        swing: The state of its signal.
        company: How many likely swings in one rhythm count without a sure one.
        got_into: Whether the first one may come straight out of getting into position, from higher than its rest.
    """

    exercise: str
    swing: Swing
    company: int
    got_into: bool

    def signal(self, figure: Figure) -> float | None:
        """What swings: high at rest, low at the turning point; None when the body is in no position to do it."""

    def judge(self, turn: Turn, figures: Sequence[Figure]) -> Verdict:
        """Whether this swing was a repetition.

        Args:
            turn: The swing.
            figures: All instants from its start to its end, at least three.
        """


def span(values: Sequence[float]) -> float:
    """Range without the outermost tenth on either side: one odd reading moves nothing."""
    ordered = sorted(values)
    cut = len(ordered) // 10
    return ordered[-1 - cut] - ordered[cut]


def travel(points: Sequence[Sequence[float]]) -> float:
    """How far a point moves, the larger of x and y, without outliers."""
    return max(span([point[0] for point in points]), span([point[1] for point in points]))


def mean(values: Sequence[float]) -> float:
    """Arithmetic mean of at least one value."""
    return sum(values) / len(values)


def at(turn_s: float, figures: Sequence[Figure]) -> Figure:
    """The figure nearest to an instant."""
    return min(figures, key=lambda figure: abs(figure.t_s - turn_s))
