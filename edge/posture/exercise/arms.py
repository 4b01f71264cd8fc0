"""Jumping jacks and biceps curls: what the arms do while somebody stands."""

from collections.abc import Sequence
from typing import Final

from edge.posture.exercise.figure import Figure
from edge.posture.exercise.movement import Verdict, at, mean, span, travel
from edge.posture.exercise.swing import Swing, Turn

_STANDING: Final = 1.6
"""Shoulders over ankles in torso lengths, on average over the repetition: 2.0–2.6 standing."""

_OVERHEAD: Final = 0.35
"""Torso lengths of the wrists over the shoulders, on average: jacks reach 0.4-0.85."""

_OVER_SHOULDER: Final = 0.1
"""The same for the lower wrist, which may be hidden."""

_OPENING: Final = 0.18
"""Metres by which the feet must come apart: jacks 0.3–0.6, waving 0.03."""

_HOP: Final = 0.2
"""Torso lengths the hips move up and down: jacks 0.3-0.5, waving 0.1. Seen from the side the feet's distance hides."""

_LEANING: Final = 35.0
"""Degrees of lean at any time in a jack: up to 7; a burpee goes to 90."""

_STILL: Final = 0.25
"""Torso lengths that hips, shoulders and feet may move in a curl: 0.15 measured, walking from 0.3."""

_LEGS_STILL: Final = 50.0
"""Degrees the knees may seem to bend in a curl; feet that the picture cuts off are a guess."""

_CURLED: Final = 80.0
"""Degrees at the elbow of a full curl: 32–68 measured."""

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
        if mean([figure.stature for figure in figures]) < _STANDING or turn.duration_s < 0.35:
            return Verdict.NO
        high = at(turn.turn_s, figures)
        if max(figure.lean for figure in figures) > _LEANING:
            return Verdict.NO
        if min(high.stature, figures[-1].stature) < _STANDING:
            return Verdict.NO
        hands = [shoulder[1] - wrist[1] for shoulder, wrist in zip(high.shoulders, high.wrists, strict=True)]
        if min(hands) < _OVER_SHOULDER * high.scale or mean(hands) < _OVERHEAD * high.scale:
            return Verdict.NO
        apart = [figure.straddle for figure in figures if figure.reach > 0.0]
        together = [figure.straddle for figure in figures if figure.reach < -0.5]
        if together and max(apart) - min(together) > _OPENING:
            return Verdict.SURE
        hop = span([figure.hip[1] for figure in figures])
        return Verdict.LIKELY if hop > _HOP * high.scale else Verdict.NO


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
        self._resting = tuple(arm for arm in (0, 1) if arm not in arms)
        self.swing = Swing(depth=45.0, back=0.65, home=115.0, longest_s=7.0)

    def signal(self, figure: Figure) -> float:
        """Mean elbow angle."""
        return mean([figure.elbows[arm] for arm in self._arms])

    def judge(self, turn: Turn, figures: Sequence[Figure]) -> Verdict:
        """Standing still, from a hanging arm to a folded one with the hand not above the shoulder."""
        if turn.duration_s < 0.45 or turn.low > _CURLED or not turn.whole:
            return Verdict.NO
        if mean([figure.stature for figure in figures]) < _STANDING or mean([f.lean for f in figures]) > 25.0:
            return Verdict.NO
        still = _STILL * max(figure.scale for figure in figures)
        if max(travel([f.hip for f in figures]), travel([f.shoulder for f in figures])) > still:
            return Verdict.NO
        if span([figure.leg for figure in figures]) > _LEGS_STILL:
            return Verdict.NO
        top = at(turn.turn_s, figures)
        for arm in self._arms:
            if top.shoulders[arm][1] - top.wrists[arm][1] > 0.25 * top.scale:
                return Verdict.NO
            if travel([f.elbow_spots[arm] for f in figures]) > 2 * still:
                return Verdict.NO
        if any(min(figure.elbows[arm] for figure in figures) < _OTHER_ARM for arm in self._resting):
            return Verdict.NO
        return Verdict.LIKELY
