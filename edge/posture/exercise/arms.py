"""Jumping jacks and biceps curls: what the arms do while somebody stands."""

from collections.abc import Sequence
from typing import Final

from edge.posture.exercise.figure import Figure
from edge.posture.exercise.movement import Verdict, at, mean, span, travel
from edge.posture.exercise.swing import Swing, Turn

_STANDING: Final = 1.6
"""Shoulders over ankles in torso lengths, on average over the repetition: 2.0-2.6 standing."""

_OVERHEAD: Final = 0.25
"""Torso lengths of the wrists over the shoulders, on average: jacks reach 0.6-0.85, few frames of quick ones 0.3."""

_OVER_SHOULDER: Final = 0.1
"""The same for the lower wrist, which may be hidden."""

_OPENING: Final = 0.18
"""Metres by which the feet must come apart: jacks 0.3-0.6, waving 0.03."""

_HANGING: Final = -0.5
"""Torso lengths of the wrists over the shoulders when the arms are down: -0.7 to -1.1."""

_SHORTEST_S: Final = 0.35
"""Of a jack; the fastest counted took 0.7 s."""

_SHORTEST_CURL_S: Final = 0.45
"""Of a curl; the fastest counted took 0.6 s."""

_HAND_UP: Final = 0.25
"""Torso lengths of the wrist over the shoulder at the end of a curl: up to 0; drinking and waving go higher."""

_HAND_RISES: Final = 0.4
"""Torso lengths the hand must rise in a curl: 0.5-1.0; an elbow that only seems to bend lifts it by 0.3."""

_HANDS_RISE: Final = 0.27
"""The same where both arms do it together, which noise does not."""

_ELBOW_STILL: Final = 0.5
"""Torso lengths the elbow may move in a curl."""

_CURL_LEAN: Final = 25.0
"""Degrees of lean, on average, of somebody who stands and curls: up to 8."""

_HOP: Final = 0.14
"""Torso lengths the hips move up and down: jacks 0.2-0.5, waving 0.1. Seen from the side the feet's distance hides."""

_SPRINGY: Final = 125.0
"""Degrees at the knees of somebody who hops: 139 and more; who squats with the arms up bends them further."""

_LEANING: Final = 35.0
"""Degrees of lean at any time in a jack: up to 7; a burpee goes to 90."""

_STILL: Final = 0.25
"""Torso lengths that hips, shoulders and feet may move in a curl: 0.15 measured, walking from 0.3."""

_LEGS_STILL: Final = 50.0
"""Degrees the knees may seem to bend in a curl; feet that the picture cuts off are a guess."""

_CURLED: Final = 80.0
"""Degrees at the elbow of a full curl: 32-68 measured."""

_OTHER_ARM: Final = 130.0
"""Degrees at the elbow of an arm that rests while the other one curls."""


class JumpingJack:
    """Both arms go over the head while the feet jump apart."""

    exercise = "jumping_jack"
    company = 2
    got_into = False

    def __init__(self) -> None:
        self.swing = Swing(depth=0.8, back=0.6, home=0.4, longest_s=6.0)

    def signal(self, figure: Figure) -> float:
        """How far the wrists hang below the shoulders, in torso lengths."""
        return -figure.reach

    def judge(self, turn: Turn, figures: Sequence[Figure]) -> Verdict:
        """Upright, both hands overhead, feet apart at the same time."""
        high, last = at(turn.turn_s, figures), figures[-1]
        statures = [figure.stature for figure in figures]
        upright = max(figure.lean for figure in figures) < _LEANING and turn.duration_s > _SHORTEST_S
        if not upright or min(mean(statures), high.stature, last.stature) < _STANDING:
            return Verdict.NO
        hands = [shoulder[1] - wrist[1] for shoulder, wrist in zip(high.shoulders, high.wrists, strict=True)]
        if min(hands) < _OVER_SHOULDER * high.scale or mean(hands) < _OVERHEAD * high.scale:
            return Verdict.NO
        apart = [figure.straddle for figure in figures if figure.reach > 0.0]
        together = [figure.straddle for figure in figures if figure.reach < _HANGING]
        if apart and together and max(apart) - min(together) > _OPENING:
            return Verdict.SURE
        hops = span([figure.hip[1] for figure in figures]) > _HOP * high.scale
        return Verdict.LIKELY if hops and min(figure.leg for figure in figures) > _SPRINGY else Verdict.NO


class BicepCurl:
    """The forearm folds and unfolds while everything else stays still.

    Args:
        arms: Which arms curl: both together (0, 1), or one (0,) or (1,) while the other rests.
    """

    exercise = "bicep_curl"
    company = 3
    got_into = False

    def __init__(self, arms: tuple[int, ...] = (0, 1)) -> None:
        self._arms = arms
        self._rise = _HANDS_RISE if len(arms) > 1 else _HAND_RISES
        self._resting = tuple(arm for arm in (0, 1) if arm not in arms)
        self.swing = Swing(depth=45.0, back=0.65, home=115.0, longest_s=7.0)

    def signal(self, figure: Figure) -> float:
        """Mean elbow angle."""
        return mean([figure.elbows[arm] for arm in self._arms])

    def judge(self, turn: Turn, figures: Sequence[Figure]) -> Verdict:
        """Standing still, from a hanging arm to a folded one with the hand not above the shoulder."""
        if turn.duration_s < _SHORTEST_CURL_S or turn.low > _CURLED or not turn.whole or not _stands_still(figures):
            return Verdict.NO
        top = at(turn.turn_s, figures)
        for arm in self._arms:
            if top.shoulders[arm][1] - top.wrists[arm][1] > _HAND_UP * top.scale:
                return Verdict.NO
            if span([figure.wrists[arm][1] for figure in figures]) < self._rise * top.scale:
                return Verdict.NO
            if travel([figure.elbow_spots[arm] for figure in figures]) > _ELBOW_STILL * top.scale:
                return Verdict.NO
        if any(min(figure.elbows[arm] for figure in figures) < _OTHER_ARM for arm in self._resting):
            return Verdict.NO
        return Verdict.LIKELY


def _stands_still(figures: Sequence[Figure]) -> bool:
    if mean([figure.stature for figure in figures]) < _STANDING or mean([f.lean for f in figures]) > _CURL_LEAN:
        return False
    still = _STILL * max(figure.scale for figure in figures)
    if max(travel([figure.hip for figure in figures]), travel([figure.shoulder for figure in figures])) > still:
        return False
    return span([figure.leg for figure in figures]) < _LEGS_STILL
