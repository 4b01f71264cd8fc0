"""Squats and lunges: the hips sink over planted feet and come back."""

from collections.abc import Sequence
from typing import Final

from edge.posture.exercise.figure import Figure
from edge.posture.exercise.movement import Verdict, at, span, travel
from edge.posture.exercise.swing import Swing, Turn

_UPRIGHT: Final = 1.55
"""Shoulders over ankles in torso lengths: 2.0–2.6 standing, from steep cameras 1.8; 1.3 sitting or kneeling."""

_STRAIGHT: Final = 135.0
"""Degrees at the knees that count as standing, compressed 3D pose included (standing people read 155–175)."""

_PLANTED: Final = 0.35
"""Torso lengths the feet may seem to move: squats up to 0.25, walking from 0.8."""

_SINKING: Final = 0.3
"""Torso lengths the hips must sink: squats from 0.35."""

_BOWED: Final = 65.0
"""Degrees of lean beyond which it is a bow or a lift from the floor: squats up to 55, lifts from 63."""

_HANDS_DOWN: Final = 0.45
"""Torso lengths from the ankles to hanging wrists below which something is picked up."""

_DWELL_S: Final = 2.2
"""Longer below than this is a seat: the deepest pause of counted squats was 1.5 s."""

_SPLIT: Final = 0.3
"""Metres one foot is before the other in a lunge; squats up to 0.2."""


class Squat:
    """Both knees bend, the feet stay side by side."""

    exercise = "squat"
    company = 2

    def __init__(self) -> None:
        self.swing = _swing()

    def signal(self, figure: Figure) -> float:
        """Mean knee angle."""
        return figure.leg

    def judge(self, turn: Turn, figures: Sequence[Figure]) -> Verdict:
        """Standing, sinking over planted feet, hands off the floor, and up again without sitting."""
        if not _stands_again(turn, figures) or lunges(turn, figures):
            return Verdict.NO
        low = at(turn.turn_s, figures)
        if low.lean > _BOWED:
            return Verdict.NO
        if not turn.whole or (low.ankle[1] - low.wrist[1]) / low.scale < _HANDS_DOWN:
            return Verdict.LIKELY
        return Verdict.SURE


class Lunge:
    """One foot before the other, the rear knee towards the floor."""

    exercise = "lunge"
    company = 2

    def __init__(self) -> None:
        self.swing = _swing()

    def signal(self, figure: Figure) -> float:
        """Mean knee angle."""
        return figure.leg

    def judge(self, turn: Turn, figures: Sequence[Figure]) -> Verdict:
        """As a squat with split feet and an upright trunk."""
        if not _stands_again(turn, figures) or not lunges(turn, figures):
            return Verdict.NO
        low = at(turn.turn_s, figures)
        if low.lean > 35.0 or low.leg > 110.0:
            return Verdict.NO
        return Verdict.SURE if turn.whole else Verdict.LIKELY


def lunges(turn: Turn, figures: Sequence[Figure]) -> bool:
    """Whether the feet are split around the lowest point."""
    around = [figure.stride for figure in figures if abs(figure.t_s - turn.turn_s) < 0.25]
    return sorted(around)[len(around) // 2] > _SPLIT


def _swing() -> Swing:
    return Swing(depth=35.0, back=0.6, home=130.0, longest_s=7.0)


def _stands_again(turn: Turn, figures: Sequence[Figure]) -> bool:
    first, last = figures[0], figures[-1]
    scale = max(figure.scale for figure in figures)
    if max(first.stature, last.stature) < _UPRIGHT or max(turn.high, last.leg) < _STRAIGHT:
        return False
    planted = max(travel([figure.ankles[side] for figure in figures]) for side in (0, 1))
    if planted > _PLANTED * scale:
        return False
    if span([figure.hip[1] for figure in figures]) < _SINKING * scale:
        return False
    depth = turn.high - turn.low
    below = [figure.t_s for figure in figures if figure.leg < turn.low + 0.15 * depth]
    return max(below) - min(below) < _DWELL_S and turn.duration_s > 0.35
