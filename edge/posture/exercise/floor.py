"""Push-ups, sit-ups and the plank: what is done on the floor."""

from collections.abc import Sequence
from typing import Final

from edge.posture.exercise.figure import Figure
from edge.posture.exercise.movement import Verdict, mean, span, travel
from edge.posture.exercise.swing import Swing, Turn

_SHORTEST_S: Final = 0.45
"""Of a repetition; the fastest counted push-up took 0.7 s."""

_HORIZONTAL: Final = 52.0
"""Degrees of 3D lean of somebody on hands and feet, hands on a bench included; 65-115 on the floor."""

_PRONE: Final = 40.0
"""Degrees of 3D lean below which nobody does push-ups: 48-58 from behind, else 65 and more."""

_FOLDED: Final = 120.0
"""Degrees at the hips of somebody who is still on the way down or up; straight bodies read 150-175."""

_TRUNK_SEEN: Final = 0.4
"""Torso lengths the trunk must reach along the picture for the hips' angle to be believed."""

_ARM_DEG: Final = 180.0
"""Degrees at the elbows that are worth a torso length of height."""

_LEAN_DEG: Final = 60.0
"""The same of the trunk's lean: it falls by 8-19 degrees in a push-up."""

_WHOLE_PUSH_UP: Final = 0.45
"""Of the signal, for a push-up that counts by itself: 0.5-1.7; 0.35 when it is seen from behind."""

_TILT: Final = 40.0
"""Degrees by which the trunk may turn in a push-up; somebody who rolls over or gets up turns more."""

_HEADING: Final = 0.3
"""Torso lengths by which the trunk's reach along the picture may change: up to 0.18, somebody who turns 0.46."""

_LOW: Final = 1.65
"""Shoulders over ankles in torso lengths, on average: 0-1.2 in push-ups, 2.0 and more standing."""

_HANDS_PLANTED: Final = 0.45
"""Torso lengths the steadier hand may seem to move in a push-up: usually 0.2."""

_HANDS_SHARE: Final = 2.0
"""The same as a share of what the shoulders sink."""

_HANDS_OVER: Final = 0.25
"""Share of the time for which the hands may seem to be over the shoulders: seen head-on, at the bottom."""

_SHALLOWEST: Final = 0.1
"""Torso lengths the shoulders must sink: 0.2 and more."""

_FEET_PLANTED: Final = 1.8
"""Torso lengths the steadier foot may seem to move: hidden behind the body it is a guess, usually 0.2."""

_BENDING: Final = 10.0
"""Degrees the elbows must bend: 24 in the shallowest counted push-up, 60-100 usually."""

_LEGS: Final = 105.0
"""Degrees at the knees, on average; on the knees it is 90-110, straight 165, hidden ones read down to 110."""

_SIDE_ON: Final = (45.0, 125.0)
"""Degrees of lean in the picture between which what is done on the floor is seen well enough to count by itself."""

_LYING: Final = 60.0
"""Degrees of 3D lean before a sit-up: 75-115."""

_SEAT: Final = 0.9
"""Torso lengths between hips and ankles in height: both are on the floor."""

_KNEES_UP: Final = 112.0
"""Degrees at the knees, on average over a sit-up: 60-95."""

_FLAT: Final = 0.7
"""Torso lengths of the shoulders over the ankles before a sit-up: up to 0.3."""

_FIXED: Final = 0.4
"""Torso lengths the hips may move in a sit-up: up to 0.3."""

_FEET_FIXED: Final = 0.65
"""The same for the feet, which are seen worse: up to 0.5."""

_RISING: Final = 0.1
"""Torso lengths the shoulders must rise: 0.16 in a crunch, 0.3-1.3 in a sit-up."""

_WHOLE_SITUP: Final = 20.0
"""Degrees of the signal that make a sit-up by themselves; a crunch has 10-15."""

_STEADY: Final = 0.15
"""Torso lengths hips and feet may move in a crunch that counts by itself."""

_KNEES_OVER_HIPS: Final = 0.35
"""Torso lengths of the knees over the hips in somebody who lies with the feet drawn up."""

_ON_HANDS: Final = -0.7
"""Torso lengths of the hands over the shoulders in a high plank: -0.75 to -1.2; lying after a fall -0.2 to -0.6."""

_ELBOW_BELOW: Final = 0.28
"""Torso lengths of the shoulders over the elbows in a high plank: 0.3-0.6; lying 0.1-0.35."""

_ON_FOREARMS: Final = 0.42
"""The same in a plank on the forearms: 0.46-0.54."""

_FOREARMS_FLAT: Final = 115.0
"""Degrees at the elbows of somebody on the forearms: 75-106."""

_SHOULDERS_UP: Final = 0.1
"""Torso lengths of the shoulders over the ankles in a plank on the forearms: 0.13-0.3; lying below 0.1, or higher on
arms that hold nothing."""

_UNDER: Final = 0.75
"""Torso lengths from the elbows to below the shoulders."""

_STRAIGHT: Final = 140.0
"""Degrees at the hips of a body held straight."""

_STRAIGHT_LEGS: Final = 130.0
"""Degrees at the knees of a body held straight."""

_FACING_DOWN: Final = 125.0
"""Degrees of lean beyond which the head hangs."""


