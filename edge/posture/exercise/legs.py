"""Squats and lunges: the hips sink over planted feet and come back."""

from collections.abc import Sequence
from typing import Final

from edge.posture.exercise.figure import Figure
from edge.posture.exercise.movement import Verdict, at, span, travel
from edge.posture.exercise.swing import Swing, Turn

_UPRIGHT: Final = 1.75
"""Shoulders over ankles in torso lengths: 2.0-2.6 standing, from steep cameras 1.8; 1.3-1.6 sitting or kneeling."""

_STRAIGHT: Final = 112.0
"""Degrees at the knees that count as standing, compressed 3D pose included (standing people read 155-175)."""

_SEAT_DEG: Final = 60.0
"""Degrees at the knees that a torso length of hip height is worth: both change by as much in a squat seen well."""

_RISEN: Final = 0.4
"""Share of the stature lost on the way down that must be back when the knees are."""

_PLANTED: Final = 0.35
"""Torso lengths the steadier foot may seem to move: squats up to 0.25, walking from 0.8."""

_HIDDEN_FOOT: Final = 0.8
"""The same for the worse of the two: the far foot jumps when the near leg hides it."""

_SINKING: Final = 0.17
"""Torso lengths the hips must sink: squats from 0.35."""

_BOWED: Final = 72.0
"""Degrees of lean beyond which it is a bow or a lift: squats up to 68, lifts from the floor 65-80."""

_STOOPED: Final = 55.0
"""The same for a shallow squat that counts by itself: 41; bows with bent knees 60."""

_SUNK: Final = 107.0
"""Degrees at the knees at the bottom of a squat, less what the hips have sunk: 20-101, bowing deeply the most; hops
and steps from 112. The knees of a squat alone read 80-126, those of a landing from 129."""

_BENT: Final = 118.0
"""Degrees at the knees, mean of both, at the bottom of a shallow squat that counts by itself."""

_DEEP: Final = 100.0
"""The same for a squat that counts by itself: up to 97; picking something up 105-115."""

_STANDS: Final = 42.0
"""Degrees of 3D lean before and after a squat: up to 30; 50 in a plank that is seen from behind and looks like
standing."""

_LEANS_ALIKE: Final = 15.0
"""Degrees of lean by which the beginning may exceed the end, where a near camera sees everybody lean."""

_STRAIGHTENED: Final = 0.82
"""Share of the greatest lean that may be left when the hips are most of the way up: squats up to 0.81, lifts and
burpees from 0.84."""

_HANDS_AWAY: Final = 0.85
"""Torso lengths from the ankles to the hands of somebody who surely picks nothing up."""

_HIPS_OPEN: Final = 122.0
"""Degrees at the hips before a squat that counts by itself: 130-165; who is on the way up from the floor has 115."""

_HANDS_DOWN: Final = 0.45
"""Torso lengths from the ankles to hanging wrists below which something may be picked up."""

_DWELL_S: Final = 2.2
"""Longer below than this is a seat: the deepest pause of counted squats was 1.5 s."""

_BELOW: Final = 0.15
"""Share of the depth around the lowest point that counts as being at the bottom."""

_SEATED: Final = 0.4
"""The same for somebody who may be sitting: the knees give a little when the weight is taken off them."""

_SITS_BACK: Final = 18.0
"""Degrees by which the trunk comes upright again below: a squat leans most at the bottom, somebody who sits down leans
on the way (30-65) and straightens on the chair (5-15)."""

_SITS_UPRIGHT: Final = 20.0
"""Degrees of lean of somebody who sits; who holds a squat leans forward, 25-60, or falls backward."""

_UPRIGHT_S: Final = 1.2
"""For so long nobody stays down in a squat with an upright trunk."""

_SITTING_S: Final = 0.5
"""A seat is sat on for longer."""

_SHORTEST_S: Final = 0.35
"""Of a repetition; the fastest counted squat took 0.5 s."""

_SPLIT: Final = 0.3
"""Metres one foot is before the other in a lunge; squats up to 0.2."""

_AROUND_S: Final = 0.25
"""Half the time around the lowest point over which the feet's split is the median."""

_LUNGE_DEPTH: Final = 105.0
"""Degrees at the knees, mean of both, at the bottom of a lunge: 67-95."""

_LUNGE_LEAN: Final = 30.0
"""Degrees of lean at the bottom of a lunge: up to 15."""

_IN_PLACE: Final = 0.45
"""Torso lengths between the hips' places before and after: squats and lunges come back, a step does not."""