class PushUp:
    """The shoulders sink between planted hands and rise again."""

    exercise = "pushup"
    company = 3
    got_into = True

    def __init__(self) -> None:
        self.swing = Swing(depth=0.25, back=0.65, home=0.0, longest_s=8.0)

    def signal(self, figure: Figure) -> float | None:
        """Height of the shoulders over the hands, straightness of the arms and rise of the trunk.

        From the side the first tells most, from the front the second, from behind the third.
        """
        if figure.lean_world < _PRONE:
            return None
        if figure.bend < _FOLDED and abs(figure.shoulder[0] - figure.hip[0]) > _TRUNK_SEEN * figure.scale:
            return None
        return figure.arm / _ARM_DEG - figure.reach - figure.lean_world / _LEAN_DEG

    def judge(self, turn: Turn, figures: Sequence[Figure]) -> Verdict:
        """Horizontal, hands planted below the shoulders, elbows bending."""
        if turn.duration_s < _SHORTEST_S or not _prone(figures) or not _on_planted_hands(figures):
            return Verdict.NO
        side_on = all(_SIDE_ON[0] < figure.lean < _SIDE_ON[1] and figure.reach < 0.0 for figure in figures)
        whole = turn.depth > _WHOLE_PUSH_UP and span([figure.arm for figure in figures]) > _BENDING
        return Verdict.SURE if side_on and whole else Verdict.LIKELY


class SitUp:
    """Lying on the back with the knees up, the trunk rises and goes back."""

    exercise = "situp"
    company = 3
    got_into = False

    def __init__(self) -> None:
        self.swing = Swing(depth=9.0, back=0.6, home=85.0, longest_s=8.0)

    def signal(self, figure: Figure) -> float:
        """Mean of the hips' angle and the trunk's 3D lean: both shrink when the trunk rises."""
        return (figure.bend + figure.lean_world) / 2

    def judge(self, turn: Turn, figures: Sequence[Figure]) -> Verdict:
        """From lying, knees bent and feet planted, hips on the floor."""
        first, scale = figures[0], max(figure.scale for figure in figures)
        if turn.duration_s < _SHORTEST_S or first.lean_world < _LYING:
            return Verdict.NO
        if abs(first.seat) > _SEAT or first.stature > _FLAT or mean([f.leg for f in figures]) > _KNEES_UP:
            return Verdict.NO
        hips, feet = (travel([f.hip for f in figures]) / scale, travel([f.ankle for f in figures]) / scale)
        if hips > _FIXED or feet > _FEET_FIXED or span([f.shoulder[1] for f in figures]) < _RISING * scale:
            return Verdict.NO
        knees_up = mean([f.hip[1] - f.knee[1] for f in figures]) > _KNEES_OVER_HIPS * scale
        crunch = max(hips, feet) < _STEADY and knees_up
        side_on = _SIDE_ON[0] < first.lean < _SIDE_ON[1]
        return Verdict.SURE if side_on and (crunch or turn.depth > _WHOLE_SITUP) else Verdict.LIKELY


def _prone(figures: Sequence[Figure]) -> bool:
    """Whether the body was horizontal, heading one way, on straight legs."""
    leans = [figure.lean_world for figure in figures]
    straight = mean([figure.bend for figure in figures]) > _STRAIGHT
    low = mean(leans) > _HORIZONTAL and mean([figure.stature for figure in figures]) < _LOW
    if not straight and not low:  # from the front hips seem to bend, from behind a body on the floor seems to stand
        return False
    heading = span([(figure.shoulder[0] - figure.hip[0]) / figure.scale for figure in figures])
    return span(leans) < _TILT and heading < _HEADING and mean([figure.leg for figure in figures]) > _LEGS


def _on_planted_hands(figures: Sequence[Figure]) -> bool:
    """Whether the shoulders moved over hands and feet that did not."""
    scale = max(figure.scale for figure in figures)
    if mean([figure.reach > 0.0 for figure in figures]) > _HANDS_OVER:
        return False
    hands = min(travel([figure.wrists[side] for figure in figures]) for side in (0, 1))
    feet = min(travel([figure.ankles[side] for figure in figures]) for side in (0, 1))
    sinking = span([figure.shoulder[1] for figure in figures])
    if sinking < _SHALLOWEST * scale or feet > _FEET_PLANTED * scale:
        return False
    return hands < min(_HANDS_PLANTED * scale, _HANDS_SHARE * sinking)


def planks(figure: Figure) -> bool:
    """Whether somebody holds the body straight and off the floor, on hands or forearms.

    Somebody who lies after a fall is as straight and as horizontal; only what holds the shoulders up tells.
    """
    if not _HORIZONTAL < figure.lean_world < _FACING_DOWN or figure.stature > _LOW:
        return False
    if figure.bend < _STRAIGHT or figure.leg < _STRAIGHT_LEGS:
        return False
    elbows = [(figure.elbow_spots[0][i] + figure.elbow_spots[1][i]) / 2 for i in (0, 1)]
    if abs(elbows[0] - figure.shoulder[0]) > _UNDER * figure.scale:
        return False
    upper_arm = (elbows[1] - figure.shoulder[1]) / figure.scale
    if figure.reach < _ON_HANDS and upper_arm > _ELBOW_BELOW:
        return True
    return upper_arm > _ON_FOREARMS and figure.arm < _FOREARMS_FLAT and figure.stature > _SHOULDERS_UP