class Squat:
    """Both knees bend, the feet stay side by side."""

    exercise = "squat"
    company = 3
    got_into = False

    def __init__(self) -> None:
        self.swing = _swing()

    def signal(self, figure: Figure) -> float:
        """How straight the legs are."""
        return _straightness(figure)

    def judge(self, turn: Turn, figures: Sequence[Figure]) -> Verdict:
        """Standing, sinking over planted feet, hands off the floor, and up again without sitting."""
        low = at(turn.turn_s, figures)
        if not _stands_again(turn, low, figures) or _splits(turn, figures):
            return Verdict.NO
        scale = max(figure.scale for figure in figures)
        feet = sorted(travel([figure.ankles[side] for figure in figures]) for side in (0, 1))
        if feet[0] > _PLANTED * scale or feet[1] > _HIDDEN_FOOT * scale:
            return Verdict.NO
        lean = max(max(figure.lean, figure.lean_world) for figure in figures)
        hands = min((figure.ankle[1] - figure.wrist[1]) / figure.scale for figure in figures)
        sinking = span([figure.hip[1] for figure in figures])
        if low.leg - _SEAT_DEG * sinking / scale > _SUNK:
            return Verdict.NO
        if lean > _BOWED or not _in_place(low, figures) or _sits(turn, figures):
            return Verdict.NO
        if not turn.whole or hands < _HANDS_DOWN or figures[0].bend < _HIPS_OPEN:
            return Verdict.LIKELY
        deep = low.leg < _DEEP or (low.leg < _BENT and lean < _STOOPED and hands > _HANDS_AWAY)
        return Verdict.SURE if deep else Verdict.LIKELY


class Lunge:
    """One foot before the other, the rear knee towards the floor."""

    exercise = "lunge"
    company = 2
    got_into = True

    def __init__(self) -> None:
        self.swing = _swing()

    def signal(self, figure: Figure) -> float:
        """How straight the legs are."""
        return _straightness(figure)

    def judge(self, turn: Turn, figures: Sequence[Figure]) -> Verdict:
        """Feet split, trunk upright, deep, and back in place."""
        low = at(turn.turn_s, figures)
        if not _stands_again(turn, low, figures) or not _splits(turn, figures):
            return Verdict.NO
        if low.lean > _LUNGE_LEAN or low.leg > _LUNGE_DEPTH:
            return Verdict.NO
        if not _in_place(low, figures):
            return Verdict.NO
        return Verdict.SURE if turn.whole else Verdict.LIKELY


def _in_place(low: Figure, figures: Sequence[Figure]) -> bool:
    return abs(figures[-1].hip[0] - figures[0].hip[0]) <= _IN_PLACE * low.scale


def _swing() -> Swing:
    return Swing(depth=38.0, back=0.6, home=200.0, longest_s=7.0)


def _straightness(figure: Figure) -> float:
    """Degrees at the knees and height of the hips: 230-260 standing, 80-200 at the bottom of a squat.

    From the front only the knees are seen to bend, from behind only the hips to sink.
    """
    return figure.leg + _SEAT_DEG * figure.seat


def _splits(turn: Turn, figures: Sequence[Figure]) -> bool:
    """Whether one foot is before the other around the lowest point."""
    strides = sorted(figure.stride for figure in figures if abs(figure.t_s - turn.turn_s) <= _AROUND_S)
    return strides[len(strides) // 2] > _SPLIT


def _sits(turn: Turn, figures: Sequence[Figure]) -> bool:
    """Whether the trunk straightened below, as on a chair."""
    below = [figure for figure in figures if _straightness(figure) < turn.low + _SEATED * turn.depth]
    if below[-1].t_s - below[0].t_s < _SITTING_S:
        return False
    third = len(below) // 3
    settled = below[third : len(below) - third]
    leaning = max(figure.lean_world for figure in figures if figure.t_s <= settled[-1].t_s)
    settled_lean = min(figure.lean_world for figure in settled)
    if leaning - settled_lean > _SITS_BACK:
        return True
    return settled_lean < _SITS_UPRIGHT and below[-1].t_s - below[0].t_s > _UPRIGHT_S


def _stands_again(turn: Turn, low: Figure, figures: Sequence[Figure]) -> bool:
    """Whether the hips sank from standing and came back, without staying below."""
    first, last = figures[0], figures[-1]
    tallest = max(first.stature, last.stature)
    if tallest < _UPRIGHT or max(first.leg, last.leg) < _STRAIGHT:
        return False
    bowed = max(figure.lean_world for figure in figures)
    if first.lean_world > max(_STANDS, last.lean_world + _LEANS_ALIKE) or last.lean_world > max(
        _STANDS, _STRAIGHTENED * bowed
    ):
        return False
    if turn.whole and turn.duration_s < _SHORTEST_S:
        return False
    if last.stature - low.stature < _RISEN * (tallest - low.stature):
        return False
    if span([figure.hip[1] for figure in figures]) < _SINKING * max(figure.scale for figure in figures):
        return False
    below = [figure.t_s for figure in figures if _straightness(figure) < turn.low + _BELOW * turn.depth]
    return max(below) - min(below) < _DWELL_S
